package sqlite

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"os"
	"sync"
	"time"
)

// content tells whether anything but SQLite wrote to the file of the database. SQLite
// writes to it in checkpoints alone, which leave a trace in the index of the log:
// https://sqlite.org/walformat.html#the_wal_index_header
type content struct {
	mu       sync.Mutex
	db       *os.File
	index    *walIndex
	seed     maphash.Seed
	seen     bool
	last     checkpoint // the one after which the rest was seen
	modified time.Time
	sum      uint64
}

// checkpoint is how much of which log was moved into the database.
type checkpoint struct {
	salt              [8]byte
	moved, attempting uint32 // frames; attempting is more while some are being moved
}

const (
	samples        = 256 // how many blocks of the file are looked at, at most
	databaseHeader = 100 // bytes
)

func openContent(path string, index *walIndex) (*content, error) {
	db, err := os.Open(path)
	return &content{db: db, index: index, seed: maphash.MakeSeed()}, err
}

// check returns an [ErrLost] where the file was cut off, or differs from what it was
// after the last checkpoint. Between two checkpoints a new time alone means nothing.
func (c *content) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, frames, ok := c.index.checkpoint()
	if !ok || before.moved != before.attempting {
		return nil // it is being written
	}
	info, err := c.db.Stat()
	if err != nil {
		return err
	}
	same := c.seen && before == c.last
	if same && info.ModTime().Equal(c.modified) {
		return nil
	}
	sum, whole, err := c.sample(info.Size())
	if err != nil {
		return err
	}
	if after, _, _ := c.index.checkpoint(); after != before {
		return nil
	}
	isMoved := before.moved == frames // of a page that changed since, no version is moved: it may be the last one
	if isMoved && !whole || same && sum != c.sum {
		return fmt.Errorf("%w: %s", errOverwritten, c.db.Name())
	}
	c.seen, c.last, c.modified, c.sum = true, before, info.ModTime(), sum
	return nil
}

// sample returns a checksum of the size and of pages all over the file, and whether the
// file has all the pages that its header counts.
func (c *content) sample(size int64) (sum uint64, whole bool, err error) {
	var hash maphash.Hash
	hash.SetSeed(c.seed)
	maphash.WriteComparable(&hash, size)
	block := make([]byte, 4096)
	blocks := (size + int64(len(block)) - 1) / int64(len(block))
	for i := range min(blocks, samples) {
		n, err := c.db.ReadAt(block, blocks*i/min(blocks, samples)*int64(len(block)))
		if n < databaseHeader {
			return 0, false, err
		}
		if i == 0 { // https://www.sqlite.org/fileformat.html#the_database_header
			pages := int64(binary.BigEndian.Uint32(block[28:]))
			whole = size >= pages*pageSize(binary.BigEndian.Uint16(block[16:]))
		}
		hash.Write(block[:n])
	}
	return hash.Sum64(), whole, nil
}
