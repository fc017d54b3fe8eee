package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
)

// private is the mode of everything that holds carts, addresses and sessions:
// for the owner only.
const private fs.FileMode = 0o600

// makePrivate makes sure that there is a file at path which only its owner can
// read. SQLite would create it for everybody to read, and gives its -wal and
// -shm the mode of the file itself.
func makePrivate(path string, log *slog.Logger) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, private)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create the database file: %w", err)
	}
	if _, err := os.Stat(path); err != nil { // a link to nothing: SQLite would create what it names
		return err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := tighten(name, log); err != nil {
			return err
		}
	}
	return nil
}

// tighten takes the rights of others away from the file at path, if there is one. It
// never opens the file: closing a descriptor of it would drop SQLite's locks where
// they are plain POSIX locks.
func tighten(path string, log *slog.Logger) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	err = os.Chmod(path, info.Mode().Perm()&private)
	if errors.Is(err, fs.ErrPermission) {
		log.Warn("others can read the database, and it is not ours to change", "file", path, "mode", info.Mode().String())
		return nil
	}
	log.Warn("others could read the database: its mode is 0600 from now on", "file", path, "mode", info.Mode().String())
	return err
}

// file is a database file as it was when it was opened.
type file struct {
	path   string
	opened fs.FileInfo
}

// pin returns the file at path, which must be there.
func pin(path string) (*file, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: -db names the shop's database", path)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return &file{path, info}, nil
}

// inPlace returns an [ErrLost] where the file is no longer the one that was opened.
func (f *file) inPlace() error {
	now, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s is gone: put it back, or a backup in its place, then start again", ErrLost, f.path)
	case err != nil:
		return fmt.Errorf("the database file cannot be looked at: %w", err)
	case !os.SameFile(f.opened, now):
		return fmt.Errorf("%w: %s was replaced while in use: start again to use the file that is there now", ErrLost, f.path)
	}
	return nil
}

// unchanged reports whether the file was neither written nor opened by another
// program since it was opened.
func (f *file) unchanged() (bool, error) {
	now, err := os.Stat(f.path)
	if err != nil {
		return false, err
	}
	return !f.inUse() && now.Size() == f.opened.Size() && now.ModTime().Equal(f.opened.ModTime()), nil
}

// inUse reports whether a file stands next to the database that SQLite makes for the
// programs that use it, or that a killed process left.
func (f *file) inUse() bool {
	_, noLog := os.Lstat(f.path + "-wal")
	_, noJournal := os.Lstat(f.path + "-journal")
	return noLog == nil || noJournal == nil
}

// owns reports whether path is the database, or one of the files that SQLite
// keeps next to it.
func (f *file) owns(path string) bool {
	suffix, ok := strings.CutPrefix(path, f.path)
	if ok && slices.Contains([]string{"", "-wal", "-shm", "-journal"}, suffix) {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && os.SameFile(f.opened, info)
}

// pinned opens connections to a file, and none to another one that was put in its
// place: such a connection would take the log of the one for that of the other,
// read what is in neither, and write it there.
type pinned struct {
	*connector
	file *file
}

// connector returns what opens connections to f and to no other file.
func (f *file) connector(r role) driver.Connector { return pinned{newConnector(f.path, r), f} }

// Connect implements driver.Connector. Its error may be an [ErrLost].
func (p pinned) Connect(ctx context.Context) (driver.Conn, error) {
	if err := p.file.inPlace(); err != nil {
		return nil, err
	}
	conn, err := p.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.file.inPlace(); err != nil {
		return nil, err // and conn stays open: to close the last one moves the log
	}
	return conn, nil
}
