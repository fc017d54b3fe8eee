//go:build unix

package sqlite

import (
	"io/fs"
	"runtime"
	"syscall"
)

// indexFile is an open index. Its header can be mapped into memory, as SQLite itself
// does, and then there is nothing to ask of the system.
//
// Its descriptor is never closed: closing one would drop the locks that SQLite has on
// the index in this process, which are POSIX locks.
type indexFile struct {
	fd     int
	mapped *indexHeader // nil: not mapped
}

func openIndex(path string) (*indexFile, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &indexFile{fd: fd}, nil
}

// mapHeader maps the header of the index on which a connection is open. What is mapped
// must not be cut off: SQLite does so only where no process has the database open, and
// leaves some bytes of the page.
func (w *walIndex) mapHeader() {
	file := w.opened.Load()
	var info syscall.Stat_t
	if err := syscall.Fstat(file.fd, &info); err != nil || info.Size < int64(len(indexHeader{})) {
		return
	}
	mapped, err := syscall.Mmap(file.fd, 0, len(indexHeader{}), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return
	}
	file = &indexFile{fd: file.fd, mapped: (*indexHeader)(mapped)}
	// Not when it is closed: another goroutine may still read it.
	runtime.AddCleanup(file, func(mapped []byte) { _ = syscall.Munmap(mapped) }, mapped)
	w.opened.Store(file)
}

func (file *indexFile) read(h *indexHeader) bool {
	if file.mapped != nil {
		*h = *file.mapped
		runtime.KeepAlive(file)
		return true
	}
	return file.readAll(h[:])
}

// readAll fills b from the beginning of the index.
func (file *indexFile) readAll(b []byte) bool {
	n, err := syscall.Pread(file.fd, b, 0)
	return err == nil && n == len(b)
}

func (file *indexFile) close() error { return nil }

// isHeld reports whether a connection of any process has the index open.
func (w *walIndex) isHeld() bool { return isHeld(w.opened.Load().fd, indexLock, 1) }

// links returns how many names a file has.
func links(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}
