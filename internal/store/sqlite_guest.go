package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// guestPatience is how long a guest waits for the shop's writers: longer than
// they wait for each other, since nobody sits at a page that loads.
const guestPatience = 30 * time.Second

// sqliteGuest is the engine of a database file that others may be using.
type sqliteGuest struct {
	*sqliteFile
	alone bool // opened as a file that nobody uses
}

// settle implements engine. To empty the log would hold up the shop's writers,
// and it is theirs.
func (sqliteGuest) settle(context.Context, *sql.DB) error { return nil }

// release implements engine.
func (sqliteGuest) release() error { return nil }

// check implements engine.
func (g sqliteGuest) check() error {
	if err := g.sqliteFile.check(); err != nil || !g.alone {
		return err
	}
	now, err := os.Stat(g.path)
	if err != nil {
		return err
	}
	if inUse(g.path) || now.Size() != g.opened.Size() || !now.ModTime().Equal(g.opened.ModTime()) {
		return ErrChanged
	}
	return nil
}

// inUse reports whether a file stands next to the database at path that SQLite
// makes for those who use it, or that a process left which was killed.
func inUse(path string) bool {
	for _, suffix := range []string{"-wal", "-journal"} {
		if _, err := os.Lstat(path + suffix); err == nil {
			return true
		}
	}
	return false
}

func openSQLiteReadOnly(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	file, err := existingFile(dsn)
	if err != nil {
		return nil, err
	}
	guardProcess(log)
	// SQLite makes a -wal and a -shm for a reader that may not remove them, where
	// there are none. Told that nobody else uses the file, it does not.
	g := sqliteGuest{file, !inUse(file.path)}
	db := sql.OpenDB(sqliteLooker(file.path, g.alone))
	db.SetMaxOpenConns(2)
	if _, err := one(ctx, db, scanInt, "SELECT COUNT(*) FROM sqlite_schema"); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", file.path, errors.Join(explainGuest(err), db.Close()))
	}
	return newStore(db, db, g, log), nil
}

func openSQLiteExisting(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	file, err := existingFile(dsn)
	if err != nil {
		return nil, err
	}
	guardProcess(log)
	// Before anything that could write: the file may be another program's.
	look := sql.OpenDB(sqliteLooker(file.path, !inUse(file.path)))
	if err := errors.Join(ownShop(ctx, look, goose.DialectSQLite3), look.Close()); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", file.path, explainGuest(err))
	}
	write := sql.OpenDB(file.connector(sqliteRole{busy: guestPatience}))
	write.SetMaxOpenConns(1)
	return newStore(write, file.readers(), sqliteGuest{file, false}, log), nil
}

// existingFile returns the file that dsn names, which must be there.
func existingFile(dsn string) (*sqliteFile, error) {
	path, err := sqlitePath(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("store: open: there is no file %s: -db names the shop's database", path)
	case err != nil:
		return nil, fmt.Errorf("store: open: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("store: open: %s is not a regular file", path)
	}
	return &sqliteFile{path: path, opened: info}, nil
}

// sqliteLooker opens connections that cannot write.
func sqliteLooker(path string, alone bool) *sqliteConnector {
	return sqliteReadOnly(path, alone, "query_only", "1")
}

// sqliteCopier opens connections that can write to other files, and leave it to
// others to put those on the disk.
func sqliteCopier(path string, alone bool) *sqliteConnector {
	return sqliteReadOnly(path, alone, "synchronous", "0")
}

// sqliteReadOnly opens connections that cannot write to path, with one more pragma. See
// sqliteDSN for those settings that are the same there.
func sqliteReadOnly(path string, alone bool, pragma, value string) *sqliteConnector {
	q := url.Values{
		"mode": {"ro"}, "_busy_timeout": {strconv.FormatInt(guestPatience.Milliseconds(), 10)},
		"_defensive": {"1"}, "_dqs": {"0"}, "_error_rc": {"1"},
		"_pragma": {"trusted_schema(0)", "cell_size_check(1)", pragma + "(" + value + ")"},
	}
	if alone {
		q.Set("immutable", "1")
	}
	file := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: q.Encode()}
	return &sqliteConnector{driver: &sqlite.Driver{}, dsn: file.String(), want: []setting{
		{"PRAGMA " + pragma, value}, {"PRAGMA trusted_schema", "0"}, {"PRAGMA cell_size_check", "1"},
	}}
}

// explainGuest returns err as a line that says what to do, where there is
// something to do that err itself does not say.
func explainGuest(err error) error {
	code, _ := sqliteCode(err)
	switch primary(code) {
	case lib.SQLITE_NOTADB:
		return fmt.Errorf("it is not a SQLite database: name another file: %w", err)
	case lib.SQLITE_CORRUPT:
		return fmt.Errorf("it is damaged: %w", err)
	case lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY:
		return fmt.Errorf("it cannot be opened: run this as the user that the shop runs as: %w", err)
	case lib.SQLITE_BUSY:
		return fmt.Errorf("another process keeps it locked: try again: %w", err)
	}
	return err
}
