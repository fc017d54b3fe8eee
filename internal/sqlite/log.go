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
	sumBytes    = 8 // the checksum, at the end of either header
	readAtOnce  = 64 << 10
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
		held, _, err := f.framesHeld(index, from, false)
		if err != nil {
			return fmt.Errorf("the write-ahead log cannot be looked at: %w", err)
		}
		if held == index.frames() {
			f.logged.Store(&index)
			return nil
		}
	}
	return fmt.Errorf("%w: %s-wal", errEmptied, f.path)
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
	held, newer, err := f.framesHeld(index, 1, true)
	if err != nil && !errors.Is(err, fs.ErrPermission) { // which SQLite tells
		return err
	}
	if err != nil || newer || held == index.frames() {
		return nil
	}
	return fmt.Errorf("%w: of %d pages in %s-wal, %d can be read: put the whole file back, or a backup without it; "+
		"or delete %[3]s-shm to start with what is left", errEmptied, index.frames(), f.path, held)
}

// framesHeld returns how many of the frames that index names are in the log, of which those
// before the from-th are known: by their salts, or also by their checksums, as SQLite counts
// them. newer reports a log that began anew after the index was written.
func (f *file) framesHeld(index indexHeader, from uint32, sums bool) (n uint32, newer bool, err error) {
	log, err := os.Open(f.path + "-wal")
	if err != nil {
		return 0, false, err
	}
	defer log.Close()
	header, salt := make([]byte, logHeader), index.salt()
	if _, err := log.ReadAt(header, 0); err != nil {
		return 0, false, nil
	}
	if found := [8]byte(header[logSalt:]); found != salt {
		return 0, binary.BigEndian.Uint32(found[:]) > binary.BigEndian.Uint32(salt[:]), nil
	}
	sum := newLogSum(header)
	frame := make([]byte, index.frame(2)-index.frame(1))
	start := index.frame(from)
	frames := bufio.NewReaderSize(io.NewSectionReader(log, start, index.frame(index.frames()+1)-start), readAtOnce)
	for n = from - 1; n < index.frames(); n++ {
		_, err := io.ReadFull(frames, frame)
		if err != nil || [8]byte(frame[frameSalt:]) != salt || sums && !sum.covers(frame) {
			break
		}
	}
	return n, false, nil
}

// logSum is the checksum of a log up to a frame: https://sqlite.org/walformat.html#checksum_algorithm
type logSum struct {
	order binary.ByteOrder
	sum   [2]uint32
}

func newLogSum(header []byte) *logSum {
	s := &logSum{order: binary.LittleEndian}
	if header[3]&1 != 0 {
		s.order = binary.BigEndian
	}
	s.add(header[:logHeader-sumBytes])
	return s
}

// covers adds a frame and reports whether that bears the checksum.
func (s *logSum) covers(frame []byte) bool {
	s.add(frame[:frameSalt])
	s.add(frame[frameHeader:])
	found := frame[frameHeader-sumBytes:]
	return s.sum == [2]uint32{binary.BigEndian.Uint32(found), binary.BigEndian.Uint32(found[4:])}
}

func (s *logSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s.sum[0] += s.order.Uint32(b) + s.sum[1]
		s.sum[1] += s.order.Uint32(b[4:]) + s.sum[0]
	}
}
