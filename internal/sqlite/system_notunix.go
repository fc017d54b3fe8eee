//go:build !unix

package sqlite

import (
	"io/fs"
	"os"
)

// indexFile is an open index.
type indexFile struct{ *os.File }

func openIndex(path string) (*indexFile, error) {
	file, err := os.Open(path)
	return &indexFile{file}, err
}

func (w *walIndex) mapHeader() {}

func (file *indexFile) read(h *indexHeader) bool { return file.readAll(h[:]) }

func (file *indexFile) readAll(b []byte) bool {
	_, err := file.ReadAt(b, 0)
	return err == nil
}

func (file *indexFile) close() error { return file.Close() }

// isHeld reports whether a connection of any process has the index open.
func (w *walIndex) isHeld() bool { return false }

func links(fs.FileInfo) uint64 { return 1 }
