package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// errServed refuses a database that a shop is using.
var errServed = errors.New("a shop, or another program, is using it: stop it first")

// claimSQLite refuses a database file that anybody is using. A log that a killed
// shop left it brings into the file, as the shop would when it starts: whoever
// finds one next to the file afterwards knows that somebody has come.
func claimSQLite(ctx context.Context, dsn string) error {
	file, err := existingFile(dsn)
	if err != nil || !inUse(file.path) {
		return err
	}
	// Before anything that could write: the file may be another program's.
	look := sql.OpenDB(sqliteLooker(file.path, false))
	_, err = schemaVersion(ctx, look)
	if err := errors.Join(err, look.Close()); err != nil {
		return fmt.Errorf("%s: %w", file.path, explainGuest(err))
	}
	db := sql.OpenDB(sqliteClaimer(file.path))
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	err = errors.Join(err, db.Close())
	switch {
	case isSQLiteBusy(err), err == nil && inUse(file.path):
		return fmt.Errorf("%s: %w", file.path, errServed)
	case err != nil:
		return fmt.Errorf("%s: %w", file.path, explainGuest(err))
	}
	return nil
}

// sqliteClaimer opens a connection that nobody else can have one beside:
// https://www.sqlite.org/pragma.html#pragma_locking_mode
func sqliteClaimer(path string) *sqliteConnector {
	q := url.Values{
		"mode": {"rw"}, "_busy_timeout": {strconv.FormatInt(busyTimeout.Milliseconds(), 10)},
		"_defensive": {"1"}, "_dqs": {"0"}, "_error_rc": {"1"}, "_pragma": {"locking_mode(EXCLUSIVE)", "synchronous(FULL)"},
	}
	file := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: q.Encode()}
	return &sqliteConnector{driver: &sqlite.Driver{}, dsn: file.String(), want: []setting{{"PRAGMA locking_mode", "exclusive"}}}
}
