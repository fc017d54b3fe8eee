package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// errEmptied is the [ErrLost] of a part whose content is gone: to move the log would
// move what is not there.
var errEmptied = fmt.Errorf("%w: it was emptied or overwritten", ErrLost)

// least is how small a part can be, in bytes: a page of the database, nothing in the
// log, a page of its index.
var least = [len(suffixes)]int64{512, 0, 32 << 10}

// inPlace returns an [ErrLost] where a part of the database is no longer the one
// that was opened.
func (f *file) inPlace() error {
	for i, opened := range f.parts {
		if opened == nil {
			continue
		}
		path := f.path + suffixes[i]
		now, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: %s is gone", ErrLost, path)
		case err != nil:
			return fmt.Errorf("the database cannot be looked at: %w", err)
		case !os.SameFile(opened, now):
			return fmt.Errorf("%w: %s was replaced while in use", ErrLost, path)
		case now.Size() < least[i]:
			return fmt.Errorf("%w: %s", errEmptied, path)
		}
	}
	return nil
}

// Sizes and places in the log, in bytes: https://sqlite.org/walformat.html#the_wal_file_format
const (
	logHeader   = 32
	logSalt     = 16 // in the header of the log
	frameHeader = 24
	frameSalt   = 8 // in the header of a frame
)

// holdsLog returns an [ErrLost] unless the log holds the last frame that its index
// names. Both, and the header of the log, bear the salt of the present log.
func (f *file) holdsLog() error {
	index, ok := f.index.header()
	frames := int64(index.frames())
	if !ok || frames == 0 {
		return nil
	}
	path := f.path + "-wal"
	log, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the write-ahead log cannot be looked at: %w", err)
	}
	defer log.Close()
	for _, at := range []int64{logSalt, logHeader + (frames-1)*(frameHeader+index.pageSize()) + frameSalt} {
		var salt [8]byte
		if _, err := log.ReadAt(salt[:], at); err == nil && salt == index.salt() {
			continue
		}
		if now, ok := f.index.header(); !ok || now != index {
			return nil // the log has gone on meanwhile
		}
		return fmt.Errorf("%w: %s", errEmptied, path)
	}
	return nil
}

// check is inPlace and holdsLog.
func (f *file) check() error {
	err := f.inPlace()
	if err == nil {
		err = f.holdsLog()
	}
	return err
}

// secondName returns a part that has another name as well, "" if none has. Under that
// name SQLite would look for another log.
func (f *file) secondName() string {
	for _, suffix := range suffixes {
		if info, err := os.Stat(f.path + suffix); err == nil && links(info) > 1 {
			return f.path + suffix
		}
	}
	return ""
}

// frames returns how many frames the log has, 0 where it starts from the beginning.
func (h indexHeader) frames() uint32 { return binary.NativeEndian.Uint32(h[16:]) }

// pageSize returns the size of a page in bytes; 65536 is written as 1.
func (h indexHeader) pageSize() int64 {
	size := int64(binary.NativeEndian.Uint16(h[14:]))
	if size == 1 {
		size = 1 << 16
	}
	return size
}

// salt returns what a log has in its header and in each frame.
func (h indexHeader) salt() [8]byte { return [8]byte(h[32:40]) }
