//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// mapHeader maps the first bytes of an index; nil where that cannot be done. What
// is mapped must not be cut off: SQLite does so only where no process has the
// database open, and leaves some bytes of the page.
func mapHeader(file *os.File) []byte {
	info, err := file.Stat()
	if err != nil || info.Size() < int64(len(indexHeader{})) {
		return nil
	}
	mapped, err := syscall.Mmap(int(file.Fd()), 0, len(indexHeader{}), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	return mapped
}

func unmapHeader(mapped []byte) { _ = syscall.Munmap(mapped) }
