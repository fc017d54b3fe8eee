package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// revokedTable begins the name of a table of sessions that were ended all at once:
// the moment follows, unix time in milliseconds. Nothing but the removal of its
// rows touches such a table.
const revokedTable = "revoked_sessions_"

// endAll implements engine. To delete a million rows takes a minute, during which
// others would write as well; to put an empty table in the place of theirs takes
// some 20 ms, of which most is the index that goes.
func (f *sqliteFile) endAll(ctx context.Context, s *Store) (n int, err error) {
	// This reads that index from the disk before anybody has to wait for it.
	if n, err = s.countRows(ctx, "sessions"); err != nil {
		return 0, err
	}
	// Not on the connection that writes for the shop: the hook by which it knows of
	// its own changes is not told of those of the schema. What another connection
	// does it sees, even in the same process.
	db := sql.OpenDB(f.connector(sqliteRole{busy: guestPatience, steady: true, replaces: true}))
	defer func() { err = errors.Join(err, db.Close()) }()
	return n, transact(ctx, db, func(ctx context.Context, tx *sql.Tx) error {
		now := s.now().UnixMilli()
		if err := replaceSessions(ctx, tx, revokedTable+strconv.FormatInt(now, 10)); err != nil {
			return err
		}
		return s.remember(ctx, tx, allSessions)
	})
}

// replaceSessions renames the sessions table and puts an empty one in its place,
// by the very text that made the first one, so that the schema is as it was.
func replaceSessions(ctx context.Context, tx *sql.Tx, aside string) error {
	parts, err := all(ctx, tx, scanPart, `SELECT type, name, sql FROM sqlite_schema
WHERE tbl_name = 'sessions' AND sql IS NOT NULL ORDER BY type <> 'table', rowid`)
	if err != nil {
		return err
	}
	statements := []string{"ALTER TABLE sessions RENAME TO " + name(aside)}
	for _, p := range parts {
		if p.kind != "table" { // it went with the table, under a name that is needed
			statements = append(statements, "DROP "+p.kind+" "+name(p.name))
		}
	}
	for _, p := range parts {
		statements = append(statements, p.text)
	}
	for _, text := range statements {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%.40s: %w", text, err)
		}
	}
	return nil
}

// schemaPart is a table, or an index or a trigger of one.
type schemaPart struct{ kind, name, text string }

func scanPart(rows *sql.Rows) (p schemaPart, err error) {
	return p, rows.Scan(&p.kind, &p.name, &p.text)
}

// revokedTables returns the tables of sessions that were ended before a moment,
// the oldest first.
func revokedTables(ctx context.Context, q querier, before time.Time) ([]string, error) {
	const tables = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB $1 || '[0-9]*'
AND CAST(substr(name, length($1) + 1) AS INTEGER) <= $2 ORDER BY name`
	return all(ctx, q, scanText, tables, revokedTable, before.UnixMilli())
}
