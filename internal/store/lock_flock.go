//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package store

import (
	"os"
	"syscall"
)

// lockFile locks a file until it is closed, or its process ends in whatever way.
// It fails where another process, or another open of this one, holds the lock.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// letGo does nothing: a file can be renamed while it is open.
func letGo(*os.File) error { return nil }
