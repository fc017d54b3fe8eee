package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
)

// private is the mode of everything that holds carts, addresses and sessions:
// for the owner only.
const private fs.FileMode = 0o600

// createOrAdopt makes the database at path, or adopts the one that is there. created says
// that there was none.
func createOrAdopt(ctx context.Context, path string, log *slog.Logger) (f *file, created bool, err error) {
	for _, suffix := range Beside {
		if exists(path+suffix) && !exists(path) {
			return nil, false, fmt.Errorf("%s%s is there without its database: "+
				"put that back, or move this one away to begin a new shop", path, suffix)
		}
	}
	err = create(path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, false, err
	}
	created = err == nil
	f, err = pin(path) // not a link to nothing: SQLite would create what it names
	switch {
	case created:
		log.Warn("database created: it was not there", "file", path)
	case err == nil:
		err = f.adopt(ctx, log)
	}
	return f, created, err
}

// adopt makes a database that is there private. It does not touch one before that is known
// to be empty, or a shop's, and to be whole with the files next to it.
func (f *file) adopt(ctx context.Context, log *slog.Logger) error {
	if err := f.inspect(ctx, true); err != nil {
		return err
	}
	if err := f.refuseForeign(ctx); err != nil {
		return err
	}
	for _, suffix := range suffixes {
		if err := tighten(f.path+suffix, log); err != nil {
			return err
		}
	}
	return nil
}

// create makes the database at path, readable by its owner only: SQLite would create
// it for everybody to read. It returns an [fs.ErrExist] where there is one.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, private)
	if err != nil {
		return fmt.Errorf("create the database file: %w", err)
	}
	_, err = f.Write(emptyDatabase())
	if err = errors.Join(err, f.Close()); err != nil { // a full disk: the next start would say that the file was emptied
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// discard removes the database that this start made and could not fill, and what
// SQLite could not remove of it, unless another start has filled it.
func discard(path string) error {
	log, _ := os.ReadFile(path + "-wal")
	data, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(data, emptyDatabase()) || len(log) > 0 {
		return nil // the start failed for another reason
	}
	_ = os.Remove(path + "-wal")
	_ = os.Remove(path + "-shm")
	return os.Remove(path)
}

// emptyDatabase is a database in WAL mode without a table, of one page. A file without
// a byte is one that was emptied, and no database:
// https://www.sqlite.org/fileformat.html#the_database_header
func emptyDatabase() []byte {
	page := make([]byte, 4096)
	copy(page, magic)
	binary.BigEndian.PutUint16(page[16:], uint16(len(page)))
	copy(page[18:], []byte{2, 2, 0, 64, 32, 32}) // WAL to write, WAL to read, fractions
	for _, at := range []int{24, 28, 92} {       // changes, pages, the change when these were counted
		binary.BigEndian.PutUint32(page[at:], 1)
	}
	page[59] = 1                                              // UTF-8
	page[100] = 0x0d                                          // the schema: a leaf
	binary.BigEndian.PutUint16(page[105:], uint16(len(page))) // without a cell
	return page
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
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	problem := "others could read the database: its mode is 0600 from now on"
	err = os.Chmod(path, info.Mode().Perm()&private)
	if errors.Is(err, fs.ErrPermission) {
		problem, err = "others can read the database, and it is not ours to change", nil
	}
	log.Warn(problem, "file", path, "mode", info.Mode().String())
	return err
}
