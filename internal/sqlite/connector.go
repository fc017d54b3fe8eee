package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"modernc.org/sqlite"
)

// connector opens connections that are known to have every setting of their role.
// SQLite ignores a pragma that it does not know, and the driver an option: a
// misspelt "synchronous" would silently cost the last orders.
type connector struct {
	driver *sqlite.Driver // its own, so that no other package can hook into it
	file   *file
	dsn    string
	want   []setting
}

// connector opens connections to f, and none to another file that was put in its
// place: such a connection would take the log of the one for that of the other,
// read what is in neither, and write it there.
func (f *file) connector(r role) *connector {
	return &connector{driver: &sqlite.Driver{}, file: f, dsn: r.dsn(f.path), want: r.all()}
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect implements driver.Connector. Its error may be an [ErrLost].
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := cmp.Or(ctx.Err(), c.file.inPlace()); err != nil {
		return nil, err
	}
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	if err := c.verify(ctx, conn.(driver.QueryerContext)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := c.file.inPlace(); err != nil {
		return nil, err // and conn stays open: to close the last one moves the log
	}
	return conn, nil
}

func (c *connector) verify(ctx context.Context, q driver.QueryerContext) error {
	for _, s := range c.want {
		got, err := firstValue(ctx, q, "PRAGMA "+s.pragma)
		if err != nil {
			return fmt.Errorf("%s: %w", s.pragma, err)
		}
		if got != s.value {
			return fmt.Errorf("%s is %q on a new connection and must be %q: "+
				"the database cannot be used safely", s.pragma, got, s.value)
		}
	}
	return verifyModes(ctx, q)
}

// verifyModes proves the two modes that no pragma reads back.
func verifyModes(ctx context.Context, q driver.QueryerContext) error {
	if _, err := firstValue(ctx, q, `SELECT "no such column"`); err == nil {
		return errors.New(`"text" is a string on a new connection and must be a column (_dqs)`)
	}
	if _, err := firstValue(ctx, q, "PRAGMA writable_schema = 1"); err != nil {
		return fmt.Errorf("writable_schema: %w", err)
	}
	if got, err := firstValue(ctx, q, "PRAGMA writable_schema"); err != nil || got != "0" {
		return fmt.Errorf("SQL could damage the file on a new connection (_defensive, %q): %w", got, err)
	}
	return nil
}

// firstValue returns the first value that query gives, as text; "" where it
// gives none, as SQLite does for a pragma that it does not know.
func firstValue(ctx context.Context, q driver.QueryerContext, query string) (string, error) {
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
