package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
)

// private is the mode of everything that holds carts, addresses and sessions:
// for the owner only.
const private fs.FileMode = 0o600

// creating keeps a file from being opened as a database while the descriptor
// that created it is still to be closed: closing it would drop SQLite's locks.
var creating sync.Mutex

// privateFile makes sure that there is a file at path which only its owner can
// read. SQLite would create it for everybody to read, and gives its -wal and
// -shm the mode of the file itself.
func privateFile(path string, log *slog.Logger) error {
	creating.Lock()
	defer creating.Unlock()
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

// tighten takes the rights of others away from the file at path, if there is
// one and it is ours to change.
func tighten(path string, log *slog.Logger) error {
	info, err := os.Stat(path) // never Open: see creating
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case info.Mode().Perm()&0o077 == 0:
		return nil
	case !isOurs(info):
		log.Warn("others can read the database, and it is not ours to change", "file", path, "mode", info.Mode().String())
		return nil
	}
	log.Warn("others could read the database: its mode is 0600 from now on", "file", path, "mode", info.Mode().String())
	return os.Chmod(path, info.Mode().Perm()&private)
}
