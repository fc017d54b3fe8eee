//go:build !linux

package proctest

import "syscall"

func leaveNoOrphan() *syscall.SysProcAttr { return nil }
