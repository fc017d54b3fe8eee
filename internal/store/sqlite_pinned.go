package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// pinned opens connections to the file that was opened first, and none to another
// that was put in its place: such a connection would take the log of the one for
// that of the other, read what is in neither, and write it there.
type pinned struct {
	*sqliteConnector
	file *sqliteFile
}

// connector returns what opens connections to f and to no other file.
func (f *sqliteFile) connector(r sqliteRole) driver.Connector {
	return pinned{newSQLiteConnector(f.path, r), f}
}

// Connect implements driver.Connector. Its error may be an [ErrLost].
func (p pinned) Connect(ctx context.Context) (driver.Conn, error) {
	if err := p.file.inPlace(); err != nil {
		return nil, err
	}
	conn, err := p.sqliteConnector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.file.inPlace(); err != nil {
		return nil, err // and conn stays open: to close the last one moves the log
	}
	return conn, nil
}

// inPlace returns an [ErrLost] where the file is no longer the one that was opened.
func (f *sqliteFile) inPlace() error {
	now, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s is gone: put it back, or a backup in its place, then start again", ErrLost, f.path)
	case err != nil:
		return fmt.Errorf("store: the database file cannot be looked at: %w", err)
	case !os.SameFile(f.opened, now):
		return fmt.Errorf("%w: %s was replaced while in use: start again to use the file that is there now", ErrLost, f.path)
	}
	return nil
}
