package session

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
)

const (
	// findSQL leaves it to Go to compare the expiry: one clock decides.
	findSQL = `SELECT data, expiry FROM sessions WHERE token = $1`

	// swapSQL is the compare-and-swap: it changes a row only if the row still holds
	// what was loaded.
	swapSQL = `UPDATE sessions SET data = $1, expiry = $2 WHERE token = $3 AND data = $4`

	// swapDataSQL is swapSQL for a row whose expiry stays: its index does, too.
	swapDataSQL = `UPDATE sessions SET data = $1 WHERE token = $2 AND data = $3`

	// insertSQL has no ON CONFLICT: a token that exists is not this request's.
	insertSQL = `INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)`
)

// record is a stored session: its row, and what the data means. It never changes,
// so that requests can share it.
type record struct {
	token    string // as in the column, hashed; "" if there is no row
	data     []byte
	expiry   time.Time
	deadline time.Time
	values   values
}

// isOver compares the deadline as well: an expiry may have been moved past it.
func (r *record) isOver() bool {
	now := time.Now()
	return !now.Before(r.expiry) || !now.Before(r.deadline)
}

// A session gives scs the context methods that its stores lack, and lets no write
// pass that another one has overtaken.
var _ scs.CtxStore = (*session)(nil)

// FindCtx implements scs.CtxStore: it loads the session of a token, hashed.
func (s *session) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if s.m.isRefused(token) {
		s.ended = true
		return nil, false, nil
	}
	cached := true
	v, err := s.m.o.Cache.Load(token, func() (any, int, error) {
		cached = false
		return s.m.read(ctx, token, s.q.patience)
	})
	r, _ := v.(*record)
	if err == nil && r == nil {
		err = s.findEnded(ctx, token)
	}
	s.m.count(&s.m.stats.Loads)
	if cached {
		s.m.count(&s.m.stats.Cached)
	}
	if err != nil || r == nil || r.isOver() {
		return nil, false, err
	}
	s.loaded, s.known, s.values = r, r, r.values
	return r.data, true, nil
}

// Decode implements scs.Codec. scs gets no values: the session has them.
func (s *session) Decode([]byte) (time.Time, map[string]any, error) {
	return s.loaded.deadline, nil, nil
}

// Encode implements scs.Codec.
func (s *session) Encode(deadline time.Time, _ map[string]any) ([]byte, error) {
	return encode(deadline, s.encoded), nil
}

// read returns the record of a token, for a Cache; nil if there is none that can be
// read. The wait for a connection ends with patience or ctx. On SQLite the query gets no
// context that can end: to watch one costs as much as the query.
func (m *Manager) read(ctx context.Context, token string, patience time.Duration) (v any, size int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := m.o.Reader.Conn(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("session: find: %w", err)
	}
	defer conn.Close()
	query := ctx
	if m.o.Engine == SQLite {
		query = context.WithoutCancel(ctx)
	}
	var expiry Expiry
	r := &record{token: token}
	err = conn.QueryRowContext(query, findSQL, token).Scan(&r.data, &expiry)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("session: find: %w", err)
	}
	r.expiry = expiry.Time
	if r.deadline, r.values, err = decode(r.data); err != nil {
		m.heal(ctx, r, err)
		return nil, 0, nil
	}
	return r, r.bytes(), nil
}

// heal deletes a row that cannot be read, so that its visitor starts afresh instead
// of meeting the same error on every page.
func (m *Manager) heal(ctx context.Context, bad *record, reason error) {
	m.count(&m.stats.Unreadable)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.o.MaxWait)
	defer cancel()
	data := append([]byte{}, bad.data...) // an empty blob; nil would be NULL, which equals nothing
	_, err := m.db.ExecContext(ctx, deleteLoadedSQL, bad.token, data)
	m.o.Log.WarnContext(ctx, "session unreadable, deleted",
		"session", ShortID(bad.token), "bytes", len(data), "error", errors.Join(reason, err))
}

// CommitCtx implements scs.CtxStore: compare-and-swap for the row that was loaded,
// an insert for a token that this request generated.
func (s *session) CommitCtx(ctx context.Context, token string, data []byte, deadline time.Time) error {
	known := s.known
	deadline = deadline.Truncate(time.Second) // as in data
	expiry := s.m.expiry(deadline)
	if end := time.Now().UTC().Add(unseen).Truncate(time.Second); s.loaded.token == "" && end.Before(expiry) {
		expiry = end
	}
	next := &record{token, data, expiry, deadline, s.encoded}
	if token == known.token && bytes.Equal(data, known.data) {
		s.touch(ctx)
		return nil
	}
	if token == known.token && s.m.expiryUpToDate(known.expiry, next.expiry) {
		next.expiry = known.expiry
	}
	began := time.Now()
	write := func() (any, int, error) { return next, next.bytes(), s.write(ctx, next) }
	var err error
	if s.tx != nil { // its end is open: there is nothing to keep
		_, _, err = write()
	} else {
		err = s.m.o.Cache.Store(token, write)
	}
	if err != nil {
		return fmt.Errorf("session: commit: %w", err)
	}
	s.known = next
	s.noteCommit(ctx, known, next, began)
	return nil
}

// write changes one row, or returns ErrConflict: a trigger may leave a new row out
// without an error.
func (s *session) write(ctx context.Context, next *record) error {
	exec := s.m.db.ExecContext
	if s.tx != nil {
		exec = s.tx.ExecContext
	}
	expiry := s.m.o.Engine.Expiry(next.expiry)
	switch {
	case next.token == s.known.token && next.expiry.Equal(s.known.expiry):
		return one(exec(ctx, swapDataSQL, next.data, next.token, s.known.data))
	case next.token == s.known.token:
		return one(exec(ctx, swapSQL, next.data, expiry, next.token, s.known.data))
	case s.known.token != "":
		return s.replace(ctx, next)
	case s.tx == nil && s.Store != nil:
		return s.insert(ctx, next)
	}
	return one(exec(ctx, insertSQL, next.token, next.data, expiry))
}

// insert stores a new session on SQLite through scs's own store. That takes no context, so
// busy_timeout bounds it, and does not count rows, so the row is read.
func (s *session) insert(ctx context.Context, next *record) error {
	if err := s.Store.Commit(next.token, next.data, next.expiry); err != nil {
		return err
	}
	stored, _, err := s.m.read(ctx, next.token, s.m.o.MaxWait)
	if err == nil && stored == nil {
		return ErrConflict
	}
	return err
}

// one returns ErrConflict if a statement changed no row: none was as it was loaded.
func one(result sql.Result, err error) error {
	n, err := affected(result, err)
	if err == nil && n == 0 {
		return ErrConflict
	}
	return err
}

func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
