// Package move copies a shop into a PostgreSQL database and compares every row.
package move

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/internal/verify"
)

var (
	// ErrUnfinished reports a move that ended before it was complete. No shop
	// starts on the target until the same move is run again and completes.
	ErrUnfinished = errors.New("the move is not complete, run it again")
	// ErrBroken reports a database that does not keep what a shop promises.
	ErrBroken = errors.New("a promise is broken")
)

// Options say how to report a move. The zero value reports nothing.
type Options struct {
	Log      *slog.Logger
	Progress func(Progress) // never called by two goroutines at once
}

// Moved is a complete move.
type Moved struct {
	From, To string  // the databases, without a password
	Tables   []Table // in the order in which they were copied
	Already  bool    // it was complete before: every row was compared again, and nothing written
	Took     time.Duration
	Checks   []verify.Check // what is broken, with ErrBroken
}

// Table is a table that was moved.
type Table struct {
	Name string
	Rows int64
}

// Run copies a shop's catalogue, orders and sessions from the database from, of
// either engine, which no shop may be using, to a PostgreSQL database that is
// empty or without sessions and orders; its catalogue is replaced. It
// then compares every row, and verifies the rows of the target. The source stays as
// it is.
//
// A source or a target that will not do is refused before anything is written.
// Whatever stops the move later, be it SIGKILL, gives [ErrUnfinished] or nothing,
// and the same call completes it: it starts over on an emptied target. A target
// to which the shop was moved before is compared, and never written.
func Run(ctx context.Context, from, to string, o Options) (moved Moved, err error) {
	began := time.Now()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	source, err := openSource(ctx, from, o.Log)
	if err != nil {
		return moved, fmt.Errorf("move: the source: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := openTarget(ctx, to, o.Log)
	if err != nil {
		return moved, fmt.Errorf("move: the target: %w", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	m := &mover{from: source, to: target, tell: o.Progress, moved: Moved{From: source.name, To: target.Name}}
	m.from.Progress = m.advance
	err = query.Wrap(m.move(ctx), "move")
	m.moved.Took = time.Since(began)
	return m.moved, err
}

// mover is a move under way.
type mover struct {
	from  source
	to    *target
	shop  string // id
	tell  func(Progress)
	stage Progress
	moved Moved
}

func (m *mover) move(ctx context.Context) (err error) {
	if m.shop, _, err = readShop(ctx, m.from.DB); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	// Before anything is written, and before the check of the source, which is long.
	if _, err := m.to.inspect(ctx, m.shop); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if err := m.countTables(ctx); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	m.enter(Checking, m.rows("orders", "sessions"))
	if err := m.verify(ctx, m.from.Verify); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	return postgres.Exclusively(ctx, m.to.Write, func() error { return m.moveAlone(ctx) })
}

// moveAlone runs while no other process migrates the target or moves into it.
func (m *mover) moveAlone(ctx context.Context) error {
	state, err := m.to.inspect(ctx, m.shop) // again: it may have changed meanwhile
	if err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if state == complete {
		m.moved.Already = true
		return m.compareAgain(ctx)
	}
	if err := m.to.begin(ctx, state, m.shop); err != nil {
		return fmt.Errorf("%w: the target: %w", ErrUnfinished, err)
	}
	if err := m.fill(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return nil
}

// fill makes the emptied target the shop that the source is.
func (m *mover) fill(ctx context.Context) error {
	m.enter(Copying, m.rows())
	if err := m.copyTables(ctx); err != nil {
		return err
	}
	m.enter(Comparing, m.rows())
	if err := m.compareTables(ctx); err != nil {
		return err
	}
	m.enter(Proving, m.rows("orders", "sessions"))
	if err := m.verify(ctx, verify.Database{DB: m.to.Write, Progress: m.advance}.VerifyRows); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if err := m.from.idle(ctx); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	m.enter(Finishing, 0)
	return m.to.finish(ctx, m.shop)
}

// compareAgain writes nothing: the target is a shop, which may have begun to sell.
func (m *mover) compareAgain(ctx context.Context) error {
	m.enter(Comparing, m.rows())
	return query.Wrap(m.compareTables(ctx),
		"the target: the shop was moved into it before, and one of the two has changed since: nothing was written")
}

// verify refuses a database that breaks a promise, and keeps which.
func (m *mover) verify(ctx context.Context, run func(context.Context, func(verify.Check)) error) error {
	err := run(ctx, func(c verify.Check) {
		if c.Wrong > 0 {
			m.moved.Checks = append(m.moved.Checks, c)
		}
	})
	if err == nil && len(m.moved.Checks) > 0 {
		err = ErrBroken
	}
	return err
}
