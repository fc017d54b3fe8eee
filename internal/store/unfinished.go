package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// unfinishedMark is in the name of every file that is not a backup yet, between
// the name that it is to have and random letters.
const unfinishedMark = ".trolley-unfinished-"

// unfinished is a file that is to become a backup. It is locked for as long as
// somebody works on it.
type unfinished struct {
	*os.File
	final string // path of the backup
	named bool
}

// newUnfinished creates a file in the folder of final, for its owner only.
func newUnfinished(final string) (*unfinished, error) {
	for {
		path := final + unfinishedMark + strings.ToLower(rand.Text()[:8])
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, private)
		if err != nil {
			return nil, err
		}
		// Where the file system knows no locks, nobody takes the file for abandoned.
		// Where it does, somebody may have, between the creation and the lock.
		if err := lockFile(f); !errors.Is(err, syscall.EWOULDBLOCK) && isStill(f) {
			return &unfinished{File: f, final: final}, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// isStill reports whether f is still the file of its name.
func isStill(f *os.File) bool {
	opened, err := f.Stat()
	named, gone := os.Stat(f.Name())
	return err == nil && gone == nil && os.SameFile(opened, named)
}

// removeUnfinished removes what interrupted backups left in the folder of final,
// and returns the names. A backup that is still being made holds a lock.
func removeUnfinished(final string) (removed []string) {
	folder := filepath.Dir(final)
	entries, _ := os.ReadDir(folder) // whoever may not list a folder may yet write to it
	for _, e := range entries {
		if !strings.Contains(e.Name(), unfinishedMark) || !e.Type().IsRegular() {
			continue
		}
		if path := filepath.Join(folder, e.Name()); removeAbandoned(path) == nil {
			removed = append(removed, path)
		}
	}
	return removed
}

func removeAbandoned(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := lockFile(f); err != nil {
		return err
	}
	return os.Remove(path)
}

// verify checks the copy as Verify does. ErrDamaged comes with the checks.
func (f *unfinished) verify(ctx context.Context, s *Store) (checks []Check, err error) {
	copied, err := openSQLiteReadOnly(ctx, f.Name(), s.log)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	damaged := false
	err = copied.Verify(ctx, func(c Check) {
		checks = append(checks, c)
		damaged = damaged || c.Damaged()
	})
	if err == nil && damaged {
		err = ErrDamaged
	}
	return checks, errors.Join(err, copied.Close())
}

// sync puts the file on the disk and returns its size.
func (f *unfinished) sync() (int64, error) {
	if err := f.Sync(); err != nil {
		return 0, fmt.Errorf("put it on the disk: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// name gives the file its final name at once and for good.
func (f *unfinished) name(force bool) error {
	if err := letGo(f.File); err != nil {
		return err
	}
	rename := renameNew
	if force {
		rename = os.Rename
	}
	if err := rename(f.Name(), f.final); err != nil {
		return err
	}
	f.named = true
	return syncFolder(filepath.Dir(f.final))
}

// renameNew renames a file without replacing another one, which a rename would:
// it links the new name first. Where a file system has no links, a file that
// came there in the last microseconds is replaced.
func renameNew(from, to string) error {
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s was made meanwhile: name another file, or replace it with -force", to)
	}
	if err := freeName(to, false); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// syncFolder puts the names in a folder on the disk.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // where a folder is no file, and NTFS logs its names
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// close removes the file where it did not become a backup.
func (f *unfinished) close() error {
	err := f.File.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if f.named {
		return err
	}
	if gone := os.Remove(f.Name()); !errors.Is(gone, fs.ErrNotExist) { // another backup may have been faster
		err = errors.Join(err, gone)
	}
	return err
}
