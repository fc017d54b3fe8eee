package proctest

import "syscall"

// leaveNoOrphan has the kernel end a process with the test binary, also where
// that panics or is killed and runs no cleanup. The kernel watches the thread
// that started the process; Go ends no thread to which no goroutine is locked.
func leaveNoOrphan() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
