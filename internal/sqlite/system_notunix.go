//go:build !unix

package sqlite

import (
	"io/fs"
	"os"
)

// walIndex is the index of the write-ahead log, a file next to the database.
type walIndex struct{ file *os.File }

func (w *walIndex) open(path string) (err error) {
	w.file, err = os.Open(path + "-shm")
	return err
}

func (w *walIndex) mapStart() {}

func (w *walIndex) read(b []byte) bool {
	_, err := w.file.ReadAt(b, 0) // an error as well where it is not open
	return err == nil
}

func (w *walIndex) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}

func (w *walIndex) isHeld() bool { return false }

func links(fs.FileInfo) uint64 { return 1 }
