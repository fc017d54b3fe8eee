package store

import (
	"context"
	"errors"
	"log/slog"
)

// ErrChanged reports that a database which nobody was using when it was opened
// was changed while it was read. What was read may be of two minds: open it
// again, and it is read as one that is in use.
var ErrChanged = errors.New("store: the database was changed while it was read: try again")

// OpenReadOnly opens a database that is there, also one that a shop is using,
// and also a backup, and changes nothing about it: it migrates nothing, and
// leaves no file next to it where nobody used it. Whatever it is told to write
// fails. A schema of another version is opened all the same, for [Store.Verify]
// to judge.
//
// Where nobody uses an SQLite file it is read without locks, and [Store.Ping] returns
// [ErrChanged] once somebody does. The caller must Close the Store.
func OpenReadOnly(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	if IsPostgres(dsn) {
		return openPostgresGuest(ctx, dsn, true, log)
	}
	return openSQLiteReadOnly(ctx, dsn, log)
}

// OpenExisting opens a database that is there, also one that a shop is using, to
// change something in it. It creates and migrates nothing, refuses a schema of
// any other version than its own, and leaves the log to the shop when it closes.
// The caller must Close the Store.
func OpenExisting(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	if IsPostgres(dsn) {
		return openPostgresGuest(ctx, dsn, false, log)
	}
	return openSQLiteExisting(ctx, dsn, log)
}
