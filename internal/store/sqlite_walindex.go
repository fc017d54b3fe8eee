package store

import (
	"os"
	"sync/atomic"
)

// walIndex is the index of the write-ahead log, a file next to the database, of
// which its header alone is read here
// (https://sqlite.org/walformat.html#the_wal_index_header).
type walIndex struct {
	file atomic.Pointer[os.File] // nil: not open
}

// indexHeader is the first of the header's two copies. Each commit, whoever's,
// changes it.
type indexHeader [48]byte

// open opens the index of the database at path, on which a connection is open.
func (w *walIndex) open(path string) error {
	file, err := os.Open(path + "-shm")
	if err == nil {
		w.file.Store(file)
	}
	return err
}

// close closes the index. Not before all connections are closed: where SQLite's
// locks are plain POSIX locks, it would drop those on the file.
func (w *walIndex) close() error {
	if file := w.file.Swap(nil); file != nil {
		return file.Close()
	}
	return nil
}

// header returns the header as it is now; false where it cannot be read.
func (w *walIndex) header() (h indexHeader, ok bool) {
	file := w.file.Load()
	if file == nil {
		return h, false
	}
	_, err := file.ReadAt(h[:], 0)
	return h, err == nil
}
