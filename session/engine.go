package session

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Engine is a kind of database.
type Engine int

// The engines.
const (
	SQLite   Engine = iota // tables of SchemaSQLite; the default
	Postgres               // PostgreSQL, and what speaks its protocol; tables of SchemaPostgres
)

// String returns the name of the engine.
func (e Engine) String() string {
	if e == Postgres {
		return "postgres"
	}
	return "sqlite"
}

// Expiry returns t as the column expiry holds it.
func (e Engine) Expiry(t time.Time) any {
	if e == Postgres {
		return t
	}
	return JulianDay(t)
}

// Expiry is the column expiry of either engine, to the millisecond, in UTC. A later one
// than the year 9999, which RFC 3339 and JSON do not know, is the end of that year.
type Expiry struct{ time.Time }

// Scan implements sql.Scanner. It returns an error if column is neither a time nor
// a Julian day nor an infinity of PostgreSQL.
func (e *Expiry) Scan(column any) error {
	switch v := column.(type) {
	case float64:
		day := max(0, min(v, JulianDay(lastExpiry)))
		e.Time = time.UnixMilli(int64(math.Round(day*dayInMillis)) - julianEpoch).UTC()
	case time.Time:
		e.Time = v.UTC().Truncate(time.Millisecond)
	case string: // of PostgreSQL, where people set it by hand
		return e.scanInfinity(v)
	default:
		return fmt.Errorf("session: expiry is a %T", column)
	}
	if e.After(lastExpiry) {
		e.Time = lastExpiry
	}
	return nil
}

// lastExpiry is the last second that RFC 3339 knows.
var lastExpiry = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func (e *Expiry) scanInfinity(column string) error {
	switch column {
	case "infinity":
		e.Time = lastExpiry
	case "-infinity":
		e.Time = time.Unix(0, 0).UTC()
	default:
		return fmt.Errorf("session: expiry is a %T", column)
	}
	return nil
}

// A Julian day counts from noon UTC of 24 November 4714 BC. SQLite divides whole
// milliseconds, so equal times are equal floats (https://sqlite.org/lang_datefunc.html).
const (
	julianEpoch = 210_866_760_000_000 // milliseconds from then to 1970-01-01 00:00 UTC
	dayInMillis = 86_400_000
)

// JulianDay returns t, to the millisecond, as the column expiry of SQLite has it and
// as julianday() returns it.
func JulianDay(t time.Time) float64 {
	return float64(t.UnixMilli()+julianEpoch) / dayInMillis
}

// IsConflict reports whether err means that another transaction came first, so that
// the handler should run again: ErrConflict, a serialization failure or a deadlock of
// PostgreSQL (40001, 40P01), or a stale snapshot of SQLite (SQLITE_BUSY_SNAPSHOT).
func IsConflict(err error) bool {
	const busySnapshot = 517
	var sqlite interface{ Code() int }
	var postgres interface{ SQLState() string }
	switch {
	case errors.As(err, &postgres):
		return postgres.SQLState() == "40001" || postgres.SQLState() == "40P01"
	case errors.As(err, &sqlite):
		return sqlite.Code() == busySnapshot
	}
	return errors.Is(err, ErrConflict)
}
