//go:build unix

package sqlite

import (
	"io/fs"
	"syscall"
)

// walIndex is the index of the write-ahead log, a file next to the database. Its descriptor
// is never closed: that would drop the locks that SQLite has on the index in this process,
// where they are plain POSIX locks. The beginning can be mapped into memory, as SQLite
// itself does, and stays so; then there is nothing to ask of the system.
type walIndex struct {
	fd     int
	isOpen bool
	mapped []byte // nil: not mapped
}

// open opens the index of the database at path.
func (w *walIndex) open(path string) error {
	fd, err := syscall.Open(path+"-shm", syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path + "-shm", Err: err}
	}
	*w = walIndex{fd: fd, isOpen: true}
	return nil
}

// mapStart maps the beginning of the index on which a connection is open. What is mapped
// must not be cut off: SQLite does so only where no process has the database open, and
// leaves some bytes of the page.
func (w *walIndex) mapStart() {
	var info syscall.Stat_t
	if err := syscall.Fstat(w.fd, &info); err == nil && info.Size >= indexStart {
		w.mapped, _ = syscall.Mmap(w.fd, 0, indexStart, syscall.PROT_READ, syscall.MAP_SHARED)
	}
}

// read fills b from the beginning of the index, and reports whether it could.
func (w *walIndex) read(b []byte) bool {
	if w.mapped != nil {
		return copy(b, w.mapped) == len(b)
	}
	if !w.isOpen {
		return false
	}
	n, err := syscall.Pread(w.fd, b, 0)
	return err == nil && n == len(b)
}

func (w *walIndex) close() error { return nil }

// isHeld reports whether a connection of any process has the index open.
func (w *walIndex) isHeld() bool { return isHeld(w.fd, indexLock, 1) }

// links returns how many names a file has.
func links(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}
