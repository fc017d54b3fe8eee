package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"trolley/internal/store"
)

// weight is what one session, or one thing that becomes of it, takes, in bytes.
type weight struct {
	data                  float64 // its JSON
	heap, primary, expiry float64
	insert, add, addCold  float64 // of the write-ahead log
	touch, purge          float64
}

// weigh fills the database with n sessions of so many lines and changes some of them.
func weigh(ctx context.Context, url string, n, lines int) (w weight, err error) {
	s, err := store.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	db := scale{db: s.Write()}
	const batch = 10_000
	for from := 0; from < n; from += batch {
		w.insert += db.logged(ctx, fill(lines), from, min(from+batch, n)-1)
	}
	w.insert /= float64(n)
	db.exec(ctx, "VACUUM ANALYZE sessions")
	w.data = db.number(ctx, "SELECT avg(octet_length(data)) FROM sessions")
	w.heap = db.number(ctx, "SELECT pg_relation_size('sessions')::float8 / $1", n)
	w.primary = db.number(ctx, "SELECT pg_relation_size('sessions_pkey')::float8 / $1", n)
	w.expiry = db.number(ctx, "SELECT pg_relation_size('sessions_expiry')::float8 / $1", n)
	changed := n / 100
	db.exec(ctx, "CHECKPOINT")
	w.addCold = db.each(ctx, changed, n, "UPDATE sessions SET data = replace(data, '\"quantity\":1', '\"quantity\":2') WHERE token = $1")
	w.add = db.each(ctx, changed, n, "UPDATE sessions SET data = replace(data, '\"quantity\":2', '\"quantity\":1') WHERE token = $1")
	w.touch = db.each(ctx, changed, n, "UPDATE sessions SET expiry = expiry + INTERVAL '1 minute' WHERE token = $1")
	w.purge = db.each(ctx, changed, n, "DELETE FROM sessions WHERE token = $1")
	return w, db.err
}

// fill returns the statement that inserts the sessions of a range of numbers.
func fill(lines int) string {
	var cart strings.Builder
	for i := range lines {
		fmt.Fprintf(&cart, `,{"sku":"some-thing-%d","quantity":1,"unit_price":1850}`, i)
	}
	data := `{"v":1,"deadline":"2026-12-23T10:14:00Z","values":{"__created":"2026-11-23T10:14:00Z","__rememberMe":true,` +
		`"cart":{"id":"abcdefghijklmnopqrstuvwxyz","currency":"EUR","lines":[` + strings.TrimPrefix(cart.String(), ",") + `]}}}`
	return `INSERT INTO sessions (token, data, expiry) SELECT ` + token + `, '` + data + `', now() + i * INTERVAL '1 second' FROM generate_series($1::int, $2::int) AS i`
}

// token is the token of session i, as long as a real one and as random.
const token = `substr(translate(encode(sha256(i::text::bytea), 'base64'), '+/', '-_'), 1, 43)`

// scale weighs what happens in a database. The first error ends it.
type scale struct {
	db  *sql.DB
	err error
}

func (s *scale) exec(ctx context.Context, query string, args ...any) {
	if s.err == nil {
		_, s.err = s.db.ExecContext(ctx, query, args...)
	}
}

func (s *scale) number(ctx context.Context, query string, args ...any) (n float64) {
	if s.err == nil {
		s.err = s.db.QueryRowContext(ctx, query, args...).Scan(&n)
	}
	return n
}

// logged returns how many bytes of the write-ahead log a statement writes.
func (s *scale) logged(ctx context.Context, query string, args ...any) float64 {
	const position = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8"
	before := s.number(ctx, position)
	s.exec(ctx, query, args...)
	return s.number(ctx, position) - before
}

// each runs a statement for every n/times-th session, a transaction each, and
// returns the bytes of the log that one took.
func (s *scale) each(ctx context.Context, times, n int, query string) (bytes float64) {
	if times < 1 {
		return 0
	}
	for i := range times {
		var name string
		if s.err == nil {
			s.err = s.db.QueryRowContext(ctx, "SELECT "+token+" FROM (SELECT $1::int AS i) AS one", i*(n/times)).Scan(&name)
		}
		bytes += s.logged(ctx, query, name)
	}
	return bytes / float64(times)
}
