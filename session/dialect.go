package session

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/postgresstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
)

// Engine is a kind of database.
type Engine int

// The engines. Each has a schema of its own: schema.sql, schema_postgres.sql.
const (
	SQLite   Engine = iota // the default
	Postgres               // and what speaks its protocol
)

// dialect is what differs between engines.
type dialect struct {
	stock             func(*sql.DB) scs.Store // scs's own store
	stamp             func(time.Time) any     // as the column expiry holds it
	purge, purgeEnded string
	local             bool // it is in this process: a query of one row is over before it could be cancelled, and no connection is waited for
}

var dialects = map[Engine]dialect{
	// No cleanup: its one DELETE holds SQLite's write lock for seconds. See Purge.
	SQLite: {
		stock: func(db *sql.DB) scs.Store { return sqlite3store.NewWithCleanupInterval(db, 0) },
		stamp: func(t time.Time) any { return julianDay(t) },
		purge: purgeSQL, purgeEnded: purgeEndedSQL,
		local: true,
	},
	Postgres: {
		stock: func(db *sql.DB) scs.Store { return postgresstore.NewWithCleanupInterval(db, 0) },
		stamp: func(t time.Time) any { return t.Truncate(time.Millisecond) },
		purge: purgePostgresSQL, purgeEnded: purgeEndedPostgresSQL,
	},
}

// instant is the column expiry of either engine.
type instant struct{ time.Time }

// Scan implements sql.Scanner.
func (i *instant) Scan(column any) error {
	switch v := column.(type) {
	case float64:
		i.Time = fromJulianDay(v)
	case int64: // of a table that is not STRICT
		i.Time = fromJulianDay(float64(v))
	case time.Time:
		i.Time = v.UTC()
	default:
		return fmt.Errorf("expiry is a %T", column)
	}
	return nil
}

// isSerialization reports an error of PostgreSQL that says to run the
// transaction again: another one came first, or both waited for each other. The
// drivers that there are tell the code by this method.
func isSerialization(err error) bool {
	var e interface{ SQLState() string }
	if !errors.As(err, &e) {
		return false
	}
	const serializationFailure, deadlockDetected = "40001", "40P01"
	return e.SQLState() == serializationFailure || e.SQLState() == deadlockDetected
}
