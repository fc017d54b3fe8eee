package sqlite

import (
	"encoding/binary"
	"sync/atomic"
)

// walIndex is the index of the write-ahead log, a file next to the database, of
// which its header alone is read here
// (https://sqlite.org/walformat.html#the_wal_index_header).
type walIndex struct{ opened atomic.Pointer[indexFile] }

// indexHeader is the first of the header's two copies. Each commit of any process
// changes it.
type indexHeader [48]byte

// open opens the index of the database at path.
func (w *walIndex) open(path string) error {
	file, err := openIndex(path + "-shm")
	if err == nil {
		w.opened.Store(file)
	}
	return err
}

// close closes the index.
func (w *walIndex) close() error {
	if file := w.opened.Swap(nil); file != nil {
		return file.close()
	}
	return nil
}

// header returns the header as it is now; false where it cannot be read.
func (w *walIndex) header() (h indexHeader, ok bool) {
	if file := w.opened.Load(); file != nil {
		ok = file.read(&h)
	}
	return h, ok
}

// checkpoint returns how far the log was moved into the database; false where that
// cannot be read.
func (w *walIndex) checkpoint() (c checkpoint, frames uint32, ok bool) {
	var b [132]byte // https://sqlite.org/walformat.html#the_wal_index_header
	if file := w.opened.Load(); file == nil || !file.readAll(b[:]) {
		return c, 0, false
	}
	c.salt, frames = [8]byte(b[32:]), indexHeader(b[:]).frames()
	c.moved, c.attempting = binary.NativeEndian.Uint32(b[96:]), binary.NativeEndian.Uint32(b[128:])
	return c, frames, true
}

// frames returns how many frames the log has, 0 where it starts from the beginning.
func (h indexHeader) frames() uint32 { return binary.NativeEndian.Uint32(h[16:]) }

// frame returns where the n-th frame of the log begins, from 1.
func (h indexHeader) frame(n uint32) int64 {
	return logHeader + (int64(n)-1)*(frameHeader+pageSize(binary.NativeEndian.Uint16(h[14:])))
}

// pageSize returns the size of a page in bytes; 65536 is written as 1.
func pageSize(written uint16) int64 {
	if written == 1 {
		return 1 << 16
	}
	return int64(written)
}

// salt returns what a log has in its header and in each frame.
func (h indexHeader) salt() [8]byte { return [8]byte(h[32:40]) }
