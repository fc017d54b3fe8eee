package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"trolley/internal/query"
)

var (
	// ErrLost reports that the open database is no longer the one on disk: one of its
	// files was removed, replaced or emptied. What is written from then on is lost.
	ErrLost = errors.New("the database is not the one that was opened")
	// ErrNotSynced reports that the disk could not keep what was written to it. What
	// was confirmed before is on it; nothing is written any more.
	ErrNotSynced = errors.New("the disk failed")
)

// watchInterval is how long writes to a lost file may be acknowledged.
const watchInterval = 500 * time.Millisecond

// Watch returns an [ErrLost] or an [ErrNotSynced] when the database is lost or its
// disk fails, after which every write fails, and nil when ctx ends. End the program
// upon an error: it can only go on with a database that is opened anew. A second name
// of a file is a warning.
func (db *DB) Watch(ctx context.Context) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for warned := ""; ; {
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
		if second := db.file.secondName(); second != warned {
			if warned = second; second != "" {
				db.log.Warn("a file of the database has another name as well (a hard link): never open it under that one, "+
					"and copy it instead", "file", second)
			}
		}
	}
}

// detach makes every further write fail, and saves what the open files hold. The first
// call returns lost with what to do, others nil.
func (db *DB) detach(lost error) (err error) {
	db.detaching.Do(func() {
		db.lost.Store(&lost)
		db.checkpointer.halt()
		_ = db.group.Close() // an error would be about a file that is lost
		advice, failed := db.rescue(lost)
		err = fmt.Errorf("%w: %s", lost, advice)
		if failed != nil {
			err = fmt.Errorf("%w: %w", lost, failed)
		}
	})
	return err
}

// rescue moves the log into the database that was opened, if both are what they were, and
// keeps SQLite from applying a log to what it does not belong to. It returns what to do.
func (db *DB) rescue(lost error) (advice string, err error) {
	switch {
	case errors.Is(lost, errEmptied):
		return "some of what was confirmed may be gone with it: " +
			"put a backup in its place, or start again with what is left", db.file.removeIndex()
	case errors.Is(lost, errOverwritten):
		return "what it held is gone. Its log, which must not be applied to another content, is " +
				db.file.path + lostLog + ": put a backup in its place, or start again with what is there",
			db.setLogAside(false, false)
	}
	err = db.save()
	return "all that was confirmed was moved into the file that was open: " +
		"put that back if it is gone, then start again", cmp.Or(err, db.setLogAside(db.file.isOpen(0), err == nil))
}

// saveWithin is how long a lost database waits for its readers: it is the last chance.
const saveWithin = time.Minute

// save moves all of the log through the files that are open.
func (db *DB) save() error {
	move := func(ctx context.Context) error { return empty(ctx, db.checkpointer.own) }
	return query.Retry(context.Background(), saveWithin, move, func(err error) bool { return errors.Is(err, errHeldUp) })
}

// lostLog is what a log is called that was set aside.
const lostLog = "-lost-wal"

// setLogAside takes away what SQLite would apply to a database that it does not belong
// to: after all was moved, a log that was put next to ours; otherwise our log, next to
// another database, or another content. The connection that is left stays open: as the
// last one it would delete the -wal by its name.
func (db *DB) setLogAside(ours, moved bool) error {
	if ours != moved {
		return nil
	}
	log := db.file.path + "-wal"
	if db.file.isOpen(1) != ours && exists(log) {
		if err := os.Rename(log, db.file.path+lostLog); err != nil {
			return fmt.Errorf("delete %s: it belongs to another file: %w", log, err)
		}
	}
	return db.file.removeIndex()
}

// removeIndex removes the index of a log that is no longer there.
func (f *file) removeIndex() error {
	index := f.path + "-shm"
	if err := os.Remove(index); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete %s: it belongs to a log that is no longer there: %w", index, err)
	}
	return nil
}

// isOpen reports whether the name of a part is still that of the file that was opened.
func (f *file) isOpen(part int) bool {
	now, err := os.Lstat(f.path + suffixes[part])
	return err == nil && os.SameFile(f.parts[part], now)
}
