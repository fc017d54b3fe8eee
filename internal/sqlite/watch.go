package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

var (
	// ErrLost reports that the open database is no longer the one on disk: its file
	// was removed or replaced. What is written from then on is lost.
	ErrLost = errors.New("the database file is not the one that was opened")
	// ErrNotSynced reports that the disk could not keep what was written to it. What
	// was confirmed before is on it; nothing is written any more.
	ErrNotSynced = errors.New("the disk failed")
)

// watchInterval is how long writes to a lost file may be acknowledged.
const watchInterval = 500 * time.Millisecond

// Watch returns an [ErrLost] or an [ErrNotSynced] when the database is lost or its
// disk fails, after which every write fails, and nil when ctx ends. End the program
// upon an error: it can only go on with a database that is opened anew.
func (db *DB) Watch(ctx context.Context) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		// Any other error may pass, and is for Check to tell.
		switch err := db.Check(); {
		case errors.Is(err, ErrNotSynced):
			return err
		case errors.Is(err, ErrLost):
			return db.detach(err)
		}
	}
}

// detach makes every further write fail, and moves the write-ahead log away: SQLite
// would apply it to the database that is opened next under this name, and damage it.
func (db *DB) detach(lost error) error {
	_ = db.checkpointer.close()
	_ = db.group.Close() // an error would be about a file that is lost
	log := db.file.path + "-wal"
	if now, err := os.Stat(log); err != nil || !os.SameFile(db.log, now) {
		return lost
	}
	if err := os.Rename(log, db.file.path+"-lost-wal"); err != nil {
		return fmt.Errorf("%w; delete %s: it belongs to the lost file: %w", lost, log, err)
	}
	return lost
}
