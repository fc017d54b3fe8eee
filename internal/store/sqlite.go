package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"time"

	"modernc.org/sqlite"

	"trolley/groupcommit"
	"trolley/groupcommit/stmtcache"
)

// sqliteFile is the engine of an open SQLite database.
type sqliteFile struct {
	path    string
	opened  fs.FileInfo
	log     fs.FileInfo // the write-ahead log, which stays as long as a connection is open
	group   *groupcommit.Group
	commits commits
	index   *walIndex
	stamps  *stamps
	mover   *checkpointer
}

// busyTimeout is how long a statement waits for another process's write lock.
const busyTimeout = 2 * time.Second

func openSQLite(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	path, err := sqlitePath(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	if err := privateFile(path, log); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	guardProcess(log)
	if err := prepareSQLite(ctx, path, log); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, explainSQLite(path, err))
	}
	f, err := newSQLiteFile(path, log)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	write, read := sql.OpenDB(f.group), f.readers()
	write.SetMaxIdleConns(idleWriters)
	if err := f.start(ctx, write, read); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, errors.Join(explainSQLite(path, err), read.Close(), write.Close(), f.release()))
	}
	return newStore(write, read, f, log), nil
}

func newSQLiteFile(path string, log *slog.Logger) (*sqliteFile, error) {
	opened, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	f := &sqliteFile{path: path, opened: opened, commits: newCommits(), index: new(walIndex)}
	f.stamps = newStamps(f.index)
	f.mover = newCheckpointer(f.connector(shopWriter), f.index, log)
	f.group = groupcommit.Connector(f.connector(shopWriter), groupcommit.Options{
		MaxWait: busyTimeout, Wrap: stmtcache.Connector, Opened: f.stamps.watch, OnCommit: f.commits.observe,
		Settled: func(conn driver.Conn, committed bool) {
			f.stamps.settled(conn, committed)
			f.mover.settled()
		},
	})
	return f, nil
}

// idleWriters is how many connections the write pool keeps. They are virtual:
// groupcommit runs all of them on one real connection.
const idleWriters = 256

// prepareSQLite makes sure that the file can be worked with, on a connection of
// its own.
func prepareSQLite(ctx context.Context, path string, log *slog.Logger) (err error) {
	db := sql.OpenDB(newSQLiteConnector(path, shopWriter))
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if err := firstConnection(ctx, db); err != nil {
		return err
	}
	if err := checkSQLite(ctx, path, db); err != nil {
		return err
	}
	if err := checkWritable(ctx, db); err != nil {
		return err
	}
	if err := migrateSQLite(ctx, path, db, log); err != nil {
		return err
	}
	return wholeShop(ctx, db)
}

// start opens the first connection of each pool.
func (f *sqliteFile) start(ctx context.Context, write, read *sql.DB) (err error) {
	if err := errors.Join(write.PingContext(ctx), read.PingContext(ctx)); err != nil {
		return err
	}
	if f.log, err = os.Stat(f.path + "-wal"); err != nil {
		return err
	}
	if err := f.index.open(f.path); err != nil {
		return err
	}
	f.mover.start(write)
	return nil
}

// shopWriter is the role of the one real connection that writes.
var shopWriter = sqliteRole{busy: busyTimeout, steady: true}

// readers returns the pool for reading. Beyond 8 connections they wait for
// processors, under 4 a slow page would hold up the others.
func (f *sqliteFile) readers() *sql.DB {
	n := min(max(runtime.GOMAXPROCS(0), 4), 8)
	connector := f.connector(sqliteRole{busy: busyTimeout, readOnly: true})
	read := sql.OpenDB(stmtcache.Connector(connector))
	read.SetMaxOpenConns(n)
	read.SetMaxIdleConns(n)
	return read
}

// guardProcess sets what modernc.org/sqlite can only set for the whole process.
func guardProcess(log *slog.Logger) {
	// A pragma in a DSN is SQL: "foreign_keys(1); DROP ..." would run.
	sqlite.StrictPragmas(true)
	// POSIX drops a process's locks on a file when any descriptor of it is
	// closed, say by a library that reads the file. Linux's own locks stay.
	if _, err := sqlite.OFDLocking(true); err != nil {
		log.Debug("database locks are plain POSIX locks", "reason", err)
	}
}

// firstConnection opens one. Where two processes start on a new file at once,
// SQLite answers "busy" to the slower one without waiting for busy_timeout.
func firstConnection(ctx context.Context, db *sql.DB) error {
	const patience, pause = 5 * time.Second, 20 * time.Millisecond
	for start := time.Now(); ; {
		err := db.PingContext(ctx)
		if !isSQLiteBusy(err) || time.Since(start) > patience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// kind implements engine.
func (*sqliteFile) kind() Engine { return SQLite }

// expiry implements engine.
func (*sqliteFile) expiry(t time.Time) any { return julianDay(t) }

// byCodePoint implements engine: as every column does.
func (*sqliteFile) byCodePoint(column string) string { return column }

// check implements engine.
func (f *sqliteFile) check() error {
	if err := f.unsynced(); err != nil {
		return fmt.Errorf("%w under %s: what was confirmed is in it and in its -wal. Look at the disk, then start again: %w", ErrNotSynced, f.path, err)
	}
	return f.inPlace()
}

// unsynced is the fsync that failed. A guest does not wait for any.
func (f *sqliteFile) unsynced() error {
	if f.group == nil {
		return nil
	}
	return cmp.Or(f.group.Err(), f.mover.err())
}

// abandon implements abandoner. It moves the write-ahead log away: SQLite would
// apply it to whichever database is opened next under this name, and damage it.
func (f *sqliteFile) abandon() error {
	_ = f.mover.close()
	_ = f.group.Close() // an error would be about a file that is lost
	name := f.path + "-wal"
	if now, err := os.Stat(name); err != nil || !os.SameFile(f.log, now) {
		return nil
	}
	if err := os.Rename(name, f.path+"-lost-wal"); err != nil {
		return fmt.Errorf("delete %s: it belongs to the lost file: %w", name, err)
	}
	return nil
}

// settle implements engine. When the last connection closes after it, SQLite
// removes the empty -wal and the -shm.
func (f *sqliteFile) settle(ctx context.Context, write *sql.DB) error {
	f.mover.halt()
	_, err := write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	f.mover.note(err)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// release implements engine.
func (f *sqliteFile) release() error {
	return errors.Join(f.mover.close(), f.index.close())
}

// Groups returns what the group commit has done since the start; false on an
// engine that groups its commits by itself.
func (s *Store) Groups() (groupcommit.Stats, bool) {
	f, ok := s.engine.(*sqliteFile)
	if !ok {
		return groupcommit.Stats{}, false
	}
	return f.group.Stats(), true
}
