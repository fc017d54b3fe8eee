package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"trolley/internal/query"
)

// The write-ahead log is moved into the database when it has grown by
// checkpointPages, by a connection of its own, so that no commit waits for it as it
// would for SQLite's automatic checkpoints. From restartPages on, a second move takes
// what was written during the first, and a third one takes its turn among the writes:
// nothing is added meanwhile, and the next write starts the log from the beginning.
// Pages that a reader still needs stay for the next time.
//
// After an fsync that failed, none is tried again: the kernel may have dropped pages
// of earlier moves (https://wiki.postgresql.org/wiki/Fsync_Errors), the next fsync
// would succeed, and the log, which still has all of it, would be overwritten. The
// next process moves the log from its beginning.
//
// What a visitor deleted is still in the log, so a shop without writes empties it.
const (
	checkpointPages = 1_000 // 4 MB
	restartPages    = 4_000 // 16 MB
	quietFor        = 5 * time.Second
	heldUpWithin    = 50 * time.Millisecond // a wait for readers, which holds up the writers
)

// checkpointer moves the write-ahead log into the database.
type checkpointer struct {
	file    *file
	own     *sql.DB // one connection
	log     *slog.Logger
	due     chan struct{}
	salt    [8]byte       // of the log; used under the writer lock alone
	moved   atomic.Uint32 // how long the log was when it was moved last, in pages
	running sync.WaitGroup
	stop    context.CancelFunc
	failed  atomic.Pointer[error] // the fsync that failed
}

func newCheckpointer(f *file, log *slog.Logger) *checkpointer {
	own := sql.OpenDB(f.connector(shopMover))
	own.SetMaxOpenConns(1)
	return &checkpointer{file: f, own: own, log: log, due: make(chan struct{}, 1), stop: func() {}}
}

// close returns when it has ended.
func (c *checkpointer) close() error {
	c.halt()
	if c.err() != nil {
		return nil // while it is open, no other connection is the last one, which would move the log
	}
	return c.own.Close()
}

// halt returns when nothing is moved any more.
func (c *checkpointer) halt() {
	c.stop()
	c.running.Wait()
}

// record keeps the error of a move where it is an fsync that failed.
func (c *checkpointer) record(err error) {
	if isNotSynced(err) {
		c.failed.CompareAndSwap(nil, &err)
	}
}

// err is the fsync that failed, nil as long as there was none.
func (c *checkpointer) err() error {
	if err := c.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// start has the log moved from now on, until close.
func (c *checkpointer) start(write *sql.DB) {
	var ctx context.Context
	ctx, c.stop = context.WithCancel(context.Background())
	c.running.Go(func() { c.run(ctx, write) })
}

// settled is told after each transaction: it sees when there is enough to move, and
// looks at the database when the log began anew, which the content is known by.
func (c *checkpointer) settled() {
	header, ok := c.file.index.header()
	if !ok {
		return
	}
	if salt := header.salt(); salt != c.salt && c.file.content != nil {
		c.salt = salt
		_ = c.file.content.check() // DB.Watch tells
	}
	pages := header.frames()
	moved := c.moved.Load()
	if pages < moved { // the log started from the beginning
		moved = 0
		c.moved.Store(0)
	}
	if pages-moved < checkpointPages {
		return
	}
	select {
	case c.due <- struct{}{}:
	default:
	}
}

func (c *checkpointer) run(ctx context.Context, write *sql.DB) {
	tick := time.NewTicker(quietFor)
	defer tick.Stop()
	var before indexHeader
	for {
		moveLog := c.moveLog
		select {
		case <-ctx.Done():
			return
		case <-c.due:
		case <-tick.C:
			now, _ := c.file.index.header()
			if now != before || now.frames() == 0 {
				before = now
				continue
			}
			moveLog = c.emptyLog
		}
		if c.file.check() != nil { // DB.Watch tells
			continue
		}
		err := moveLog(ctx, write)
		_ = c.file.check() // knows the content from now on; DB.Watch tells
		if c.record(err); c.err() != nil {
			return // DB.Watch tells
		}
		if err != nil && !errors.Is(err, errHeldUp) && ctx.Err() == nil {
			c.log.WarnContext(ctx, "write-ahead log not moved into the database", "error", err)
		}
	}
}

// moveLog moves a log that has grown.
func (c *checkpointer) moveLog(ctx context.Context, write *sql.DB) error {
	header, _ := c.file.index.header()
	c.moved.Store(header.frames())
	err := move(ctx, c.own)
	if err == nil && header.frames() >= restartPages {
		err = move(ctx, c.own, write)
	}
	return err
}

// emptyLog empties the log while nothing is written. The last move shows the writer
// the new log, or it would take that for another program's and no row for unchanged.
func (c *checkpointer) emptyLog(ctx context.Context, write *sql.DB) error {
	if err := empty(ctx, c.own); err != nil {
		return err
	}
	return move(ctx, write)
}

var errHeldUp = errors.New("a reader still needs a part of the log")

// empty moves all of the log into the database, as far as no reader still needs it.
func empty(ctx context.Context, by *sql.DB) error {
	var busy, pages, moved int
	err := by.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	if err == nil && busy != 0 {
		err = errHeldUp
	}
	return query.Wrap(err, "checkpoint")
}

// move moves the log, by one connection after the other.
func move(ctx context.Context, by ...*sql.DB) error {
	for _, db := range by {
		if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	return nil
}
