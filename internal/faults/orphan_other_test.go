//go:build !linux

package faults

import "syscall"

func leaveNoOrphan() *syscall.SysProcAttr { return nil }
