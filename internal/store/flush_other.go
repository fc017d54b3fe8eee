//go:build !linux

package store

import "os"

// flush writes to the disk what was written to f so far, and waits for it.
func flush(f *os.File) error { return f.Sync() }
