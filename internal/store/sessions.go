package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"
	"trolley/internal/query"
)

// SessionRow is a row of the sessions table as it is stored.
type SessionRow struct {
	Token   string    // base64url SHA-256 of the token in the cookie
	Data    []byte    // JSON, where it is not damaged
	Expiry  float64   // Julian day, UTC: as SQLite stores it
	Expires time.Time // the same moment, to the millisecond, UTC
}

// SessionRow returns the row whose token column is hash, expired or not, or
// [ErrNotFound].
func (s *Store) SessionRow(ctx context.Context, hash string) (SessionRow, error) {
	row, err := query.One(ctx, s.read, scanSession, "SELECT token, data, expiry FROM sessions WHERE token = $1", hash)
	if err != nil {
		return SessionRow{}, fmt.Errorf("store: session: %w", err)
	}
	return row, nil
}

func scanSession(rows *sql.Rows) (row SessionRow, err error) {
	var expiry moment
	err = rows.Scan(&row.Token, &row.Data, &expiry)
	row.Expiry, row.Expires = expiry.day, expiry.time
	return row, err
}

// expiry returns t as the column sessions.expiry holds it.
func (s *Store) expiry(t time.Time) any {
	if s.Engine() == Postgres {
		return t
	}
	return julianDay(t)
}

// moment is the column sessions.expiry of either engine.
type moment struct {
	day  float64   // Julian; on SQLite as it is stored
	time time.Time // to the millisecond, UTC
}

// Scan implements sql.Scanner.
func (m *moment) Scan(column any) error {
	switch v := column.(type) {
	case float64:
		m.day, m.time = v, julianTime(v)
	case time.Time:
		m.time = v.UTC().Truncate(time.Millisecond)
		m.day = julianDay(m.time)
	default:
		return fmt.Errorf("expiry is a %T", column)
	}
	return nil
}

// A Julian day as SQLite counts it: milliseconds since noon UTC of 24 November
// 4714 BC, divided as one number, so that equal moments are equal floats.
const (
	julianEpoch = 210_866_760_000_000 // milliseconds from then to 1970-01-01 00:00 UTC
	dayInMillis = 86_400_000
)

// julianDay returns t as SQLite's julianday() does.
func julianDay(t time.Time) float64 {
	return float64(t.UnixMilli()+julianEpoch) / dayInMillis
}

// julianTime returns the moment of a Julian day, to the millisecond: the number
// itself is no more exact than about 40 microseconds.
func julianTime(day float64) time.Time {
	return time.UnixMilli(int64(math.Round(day*dayInMillis)) - julianEpoch).UTC()
}
