package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"trolley/internal/sqlite"
)

// newPath returns the absolute path of a backup, if one can be made there.
func newPath(from *sqlite.Pools, path string, force bool) (string, error) {
	if path == "" {
		return "", errors.New("the backup has no name: name a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if from.Owns(path) {
		return "", fmt.Errorf("%s is the database itself: name another file", path)
	}
	// SQLite would take the log of another database for the backup's, and apply it.
	for _, suffix := range sqlite.Beside {
		if _, err := os.Lstat(path + suffix); err == nil {
			return "", fmt.Errorf("%s is there: a database of the name %s is in use, or was: name another file",
				path+suffix, filepath.Base(path))
		}
	}
	return path, free(path, force)
}

// free returns why a backup cannot have the name path.
func free(path string, force bool) error {
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

// tempFile is a file that is to become a backup.
type tempFile struct {
	*os.File
	info fs.FileInfo
}

// newTempFile creates the file that is to become b, for its owner only. It removes
// what an interrupted backup of the same name has left: SQLite would apply its journal.
func newTempFile(b *Backup) (*tempFile, error) {
	path := b.Path + "-unfinished"
	if err := os.Remove(path + "-journal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if os.Remove(path) == nil {
		b.Removed = path
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no folder %s: make it first, for yourself only", filepath.Dir(path))
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return &tempFile{f, info}, err
}

// isInPlace reports whether f still has its name: another backup of the same name
// removes it.
func (f *tempFile) isInPlace() bool {
	named, err := os.Lstat(f.Name())
	return err == nil && os.SameFile(f.info, named)
}

// discard closes f, and removes it unless it has become a backup.
func (f *tempFile) discard() {
	_ = f.Close() // closed already where it has its name
	if f.isInPlace() {
		_ = os.Remove(f.Name()) // the next backup of this name tries again
	}
}

// giveName gives the checked copy the name to.
func (f *tempFile) giveName(to string, force bool) error {
	if !f.isInPlace() {
		return fmt.Errorf("%s was removed or replaced: another backup of this name has begun", f.Name())
	}
	if err := f.Close(); err != nil { // Windows renames no open file
		return err
	}
	rename := renameNew
	if force {
		rename = os.Rename
	}
	return errors.Join(rename(f.Name(), to), syncFolder(filepath.Dir(to)))
}

// renameNew renames a file without replacing another one, which a rename would do: it
// links the new name first. If the file system has no links, a file that came there
// in the last microseconds is replaced.
func renameNew(from, to string) error {
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s was made meanwhile: name another file, or replace it with -force", to)
	}
	if err := free(to, false); err != nil {
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
