package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Conditions of PostgreSQL by their code: https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	stateNoText        = "22021" // character_not_in_repertoire: NUL, or no UTF-8
	stateReadOnly      = "25006" // read_only_sql_transaction
	stateSerialization = "40001" // serialization_failure
	stateDeadlock      = "40P01" // deadlock_detected
	stateLocked        = "55P03" // lock_not_available
)

// unavailableStates are the classes, and single conditions, of a server that
// cannot do now what it could do at another time.
var unavailableStates = []string{
	"08",  // connection exception
	"25P", // it waited too long for the transaction to go on
	stateReadOnly,
	"40", // transaction rollback; conflicts among them
	"53", // insufficient resources: disk, memory, connections
	stateLocked,
	"57", // operator intervention: shutdown, starting up, statement canceled
	"58", // system error: its disk
	"XX", // internal error: its data, or itself
}

// notUnavailable is in those classes all the same: a statement after one that
// failed, which is a mistake in the program.
const notUnavailable = "25P02"

// sqlState returns the code of an error of PostgreSQL, "" of any other.
func sqlState(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

func isPostgresUnavailable(err error) bool {
	var refused *pgconn.ConnectError
	if errors.Is(err, errLost) || errors.Is(err, driver.ErrBadConn) || errors.As(err, &refused) {
		return true
	}
	state := sqlState(err)
	for _, prefix := range unavailableStates {
		if strings.HasPrefix(state, prefix) && state != notUnavailable {
			return true
		}
	}
	return false
}

func isPostgresConflict(err error) bool {
	state := sqlState(err)
	return state == stateSerialization || state == stateDeadlock
}

// explainPostgres returns err on one line that says what to do.
func explainPostgres(err error) error {
	advice := ""
	var refused *pgconn.ConnectError
	switch state := sqlState(err); {
	case errors.Is(err, pgconn.ErrReadOnlyConnection), state == stateReadOnly:
		advice = "it can only be read: name the primary, or all servers, as in host1:5432,host2:5432"
	case state == "28P01", state == "28000":
		advice = "the server refuses the user or the password"
	case state == "3D000":
		advice = "the server has no such database: make it with CREATE DATABASE"
	case state == "42501":
		advice = "the user may not make tables in it: make the user its owner"
	case errors.As(err, &refused) && state != "":
		advice = "the server refuses the connection"
	case errors.As(err, &refused):
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
