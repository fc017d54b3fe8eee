package groupcommit

import (
	"database/sql/driver"
	"errors"
	"fmt"

	lib "modernc.org/sqlite/lib"
)

var (
	// ErrBusy says that a request was not run because the queue was full, or
	// because it waited for Options.MaxWait, or because another process held
	// SQLite's lock for too long. Nothing was changed (of a script: by the
	// statement that it reached); answer 503 and let the client come back.
	ErrBusy = errors.New("groupcommit: the writer is overloaded or the database is locked")

	// ErrOutcomeUnknown wraps a failed COMMIT that ended the transaction all the
	// same, such as one whose fsync failed: the statement may or may not be there
	// after a restart. Look before you repeat it.
	ErrOutcomeUnknown = errors.New("groupcommit: the commit failed and its outcome is unknown")

	// ErrTransactionControl refuses BEGIN, COMMIT, SAVEPOINT and the like as
	// SQL text outside a transaction: they would end a group that others
	// share. Use BeginTx. A script that leaves a transaction open gets it too;
	// what it left open was rolled back.
	ErrTransactionControl = errors.New("groupcommit: transaction control as a statement: use BeginTx")

	// ErrTxTimeout is what a transaction gets that was rolled back because it
	// was open for longer than Options.MaxTx.
	ErrTxTimeout = errors.New("groupcommit: the transaction took too long and was rolled back")

	// ErrRolledBack is what a transaction gets that shared a commit with one by which
	// SQLite rolled back everything (RAISE(ROLLBACK), a full disk, a panic). Nothing
	// was changed; run it again. It has a code that programs know for such a case.
	ErrRolledBack error = rolledBack{}

	// ErrNotSynced is what requests get once an fsync has failed. Nothing was
	// changed, and this Group changes nothing any more: end the process. See
	// Group.Err.
	ErrNotSynced = errors.New("groupcommit: the disk could not keep what was written, so nothing more is written")

	// ErrClosed is what requests get after Close. Nothing was changed.
	ErrClosed = errors.New("groupcommit: closed")
)

type rolledBack struct{}

func (rolledBack) Error() string {
	return "groupcommit: another transaction rolled back the one that both shared: run it again"
}

// Code returns SQLITE_BUSY_SNAPSHOT.
func (rolledBack) Code() int { return lib.SQLITE_BUSY_SNAPSHOT }

// PanicError is a panic of the driver below, for example in a user-defined SQL
// function. The statement was rolled back with its transaction and the real
// connection was replaced; the writer lives on.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // of the panicking goroutine
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("groupcommit: the driver panicked: %v", e.Value)
}

// code returns the primary result code of err, 0 if it has none:
// https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes
func code(err error) int { return extendedCode(err) & 0xff }

func extendedCode(err error) int {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return lib.SQLITE_OK
}

// isNotSynced knows a failed fsync: of a file, of its folder.
func isNotSynced(err error) bool {
	c := extendedCode(err)
	return c == lib.SQLITE_IOERR_FSYNC || c == lib.SQLITE_IOERR_DIR_FSYNC
}

// busy adds ErrBusy to SQLITE_BUSY, so that callers test for one error only.
func busy(err error) error {
	if code(err) == lib.SQLITE_BUSY {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

// unknown wraps the error of a COMMIT. It hides driver.ErrBadConn, on which
// database/sql would run the statement a second time.
func unknown(err error) error {
	if errors.Is(err, driver.ErrBadConn) {
		return fmt.Errorf("%w: %v", ErrOutcomeUnknown, err)
	}
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
}
