package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

var (
	// ErrUnfinished reports a move that ended before it was complete. No shop
	// starts on the target until the same move is run again and completes.
	ErrUnfinished = errors.New("store: the move is not complete, run it again")
	// ErrBroken reports a database that does not keep what a shop promises.
	ErrBroken = errors.New("store: a promise is broken")
)

// MoveOptions says how to tell of a move. The zero value tells nothing.
type MoveOptions struct {
	Log *slog.Logger
	// Progress, where not nil, is called by the goroutine that moves.
	Progress func(MoveProgress)
}

// MoveProgress is how far a move has come.
type MoveProgress struct {
	Stage       MoveStage
	Done, Total int64 // rows; of a check, orders and sessions
}

// MoveStage is what is being done for a move.
type MoveStage string

// The stages, in their order. Until the first one is over nothing is written,
// and until the last one is, no shop starts on the target.
const (
	MoveChecking  MoveStage = "checking the source" // whether it keeps its promises
	MoveCopying   MoveStage = "copying"
	MoveComparing MoveStage = "comparing"
	MoveProving   MoveStage = "checking the target" // as the source
	MoveFinishing MoveStage = "finishing"           // the target is good, and becomes a shop next
)

// Moved is a complete move.
type Moved struct {
	From, To string       // the databases, without a password
	Tables   []MovedTable // in the order in which they were copied
	Already  bool         // it was complete before: every row was compared again, and nothing written
	Took     time.Duration
	Checks   []Check // what is broken, with ErrBroken
}

// MovedTable is a table that was moved.
type MovedTable struct {
	Name string
	Rows int64
}

// Move copies a shop's catalogue, orders and sessions from the database from, of
// either engine, which no shop may be using, to a PostgreSQL database that is
// empty or in which nobody has bought anything yet; its catalogue is replaced. It
// then compares every row, and looks whether the target keeps what [Store.Verify]
// looks for. The source stays as it is.
//
// A source or a target that will not do is refused before anything is written.
// Whatever stops the move later, be it SIGKILL, gives [ErrUnfinished] or nothing,
// and the same call completes it: it starts over on an emptied target. A target
// to which the shop was moved before is compared, and never written.
func Move(ctx context.Context, from, to string, o MoveOptions) (moved Moved, err error) {
	began := time.Now()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	source, err := openSource(ctx, from, o.Log)
	if err != nil {
		return moved, fmt.Errorf("store: move: the source: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := openTarget(ctx, to, o.Log)
	if err != nil {
		return moved, fmt.Errorf("store: move: the target: %w", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	m := &mover{from: source, to: target.Store, target: target, tell: o.Progress}
	m.moved.From, m.moved.To = displayName(from), target.config.Name()
	if err = m.move(ctx); err != nil {
		err = fmt.Errorf("store: move: %w", err)
	}
	m.moved.Took = time.Since(began)
	return m.moved, err
}

// mover is a move under way.
type mover struct {
	from, to *Store
	target   *postgresTarget
	shop     string // id
	tell     func(MoveProgress)
	stage    MoveProgress
	moved    Moved
}

func (m *mover) move(ctx context.Context) error {
	row, err := readShop(ctx, m.from.read)
	if err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	m.shop = row.id
	// Before anything is written, and before the check of the source, which is long.
	if _, err := m.target.judge(ctx, m.shop); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if err := m.countTables(ctx); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	m.enter(MoveChecking, m.rows("orders", "sessions"))
	if err := m.verify(ctx, m.from, m.from.looks()); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	return m.target.alone(ctx, func() error { return m.moveAlone(ctx) })
}

// moveAlone runs while no other process moves anything into the target.
func (m *mover) moveAlone(ctx context.Context) error {
	state, err := m.target.judge(ctx, m.shop) // again: it may have changed meanwhile
	if err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if state == targetComplete {
		m.moved.Already = true
		return m.compareAgain(ctx)
	}
	if err := m.target.begin(ctx, state, m.shop); err != nil {
		return fmt.Errorf("%w: the target: %w", ErrUnfinished, err)
	}
	if err := m.fill(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return nil
}

// fill makes the emptied target the shop that the source is.
func (m *mover) fill(ctx context.Context) error {
	m.enter(MoveCopying, m.rows())
	if err := m.copyTables(ctx); err != nil {
		return err
	}
	m.enter(MoveComparing, m.rows())
	if err := m.compareTables(ctx); err != nil {
		return err
	}
	m.enter(MoveProving, m.rows("orders", "sessions"))
	if err := m.verify(ctx, m.to, m.to.rowLooks()); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	if err := stillIdle(ctx, m.from); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	m.enter(MoveFinishing, 0)
	return m.target.finish(ctx, m.shop)
}

// compareAgain writes nothing: the target is a shop, which may have begun to sell.
func (m *mover) compareAgain(ctx context.Context) error {
	m.enter(MoveComparing, m.rows())
	if err := m.compareTables(ctx); err != nil {
		return fmt.Errorf("the target: the shop was moved into it before, and one of the two has changed since: nothing was written: %w", err)
	}
	return nil
}
