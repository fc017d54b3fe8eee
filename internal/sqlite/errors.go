package sqlite

import (
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"trolley/groupcommit"
	"trolley/internal/query"
)

// code returns SQLite's extended result code of err, 0 where it has none.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return lib.SQLITE_OK
}

// primary returns the result code that the extended one of err refines:
// https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes
func primary(err error) int { return code(err) & 0xff }

// IsUnavailable reports whether err says that the database cannot do this now: it
// is busy, locked, full, read-only, damaged or lost. An unknown outcome is among
// them: every write of the shop can be tried again, and finds what is there.
func IsUnavailable(err error) bool {
	switch primary(err) {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_READONLY, lib.SQLITE_IOERR, lib.SQLITE_CORRUPT,
		lib.SQLITE_FULL, lib.SQLITE_NOMEM, lib.SQLITE_CANTOPEN, lib.SQLITE_PROTOCOL, lib.SQLITE_NOTADB:
		return true
	}
	return errors.Is(err, ErrLost) || IsConflict(err) || IsOutcomeUnknown(err) ||
		errors.Is(err, groupcommit.ErrBusy) || errors.Is(err, groupcommit.ErrTxTimeout) ||
		errors.Is(err, groupcommit.ErrNotSynced) || errors.Is(err, groupcommit.ErrClosed)
}

// IsOutcomeUnknown reports whether err is that of a commit that may or may not
// have taken place.
func IsOutcomeUnknown(err error) bool { return errors.Is(err, groupcommit.ErrOutcomeUnknown) }

// IsConflict reports whether a transaction that began by reading could not write,
// after another one wrote, or was rolled back by another one.
func IsConflict(err error) bool {
	return code(err) == lib.SQLITE_BUSY_SNAPSHOT || errors.Is(err, groupcommit.ErrRolledBack)
}

// IsFull reports whether there was no room for what was written, or for the index of the log.
func IsFull(err error) bool {
	return primary(err) == lib.SQLITE_FULL || code(err) == lib.SQLITE_IOERR_SHMSIZE || errors.Is(err, syscall.ENOSPC)
}

// errDamaged reports a file that SQLite can open but that is not whole.
var errDamaged = errors.New("quick_check")

// IsDamaged reports whether the file is not whole.
func IsDamaged(err error) bool {
	return primary(err) == lib.SQLITE_CORRUPT || errors.Is(err, errDamaged)
}

// IsBusy reports whether another connection held a lock for too long.
func IsBusy(err error) bool { return primary(err) == lib.SQLITE_BUSY }

// isNotSynced knows a failed fsync: of a file, of its folder.
func isNotSynced(err error) bool {
	return code(err) == lib.SQLITE_IOERR_FSYNC || code(err) == lib.SQLITE_IOERR_DIR_FSYNC
}

// explain returns err, which is why path was not opened, as a line that says what to do;
// nil for nil.
func explain(path string, err error) error {
	advice := ""
	switch code := primary(err); {
	case IsDamaged(err):
		advice = fmt.Sprintf("it is damaged: keep a copy of it, delete %[1]s-wal and %[1]s-shm, "+
			"and put a backup in its place", path)
	case IsFull(err):
		advice = "the disk is full: make room, then start again; never delete the -wal"
	case code == lib.SQLITE_NOTADB:
		advice = errNotDatabase.Error()
	case code == lib.SQLITE_READONLY, code == lib.SQLITE_CANTOPEN:
		advice = "it cannot be written: run this as the user whom the file and its folder belong to, " +
			"and look whether the disk is read-only or full"
	case code == lib.SQLITE_BUSY:
		advice = "another process keeps it locked: stop that process, or try again later"
	default:
		return query.Wrap(err, "open %s", path)
	}
	return fmt.Errorf("open %s: %s: %w", path, advice, err)
}
