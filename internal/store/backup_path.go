package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// backupPath returns the absolute path of a backup, where one can be made.
func backupPath(path string, force bool, c copier) (string, error) {
	if path == "" {
		return "", errors.New("the backup has no name: name a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	folder, err := os.Stat(filepath.Dir(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no folder %s: make it first, for yourself only", filepath.Dir(path))
	case err != nil:
		return "", err
	case !folder.IsDir():
		return "", fmt.Errorf("%s is not a folder", filepath.Dir(path))
	case c.ownFile(path):
		return "", fmt.Errorf("%s is the database itself: name another file", path)
	}
	return path, errors.Join(freeName(path, force), notInUse(path))
}

// freeName reports why a backup cannot have the name path.
func freeName(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is there and is not a regular file: name another one", path)
	case !force:
		return fmt.Errorf("%s is there already: name another file, or replace it with -force", path)
	}
	return nil
}

// notInUse refuses a name next to which SQLite would find the log of another
// database, and might apply it.
func notInUse(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if _, err := os.Lstat(path + suffix); err == nil {
			return fmt.Errorf("%s is there: a database of the name %s is in use, or was: name another file", path+suffix, filepath.Base(path))
		}
	}
	return nil
}
