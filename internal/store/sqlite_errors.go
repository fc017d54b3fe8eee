package store

import (
	"errors"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"trolley/groupcommit"
)

// sqliteCode returns SQLite's extended result code of err, and whether it has one.
func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

// primary returns the result code that an extended one refines:
// https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes
func primary(code int) int { return code & 0xff }

func isSQLiteUnavailable(err error) bool {
	code, ok := sqliteCode(err)
	if !ok {
		return false
	}
	switch primary(code) {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_READONLY, lib.SQLITE_IOERR, lib.SQLITE_CORRUPT,
		lib.SQLITE_FULL, lib.SQLITE_NOMEM, lib.SQLITE_CANTOPEN, lib.SQLITE_PROTOCOL, lib.SQLITE_NOTADB:
		return true
	}
	return false
}

// isOverloaded knows the errors of the group commit. An unknown outcome is among
// them: every write here can be tried again, and finds what is there.
func isOverloaded(err error) bool {
	return errors.Is(err, groupcommit.ErrBusy) || errors.Is(err, groupcommit.ErrTxTimeout) ||
		errors.Is(err, groupcommit.ErrOutcomeUnknown) || errors.Is(err, groupcommit.ErrNotSynced) ||
		errors.Is(err, groupcommit.ErrClosed)
}

// isSQLiteConflict knows one case: a transaction that began by reading and then
// wants to write, after another one wrote.
func isSQLiteConflict(err error) bool {
	code, ok := sqliteCode(err)
	return ok && code == lib.SQLITE_BUSY_SNAPSHOT
}

func isSQLiteBusy(err error) bool {
	code, ok := sqliteCode(err)
	return ok && primary(code) == lib.SQLITE_BUSY
}

// isNotSynced knows a failed fsync: of a file, of its folder.
func isNotSynced(err error) bool {
	code, _ := sqliteCode(err)
	return code == lib.SQLITE_IOERR_FSYNC || code == lib.SQLITE_IOERR_DIR_FSYNC
}
