package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"

	"modernc.org/sqlite"
)

// sqliteConnector opens connections that are known to have every setting that
// was asked for. SQLite ignores a pragma that it does not know, and the driver
// an option: a misspelt "synchronous" would silently cost the last orders.
type sqliteConnector struct {
	driver *sqlite.Driver // its own, so that no other package can hook into it
	dsn    string
	want   []setting
}

// setting is a query and the one value that it must give.
type setting struct{ query, want string }

func newSQLiteConnector(path string, r sqliteRole) *sqliteConnector {
	return &sqliteConnector{driver: &sqlite.Driver{}, dsn: sqliteDSN(path, r), want: settings(r)}
}

func settings(r sqliteRole) []setting {
	queryOnly := "0"
	if r.readOnly {
		queryOnly = "1"
	}
	want := []setting{
		{"PRAGMA busy_timeout", strconv.FormatInt(r.busy.Milliseconds(), 10)},
		{"PRAGMA journal_mode", "wal"},
		{"PRAGMA synchronous", "2"},
		{"PRAGMA foreign_keys", "1"},
		{"PRAGMA journal_size_limit", strconv.Itoa(journalLimit)},
		{"PRAGMA trusted_schema", "0"},
		{"PRAGMA cell_size_check", "1"},
		{"PRAGMA query_only", queryOnly},
		{"PRAGMA ignore_check_constraints", "0"},
	}
	if r.steady {
		want = append(want, setting{"PRAGMA wal_autocheckpoint", "0"})
	}
	return want
}

// Driver implements driver.Connector.
func (c *sqliteConnector) Driver() driver.Driver { return c.driver }

// Connect implements driver.Connector.
func (c *sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	if err := c.verify(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (c *sqliteConnector) verify(ctx context.Context, conn driver.Conn) error {
	q := conn.(driver.QueryerContext)
	for _, s := range c.want {
		got, err := readSetting(ctx, q, s.query)
		if err != nil {
			return fmt.Errorf("%s: %w", s.query, err)
		}
		if got != s.want {
			return fmt.Errorf("%s is %q on a new connection and must be %q: the database cannot be used safely", s.query, got, s.want)
		}
	}
	return verifyModes(ctx, q)
}

// verifyModes proves the two modes that no pragma reads back.
func verifyModes(ctx context.Context, q driver.QueryerContext) error {
	if _, err := readSetting(ctx, q, `SELECT "no such column"`); err == nil {
		return errors.New(`"text" is a string on a new connection and must be a column (_dqs)`)
	}
	if _, err := readSetting(ctx, q, "PRAGMA writable_schema = 1"); err != nil {
		return fmt.Errorf("writable_schema: %w", err)
	}
	if got, err := readSetting(ctx, q, "PRAGMA writable_schema"); err != nil || got != "0" {
		return fmt.Errorf("SQL could damage the file on a new connection (_defensive, %q): %w", got, err)
	}
	return nil
}

// readSetting returns the first value that query gives, as text; "" where it
// gives none, as SQLite does for a pragma that it does not know.
func readSetting(ctx context.Context, q driver.QueryerContext, query string) (string, error) {
	rows, err := q.QueryContext(ctx, query, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if len(rows.Columns()) == 0 {
		return "", nil
	}
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); errors.Is(err, io.EOF) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return fmt.Sprint(row[0]), nil
}
