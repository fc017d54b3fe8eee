// Package sqlite opens SQLite as it should be: a private file, every setting read
// back from every connection, one fsync for many writers, checkpoints that no
// commit waits for, and an end of all writing when the file is replaced or the
// disk fails.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"modernc.org/sqlite"

	"trolley/groupcommit"
	"trolley/groupcommit/stmtcache"
	"trolley/internal/query"
)

// Pools are an open database file and the connections to it.
type Pools struct {
	// Write is for statements that change something. One connection runs them all,
	// so a transaction has it for itself: what holds one must not use this pool
	// beside it.
	Write *sql.DB
	// Read refuses to write. It sees what was committed, and never waits for a writer.
	Read *sql.DB

	file   *file
	unused bool // when it was opened, nothing else used the file
}

// DB is the database of a shop, as [Open] returns it. Its Write pool commits many
// statements with one fsync.
type DB struct {
	Pools
	GroupSize  prometheus.Histogram // how many statements shared a commit
	CommitTime prometheus.Histogram // how long the COMMIT of a group took, in seconds

	log          *slog.Logger
	group        *groupcommit.Group
	versions     *versions
	checkpointer *checkpointer
	detaching    sync.Once
	lost         atomic.Pointer[error] // why it was detached
}

const (
	// busyTimeout is how long a statement waits for another process's write lock.
	busyTimeout = 2 * time.Second
	// idleWriters is how many connections the write pool keeps. They are virtual:
	// groupcommit runs all of them on one real connection.
	idleWriters = 256
	// settleWithin bounds how long Close waits for the last checkpoint.
	settleWithin = 10 * time.Second
)

// Open opens the file that name is the path of, or a "file:" URI without options,
// for the one program that serves it. It makes a missing file, readable by its
// owner only, brings the schema up to date and checks that the file is whole.
//
// An error is one line that says what to do. Close the DB.
func Open(ctx context.Context, name string, log *slog.Logger) (*DB, error) {
	path, err := findPath(name)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	guardProcess(log)
	db, err := open(ctx, path, log)
	if err != nil {
		return nil, explain(path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string, log *slog.Logger) (*DB, error) {
	f, created, err := createOrAdopt(ctx, path, log)
	if err != nil {
		return nil, err
	}
	if err := f.prepare(ctx, log); err != nil {
		if created {
			err = errors.Join(err, discard(path))
		}
		return nil, err
	}
	db := newDB(f, log)
	if err := db.start(ctx); err != nil {
		return nil, errors.Join(err, db.Read.Close(), db.Write.Close(), db.release())
	}
	return db, nil
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

func newDB(f *file, log *slog.Logger) *DB {
	db := &DB{log: log, GroupSize: newGroupSize(), CommitTime: newCommitTime(),
		versions: newVersions(&f.index), checkpointer: newCheckpointer(f, log)}
	db.group = groupcommit.Connector(f.connector(shopWriter), groupcommit.Options{
		MaxWait:  busyTimeout,
		Wrap:     stmtcache.Connector,
		Opened:   db.versions.watch,
		OnCommit: db.observe,
		Settled: func(conn driver.Conn, committed bool) {
			db.versions.settled(conn, committed)
			db.checkpointer.settled()
		},
	})
	db.Pools = Pools{Write: sql.OpenDB(db.group), Read: f.readers(), file: f}
	db.Write.SetMaxIdleConns(idleWriters)
	return db
}

// readers returns the pool for reading. Beyond 8 connections they wait for
// processors, under 4 a slow page would hold up the others.
func (f *file) readers() *sql.DB {
	n := min(max(runtime.GOMAXPROCS(0), 4), 8)
	read := sql.OpenDB(stmtcache.Connector(f.connector(shopReader)))
	read.SetMaxOpenConns(n)
	read.SetMaxIdleConns(n)
	return read
}

// start opens the first connection of each pool.
func (db *DB) start(ctx context.Context) error {
	// The checkpointer's as well: it is the one that is left when a file is gone.
	for _, pool := range []*sql.DB{db.Write, db.Read, db.checkpointer.own} {
		if err := pool.PingContext(ctx); err != nil {
			return err
		}
	}
	if err := db.file.pinLog(); err != nil {
		return err
	}
	db.checkpointer.start(db.Write)
	return nil
}

// Groups returns what the group commit has done since the start.
func (db *DB) Groups() groupcommit.Stats { return db.group.Stats() }

// WALBytes returns the size of the write-ahead log; 0 where there is none.
func (db *DB) WALBytes() int64 {
	info, err := os.Stat(db.file.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// Check returns [ErrNotSynced] or [ErrLost] when the database failed so, nil as
// long as it did not, and any other error where the file cannot be looked at.
func (db *DB) Check() error {
	if err := cmp.Or(db.group.Err(), db.checkpointer.err()); err != nil {
		return fmt.Errorf("%w under %s: what was confirmed is in it and in its -wal. "+
			"Look at the disk, then start again: %w", ErrNotSynced, db.file.path, err)
	}
	if lost := db.lost.Load(); lost != nil {
		return *lost
	}
	return db.file.check()
}

// Close moves everything into the database's own file, so that it can be copied
// as it is, and closes both pools. Stop all use of them first.
func (db *DB) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleWithin)
	defer cancel()
	// Readers first: an open reader keeps the write-ahead log from being emptied.
	err := db.Read.Close()
	switch failed := db.Check(); {
	case errors.Is(failed, ErrNotSynced):
	case errors.Is(failed, ErrLost):
		return errors.Join(err, db.detach(failed))
	default:
		err = errors.Join(err, db.settle(ctx))
	}
	return errors.Join(err, db.Write.Close(), db.release())
}

// settle empties the write-ahead log. When the last connection closes after it,
// SQLite removes the empty -wal and the -shm.
func (db *DB) settle(ctx context.Context) error {
	db.checkpointer.halt()
	_, err := db.Write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	db.checkpointer.record(err)
	return query.Wrap(err, "checkpoint")
}

func (db *DB) release() error { return errors.Join(db.checkpointer.close(), db.file.close()) }
