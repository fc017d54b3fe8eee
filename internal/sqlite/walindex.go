package sqlite

import (
	"os"
	"runtime"
	"sync/atomic"
)

// walIndex is the index of the write-ahead log, a file next to the database, of
// which its header alone is read here
// (https://sqlite.org/walformat.html#the_wal_index_header).
type walIndex struct{ opened atomic.Pointer[indexFile] }

// indexFile is an open index. Where it can be, its header is mapped into memory,
// as SQLite itself does, and then there is nothing to ask of the system.
type indexFile struct {
	*os.File
	mapped *indexHeader // nil: not mapped
}

// indexHeader is the first of the header's two copies. Each commit of any process
// changes it.
type indexHeader [48]byte

// open opens the index of the database at path, on which a connection is open.
func (w *walIndex) open(path string) error {
	file, err := os.Open(path + "-shm")
	if err != nil {
		return err
	}
	opened := &indexFile{File: file}
	if mapped := mapHeader(file); mapped != nil {
		opened.mapped = (*indexHeader)(mapped)
		// Not when it is closed: another goroutine may still read it.
		runtime.AddCleanup(opened, unmapHeader, mapped)
	}
	w.opened.Store(opened)
	return nil
}

// close closes the index. Not before all connections are closed: where SQLite's
// locks are plain POSIX locks, it would drop those on the file.
func (w *walIndex) close() error {
	if file := w.opened.Swap(nil); file != nil {
		return file.Close()
	}
	return nil
}

// header returns the header as it is now; false where it cannot be read.
func (w *walIndex) header() (h indexHeader, ok bool) {
	file := w.opened.Load()
	if file == nil {
		return h, false
	}
	if file.mapped != nil {
		h = *file.mapped
		runtime.KeepAlive(file)
		return h, true
	}
	_, err := file.ReadAt(h[:], 0)
	return h, err == nil
}
