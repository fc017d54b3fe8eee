//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package store

import "os"

// lockFile does nothing: Windows removes no file that is open, and that is lock
// enough.
func lockFile(*os.File) error { return nil }

// letGo closes a file, which cannot be renamed before.
func letGo(f *os.File) error { return f.Close() }
