package sqlite

import "encoding/binary"

// indexHeader is the first of the two headers of an index. Each commit of any process
// changes it: https://sqlite.org/walformat.html#the_wal_index_header
type indexHeader [48]byte

// header returns the header as it is now; false where it cannot be read.
func (w *walIndex) header() (h indexHeader, ok bool) {
	ok = w.read(h[:])
	return h, ok
}

// indexStart is how many bytes of the index are read: two headers, and how far the log
// was moved into the database.
const indexStart = 136

// checkpoint returns how far the log was moved into the database; false where that
// cannot be read.
func (w *walIndex) checkpoint() (c checkpoint, frames uint32, ok bool) {
	var b [indexStart]byte
	ok = w.read(b[:])
	c.salt, frames = indexHeader(b[:]).salt(), indexHeader(b[:]).frames()
	c.moved, c.attempting = binary.NativeEndian.Uint32(b[96:]), binary.NativeEndian.Uint32(b[128:])
	return c, frames, ok
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
