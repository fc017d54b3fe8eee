package sqlite

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

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

// isWhole returns an error unless SQLite would read all of the log that a killed program
// left, up to the last commit that the index names: of a log that is not what it was, it
// reads the beginning, without a word. An index from before the machine started does not
// count: it is never synced, so after a power cut it may be older than the log.
func (f *file) isWhole() error {
	index, ok := f.index.header()
	if !ok || index.frames() == 0 {
		return nil
	}
	info, err := os.Stat(f.path + "-shm")
	if err != nil || info.ModTime().Before(machineStarted()) {
		return err
	}
	log, err := os.Open(f.path + "-wal")
	if errors.Is(err, fs.ErrPermission) {
		return nil // SQLite tells
	}
	if err != nil {
		return err
	}
	defer log.Close()
	n, newer := readableFrames(bufio.NewReaderSize(log, 1<<20), index)
	if newer || n >= index.frames() {
		return nil
	}
	return fmt.Errorf("%w: of %d pages in %s-wal, %d can be read: put the whole file back, or a backup without it; "+
		"or delete %[3]s-shm to start with what is left", errEmptied, index.frames(), f.path, n)
}

// readableFrames returns how many frames of a log SQLite would read, up to those that the
// index names: https://sqlite.org/walformat.html#checksum_algorithm. newer reports a log that was
// started from the beginning after the index was written.
func readableFrames(log io.Reader, index indexHeader) (n uint32, newer bool) {
	header := make([]byte, logHeader)
	if _, err := io.ReadFull(log, header); err != nil {
		return 0, false
	}
	salt := index.salt()
	if found := [8]byte(header[logSalt:]); found != salt {
		return 0, binary.BigEndian.Uint32(found[:]) > binary.BigEndian.Uint32(salt[:])
	}
	var order binary.ByteOrder = binary.LittleEndian
	if header[3]&1 != 0 {
		order = binary.BigEndian
	}
	var sum logSum
	sum.add(order, header[:24])
	frame := make([]byte, index.frame(2)-index.frame(1))
	for ; n < index.frames(); n++ {
		if _, err := io.ReadFull(log, frame); err != nil {
			break
		}
		sum.add(order, frame[:frameSalt])
		sum.add(order, frame[frameHeader:])
		found := logSum{binary.BigEndian.Uint32(frame[16:]), binary.BigEndian.Uint32(frame[20:])}
		if [8]byte(frame[frameSalt:]) != salt || found != sum {
			break
		}
	}
	return n, false
}

// logSum is the checksum of a log up to a frame.
type logSum [2]uint32

func (s *logSum) add(order binary.ByteOrder, b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
}
