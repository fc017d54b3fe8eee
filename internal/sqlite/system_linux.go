package sqlite

import (
	"time"

	"golang.org/x/sys/unix"
)

// isHeld reports whether a process, this one included, holds a lock on n bytes of the
// file fd. Locks of open file descriptions, one of which is asked for here, conflict
// with SQLite's of either kind.
func isHeld(fd int, from, n int64) bool {
	lock := unix.Flock_t{Type: unix.F_WRLCK, Start: from, Len: n}
	err := unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &lock)
	return err == nil && lock.Type != unix.F_UNLCK
}

// machineStarted returns when the machine started, to the second.
func machineStarted() time.Time {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return time.Now()
	}
	return time.Now().Add(-time.Duration(info.Uptime) * time.Second)
}
