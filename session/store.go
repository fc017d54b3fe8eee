package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
)

// store wraps scs's sqlite3store or postgresstore. It gives scs the context
// methods that they lack, and lets no write pass that another one has overtaken.
// Every method needs the request that Manager.load put into the context.
type store struct {
	scs.Store // scs's own: see insert
	dialect
	m     *Manager
	write *sql.DB
	read  *sql.DB
	cache *cache
}

var _ scs.CtxStore = (*store)(nil)

func newStore(m *Manager, write, read *sql.DB) *store {
	d := dialects[m.Engine]
	return &store{d.stock(write), d, m, write, read, newCache(m.Stamp)}
}

// execer is a *sql.DB or a *sql.Tx.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// FindCtx reads a row, or takes it as it was kept, and remembers it for the commit.
func (s *store) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	r := current(ctx)
	s.m.stats.Loads.Add(1)
	known, stamp, keep := s.cache.get(token)
	if known != nil && time.Now().Before(known.expiry) {
		s.m.stats.Kept.Add(1)
		r.row, r.contents = known.row, known.contents
		return known.data, true, nil
	}
	r.stamp, r.keep = stamp, keep
	ctx, cancel := context.WithTimeout(ctx, s.m.MaxWait)
	defer cancel()
	data, expiry, err := s.find(ctx, token)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, s.endedJustNow(ctx, r, token)
	}
	if err != nil {
		return nil, false, fmt.Errorf("session: find: %w", err)
	}
	if data == nil {
		data = []byte{} // an empty blob; nil would be NULL, which equals nothing
	}
	found := row{token, data, expiry.Time}
	if !time.Now().Before(found.expiry) {
		return nil, false, nil
	}
	r.row = found
	return data, true, nil
}

// find waits for a connection as long as ctx lasts. The query itself, where the
// database is in this process, runs without: to watch a context that can end
// costs modernc.org/sqlite as much as the query.
func (s *store) find(ctx context.Context, token string) (data []byte, expiry instant, err error) {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, expiry, err
	}
	defer conn.Close()
	if s.local {
		ctx = context.WithoutCancel(ctx)
	}
	err = conn.QueryRowContext(ctx, findSQL, token).Scan(&data, &expiry)
	return data, expiry, err
}

// endedJustNow notes whether the session that is not there was there a moment ago.
func (s *store) endedJustNow(ctx context.Context, r *request, token string) error {
	since, until := aMomentAround(time.Now())
	var renewed int
	err := s.read.QueryRowContext(ctx, wasEndedSQL, token, since, until).Scan(&renewed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("session: find ended: %w", err)
	}
	r.ended, r.renewed = true, renewed == 1
	return nil
}

// CommitCtx writes a session: compare-and-swap for the row that was loaded, an
// insert for a token that this request generated.
func (s *store) CommitCtx(ctx context.Context, token string, data []byte, deadline time.Time) error {
	r := current(ctx)
	deadline = deadline.Truncate(time.Second) // as in data
	next := row{token, data, s.m.expiry(deadline)}
	known, began := r.known(), time.Now()
	stamp, keep := s.cache.before(r, token)
	var err error
	switch {
	case token == known.token && known.holds(data):
		s.touch(ctx, r, deadline)
		return nil
	case token == known.token:
		if s.m.isAsGood(known.expiry, next.expiry) {
			next.expiry = known.expiry
		}
		err = s.swap(ctx, r, known, next)
	case r.doomed != "":
		err = s.replace(ctx, r, next)
	default:
		err = s.insert(ctx, r, next)
	}
	if err != nil {
		return err
	}
	if keep {
		s.cache.written(next, r.contents, stamp)
	}
	r.then(func() { s.m.stats.Commits.Add(1) })
	s.m.observeCommit(r, known, next, began)
	if r.tx != nil {
		r.joined = next
	}
	return nil
}

// DeleteCtx leaves the row for the commit: a handler that fails after Destroy
// or Renew must not have ended the session.
func (s *store) DeleteCtx(ctx context.Context, token string) error {
	r := current(ctx)
	if r.known().token == token {
		r.doomed = token
	}
	return nil
}

func (s *store) swap(ctx context.Context, r *request, old, next row) error {
	if next.expiry.Equal(old.expiry) {
		return one(s.db(r).ExecContext(ctx, updateDataSQL, next.data, next.token, old.data))
	}
	return one(s.db(r).ExecContext(ctx, updateSQL, next.data, s.stamp(next.expiry), next.token, old.data))
}

// insert stores a new session: through scs's own store where the database is in
// this process, which bounds its writes itself. Over a network the wait for a
// connection has to end with ctx, of which scs's store knows nothing.
func (s *store) insert(ctx context.Context, r *request, next row) (err error) {
	if r.tx == nil && s.local {
		err = s.Store.Commit(next.token, next.data, next.expiry.Truncate(time.Millisecond))
	} else {
		_, err = s.db(r).ExecContext(ctx, insertSQL, next.token, next.data, s.stamp(next.expiry))
	}
	if err != nil {
		return fmt.Errorf("session: insert: %w", err)
	}
	r.then(func() {
		s.m.stats.Created.Add(1)
		s.m.Log.InfoContext(ctx, "session created", "session", next.id(), "expires", next.expiry)
	})
	return nil
}

// db is where the commit of r writes.
func (s *store) db(r *request) execer {
	if r.tx != nil {
		return r.tx
	}
	return s.write
}

// one turns the result of a compare-and-swap into ErrConflict where no row was
// as it was loaded.
func one(result sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("session: commit: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("session: commit: %w", err)
	}
	if n == 0 {
		return ErrConflict
	}
	return nil
}

func isConflict(err error) bool   { return errors.Is(err, ErrConflict) || isSerialization(err) }
func isUnreadable(err error) bool { return errors.Is(err, errUnreadable) }
