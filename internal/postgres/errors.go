package postgres

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Conditions of PostgreSQL by their code: https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	stateNoText        = "22021" // character_not_in_repertoire: NUL, or no UTF-8
	stateReadOnly      = "25006" // read_only_sql_transaction
	stateSerialization = "40001" // serialization_failure
	stateDeadlock      = "40P01" // deadlock_detected
	stateTooMany       = "53300" // too_many_connections: of the server, the database or the user
)

// unavailableStates are the classes, and single conditions, of a server that
// cannot do now what it could do at another time.
var unavailableStates = []string{
	"08",  // connection exception
	"25P", // it waited too long for the transaction to go on
	stateReadOnly,
	"40",    // transaction rollback; conflicts among them
	"53",    // insufficient resources: disk, memory, connections
	"55P03", // lock not available
	"57",    // operator intervention: shutdown, starting up, statement canceled
	"58",    // system error: its disk
	"XX",    // internal error: its data, or itself
}

// notUnavailable is in those classes all the same: a statement after one that
// failed, which is a mistake in the program.
const notUnavailable = "25P02"

// state returns the code of an error of PostgreSQL, "" of any other.
func state(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// isRefused reports whether no connection could be opened.
func isRefused(err error) bool {
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok
}

// IsUnavailable reports whether err says that the server cannot do this now, cannot
// be reached, or that the connection to it broke.
func IsUnavailable(err error) bool {
	state := state(err)
	_, isStandby := errors.AsType[StandbyError](err)
	return errors.Is(err, errLost) || errors.Is(err, ErrOutcomeUnknown) || isStandby || errors.Is(err, driver.ErrBadConn) || isRefused(err) ||
		state != notUnavailable && slices.ContainsFunc(unavailableStates, func(prefix string) bool {
			return strings.HasPrefix(state, prefix)
		})
}

// IsAway reports whether no server can be reached, or none yet that takes writes or
// more connections. One that refuses the user or the database is there.
func IsAway(err error) bool {
	code := state(err)
	return isRefused(err) && (code == "" || code == stateTooMany || strings.HasPrefix(code, "57P"))
}

// IsConflict reports whether another transaction came first, or each of two waited
// for the other.
func IsConflict(err error) bool {
	return state(err) == stateSerialization || state(err) == stateDeadlock
}

// Explain returns err on one line that says what to do.
func Explain(err error) error {
	advice := ""
	switch state := state(err); {
	case errors.Is(err, pgconn.ErrReadOnlyConnection), state == stateReadOnly:
		advice = "it can only be read: name the primary, or all servers, as in host1:5432,host2:5432"
	case state == "28P01", state == "28000":
		advice = "the server refuses the user or the password"
	case state == "3D000":
		advice = "the server has no such database: make it with CREATE DATABASE"
	case state == "42501":
		advice = "the user may not make tables in it, or write to them: make the user its owner"
	case strings.Contains(err.Error(), "server refused TLS connection"): // pgx has no type for it
		advice = "the server has no TLS: set it up there, or add sslmode=disable where the network is safe"
	case isRefused(err) && state != "":
		advice = "the server refuses the connection"
	case isRefused(err):
		advice = "the server cannot be reached: see that it runs, and that host and port are right"
	default:
		return oneLine{err}
	}
	return fmt.Errorf("%s: %w", advice, oneLine{err})
}

// oneLine is an error whose text has no line breaks.
type oneLine struct{ error }

// Error implements error.
func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }

// Unwrap gives errors.Is and errors.As the error itself.
func (e oneLine) Unwrap() error { return e.error }
