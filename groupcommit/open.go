package groupcommit

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"modernc.org/sqlite"
)

// idleConns is how many virtual connections a pool of Open keeps.
const idleConns = 256

// Open opens two pools on one SQLite file: write for all that changes it, and read,
// with 4 to 8 ordinary connections that refuse to write. What was written is
// visible to read as soon as it is answered. Close both.
//
// It returns an error with the reason if options are negative that must not be,
// if the database cannot be opened, or if it could not keep what the package
// promises: it must be in WAL mode and synchronous=FULL, and so not in memory.
func Open(dsn string, o Options) (write, read *sql.DB, err error) {
	if min(o.MaxGroup, o.MaxBytes, o.MaxQueue, int(o.MaxWait), int(o.MaxTx)) < 0 {
		return nil, nil, errors.New("groupcommit: MaxGroup, MaxBytes, MaxQueue, MaxWait and MaxTx must not be negative")
	}
	separator := "?"
	if strings.Contains(dsn, separator) {
		separator = "&"
	}
	writer, err := sqlite.NewConnector(dsn)
	reader, err2 := sqlite.NewConnector(dsn + separator + "_query_only=1")
	if err := cmp.Or(err, err2); err != nil {
		return nil, nil, fmt.Errorf("groupcommit: open: %w", err)
	}
	write, read = sql.OpenDB(Connector(writer, o)), sql.OpenDB(o.withDefaults().Wrap(reader))
	write.SetMaxIdleConns(idleConns)
	n := min(max(runtime.GOMAXPROCS(0), 4), 8)
	read.SetMaxOpenConns(n)
	read.SetMaxIdleConns(n)
	if err := cmp.Or(checkSettings(write), read.Ping()); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("groupcommit: open: %w", err), read.Close(), write.Close())
	}
	return write, read, nil
}

// checkSettings returns an error if a connection of the writers' pool is not what
// the package needs.
func checkSettings(write *sql.DB) error {
	var mode string
	var synchronous int
	var queryOnly, readOnly bool
	err := cmp.Or(
		write.QueryRow("PRAGMA journal_mode").Scan(&mode),
		write.QueryRow("PRAGMA synchronous").Scan(&synchronous),
		write.QueryRow("PRAGMA query_only").Scan(&queryOnly),
		Of(write).Raw(context.Background(), func(c driver.Conn) (err error) {
			readOnly, err = c.(interface{ IsReadOnly(string) (bool, error) }).IsReadOnly("main")
			return err
		}))
	switch {
	case err != nil:
		return err
	case mode != "wal":
		return fmt.Errorf("journal_mode is %q, so that readers and writers would exclude each other; "+
			"add _journal_mode=WAL to the name of a file", mode)
	case synchronous < 2:
		return errors.New("synchronous is less than FULL, so that an answered write could be lost; add _synchronous=FULL")
	case queryOnly || readOnly:
		return errors.New("it is opened read-only, so that nothing could be written")
	}
	return nil
}

// Of returns the Group behind a pool, for its Stats, Err and Raw; nil if the pool
// is not one of a Group.
func Of(write *sql.DB) *Group {
	d, _ := write.Driver().(groupDriver)
	return d.g
}

// groupDriver leads from a *sql.DB to its Group.
type groupDriver struct {
	driver.Driver
	g *Group
}
