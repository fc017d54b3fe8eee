package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// An [ErrLost] of a file that is in its place and does not hold what it held: to move
// the log would move what is not there, or put it into what it does not belong to.
var (
	errEmptied     = fmt.Errorf("%w: the log was emptied, cut off or overwritten", ErrLost)
	errOverwritten = fmt.Errorf("%w: the file was emptied, cut off or overwritten", ErrLost)
)

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
		now, err := os.Lstat(path) // under the name of a link there would be another log
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: %s is gone", ErrLost, path)
		case err != nil:
			return fmt.Errorf("the database cannot be looked at: %w", err)
		case !os.SameFile(opened, now):
			return fmt.Errorf("%w: %s was replaced while in use", ErrLost, path)
		case now.Size() < least[i] && i == 0:
			return fmt.Errorf("%w: %s", errOverwritten, path)
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

// holdsLog returns an [ErrLost] unless the log holds each frame that its index has come to
// name since the last time, and the last one of then: after it there may be a hole. They
// and the header of the log bear the salt of the present log.
func (f *file) holdsLog() error {
	for range 3 { // the log may start anew, and a header be half written
		index, ok := f.index.header()
		if !ok || index.frames() == 0 {
			return nil
		}
		from := uint32(1)
		if last := f.logged.Load(); last != nil && last.salt() == index.salt() {
			from = min(last.frames(), index.frames())
		}
		held, err := f.holdsFrames(index, from)
		if err != nil {
			return err
		}
		if held {
			f.logged.Store(&index)
			return nil
		}
	}
	return fmt.Errorf("%w: %s-wal", errEmptied, f.path)
}

// holdsFrames reports whether the log has its salt, its last byte, and the frames since
// one of them.
func (f *file) holdsFrames(index indexHeader, from uint32) (bool, error) {
	log, err := os.Open(f.path + "-wal")
	if err != nil {
		return false, fmt.Errorf("the write-ahead log cannot be looked at: %w", err)
	}
	defer log.Close()
	salt := index.salt()
	hasSalt := func(at int64) bool {
		var found [8]byte
		_, err := log.ReadAt(found[:], at)
		return err == nil && found == salt
	}
	held := hasSalt(logSalt)
	for n := from; n <= index.frames() && held; n++ {
		held = hasSalt(index.frame(n) + frameSalt)
	}
	info, err := log.Stat()
	return held && err == nil && info.Size() >= index.frame(index.frames()+1), err
}

// check returns an [ErrLost] where any part is not what it was.
func (f *file) check() error {
	err := f.inPlace()
	if err == nil {
		err = f.holdsLog()
	}
	if err == nil && f.content != nil {
		err = f.content.check()
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
