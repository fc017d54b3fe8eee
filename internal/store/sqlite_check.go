package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	lib "modernc.org/sqlite/lib"
)

// oldestSQLite is the first version without the WAL-reset bug, which could damage
// a file that two connections write and checkpoint: https://www.sqlite.org/wal.html#walresetbug
var oldestSQLite = []int{3, 51, 3}

// quickCheckBytes is the largest file that is read from end to end before it is
// used. Larger ones would make the start slow; of those, only what every page needs is read.
const quickCheckBytes = 32 << 20

// errDamaged reports a file that SQLite can open but that is not whole.
var errDamaged = errors.New("quick_check")

func checkSQLite(ctx context.Context, path string, db *sql.DB) error {
	var version string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if slices.Compare(versionNumbers(version), oldestSQLite) < 0 {
		return fmt.Errorf("SQLite %s can damage a database: build with 3.51.3 or newer", version)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() <= quickCheckBytes {
		return quickCheck(ctx, db, "PRAGMA quick_check(1)")
	}
	return quickCheckCatalogue(ctx, db)
}

// quickCheckCatalogue checks the schema, and the tables without which no page can be shown.
func quickCheckCatalogue(ctx context.Context, db *sql.DB) error {
	const present = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('categories', 'products')`
	tables, err := all(ctx, db, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) }, present)
	if err != nil {
		return err
	}
	for _, table := range append(tables, "sqlite_schema") {
		if err := quickCheck(ctx, db, "PRAGMA quick_check("+table+")"); err != nil {
			return err
		}
	}
	return nil
}

// checkWritable finds a file that SQLite has opened for reading only, as it does,
// without a word, where it may not write. One that is locked can be written.
func checkWritable(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if isSQLiteBusy(err) {
		return nil
	}
	if err != nil {
		return err
	}
	// BEGIN IMMEDIATE does not mind; the first change does.
	_, err = tx.ExecContext(ctx, "CREATE TABLE writable (x TEXT) STRICT")
	return errors.Join(err, tx.Rollback())
}

func versionNumbers(version string) []int {
	var numbers []int
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part)
		numbers = append(numbers, n)
	}
	return numbers
}

func quickCheck(ctx context.Context, db *sql.DB, pragma string) error {
	var found string
	if err := db.QueryRowContext(ctx, pragma).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, strings.Join(strings.Fields(found), " "))
	}
	return nil
}

// explainSQLite returns err as a line that says what to do, where there is
// something to do that err itself does not say.
func explainSQLite(path string, err error) error {
	code, _ := sqliteCode(err)
	switch primary(code) {
	case lib.SQLITE_NOTADB:
		return fmt.Errorf("it is not a SQLite database: name another file, or move this one away to start with a new one: %w", err)
	case lib.SQLITE_CORRUPT:
		return damaged(path, err)
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN:
		return fmt.Errorf("it cannot be written: give this user the right to write the file and its folder, and look whether the disk is read-only or full: %w", err)
	case lib.SQLITE_BUSY:
		return fmt.Errorf("another process keeps it locked: stop that process, then start again: %w", err)
	}
	if errors.Is(err, errDamaged) {
		return damaged(path, err)
	}
	return err
}

func damaged(path string, err error) error {
	return fmt.Errorf("it is damaged: keep a copy of it, delete %[1]s-wal and %[1]s-shm, and put a backup in its place: %[2]w", path, err)
}
