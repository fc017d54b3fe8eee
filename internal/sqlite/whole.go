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
