//go:build !linux

package e2e

import "syscall"

func leaveNoOrphan() *syscall.SysProcAttr { return nil }
