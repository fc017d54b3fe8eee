package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"trolley/internal/query"
)

// places keeps account of the connections of a pool. A write whose outcome is unknown
// keeps its server process, with its locks, until a standby confirms it, so it keeps
// its place as well: or a server without its standby would soon have a process for
// each write that was tried, and none for reads.
type places struct {
	pool   *sql.DB
	ctx    context.Context // ends with the pool
	cancel context.CancelFunc

	mu        sync.Mutex
	size      int                // connections, at most
	opened    int                // so many times, size at most; see grow
	fewer     int                // that the server did not give; see shrink
	writing   int                // leases
	unknown   map[*conn]struct{} // connections that are left to a write
	answered  time.Time          // when a write was acknowledged last
	isWaiting bool               // the server has commits that wait for a standby
}

const (
	freshAnswer = 150 * time.Millisecond // a write was acknowledged just now
	enterPause  = 5 * time.Millisecond   // between two tries to enter
	lookPause   = 500 * time.Millisecond // between two looks at what became of the unknown
	shrunkFor   = 10 * time.Second       // until more connections are tried
)

// StandbyError refuses a write at once, since no standby would confirm it: so many
// commits wait for one.
type StandbyError int

// Error implements error.
func (e StandbyError) Error() string {
	return fmt.Sprintf("no write is confirmed: %d commits wait for a standby that does not answer", int(e))
}

// quarter is how many connections may be left to writes.
func (p *places) quarter() int { return max(1, p.size/4) }

// check returns StandbyError while n commits or more wait for a standby, or nil.
func (p *places) check(n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isWaiting && len(p.unknown) >= n {
		return StandbyError(len(p.unknown))
	}
	return nil
}

// enter waits until one more write may be under way. Beyond a quarter of the pool one
// must have been acknowledged just now: where none is, no more than that get stuck.
// It returns StandbyError, or the error of ctx.
func (p *places) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, statementWithin)
	defer cancel()
	for {
		if err := p.check(p.quarter()); err != nil {
			return err
		}
		if p.tryEnter() {
			return nil
		}
		if err := query.Pause(ctx, enterPause); err != nil {
			return fmt.Errorf("no write is acknowledged: %w", err)
		}
	}
}

func (p *places) tryEnter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing+len(p.unknown) >= p.quarter() && time.Since(p.answered) > freshAnswer {
		return false
	}
	p.writing++
	return true
}

func (p *places) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writing--
}

func (p *places) acknowledged() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answered = time.Now()
}

// lease is a connection of the shared pool for one write, or one transaction.
type lease struct {
	*conn
	held   *sql.Conn
	places *places
}

// Connect implements driver.Connector: it opens leases. Writes queue for them without a
// connection, so that reads have the others for themselves. The errors are that of ctx,
// that of the shared pool, and [StandbyError].
func (p *places) Connect(ctx context.Context) (driver.Conn, error) {
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	held, err := p.pool.Conn(ctx)
	if err != nil {
		p.leave()
		return nil, err
	}
	leased := &lease{held: held, places: p}
	err = held.Raw(func(c any) error { leased.conn = c.(*conn); return nil })
	return leased, err
}

// Driver implements driver.Connector.
func (p *places) Driver() driver.Driver { return p.pool.Driver() }

// Close implements driver.Conn: the connection goes back.
func (l *lease) Close() error {
	l.places.leave()
	return l.held.Close()
}

// resize has the pool open as many connections as there are places. Call it with mu
// held.
func (p *places) resize() {
	n := max(1, min(p.size-p.fewer-len(p.unknown), p.opened+1))
	p.pool.SetMaxOpenConns(n)
	p.pool.SetMaxIdleConns(n)
}

// grow lets the pool open one connection more, after one was opened. A new pool so opens
// one at a time, and other statements wait for those that are open: a busy server may
// take more than connectWithin to open all of them at once.
func (p *places) grow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened < p.size {
		p.opened++
		p.resize()
	}
}

// adopt keeps the place of a connection until its write is answered.
func (p *places) adopt(c *conn, answered <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unknown[c] = struct{}{}
	p.resize()
	if len(p.unknown) == 1 {
		go p.watch()
	}
	go func() {
		<-answered
		_ = c.Conn.Close() // the outcome is known, and no caller waits for it
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.unknown, c)
		p.resize()
	}()
}

// watch asks the server, until no outcome is unknown, what the writes wait for. It
// drops the connections of which the server knows nothing, as after a failover.
func (p *places) watch() {
	for {
		p.mu.Lock()
		unknown := slices.Collect(maps.Keys(p.unknown))
		p.mu.Unlock()
		waiting, slow, err := p.countSlow()
		p.mu.Lock()
		if err == nil {
			p.isWaiting = waiting > 0
		}
		done := len(p.unknown) == 0
		p.isWaiting = p.isWaiting && !done
		p.mu.Unlock()
		if err == nil && slow == 0 || p.ctx.Err() != nil {
			drop(unknown)
		}
		if done || query.Pause(p.ctx, lookPause) != nil {
			return
		}
	}
}

// countSlow counts the statements of this pool's name that take long: those that wait for a
// standby, and all.
func (p *places) countSlow() (waiting, slow int, err error) {
	const text = `
SELECT COUNT(*) FILTER (WHERE wait_event = 'SyncRep'), COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = current_setting('application_name')
  AND state = 'active' AND query_start < now() - INTERVAL '1 second' AND pid <> pg_backend_pid()`
	counts, err := query.One(p.ctx, p.pool, func(rows *sql.Rows) (n [2]int, err error) {
		return n, rows.Scan(&n[0], &n[1])
	}, text)
	return counts[0], counts[1], err
}

// drop breaks connections whose writes are at an end, or have to be left to themselves.
func drop(unknown []*conn) {
	for _, c := range unknown {
		_ = c.Conn.Conn().PgConn().Conn().Close()
	}
}

// shrink has the pool do with the connections that it has, for a while: the server
// gives no more. It reports false where there is none.
func (p *places) shrink() bool {
	open := p.pool.Stats().OpenConnections - 1 // this one is among them
	p.mu.Lock()
	defer p.mu.Unlock()
	if open < 1 {
		return false
	}
	if p.fewer == 0 {
		time.AfterFunc(shrunkFor, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.fewer = 0
			p.resize()
		})
	}
	p.fewer = max(p.fewer, p.size-len(p.unknown)-open)
	p.resize()
	return true
}

// close leaves the unknown writes to themselves.
func (p *places) close() error {
	p.cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	drop(slices.Collect(maps.Keys(p.unknown)))
	return p.pool.Close()
}
