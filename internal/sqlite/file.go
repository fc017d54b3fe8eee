package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
)

// suffixes are those of the files of a database in use: the file itself, its
// write-ahead log, and the index of that.
var suffixes = [...]string{"", "-wal", "-shm"}

// file is a database as it was when it was opened.
type file struct {
	path  string
	parts [len(suffixes)]fs.FileInfo // nil: not there, or not looked at yet
	index walIndex

	logged  atomic.Pointer[indexHeader] // when the log was looked at last
	content *content                    // nil: not looked at yet
}

// pin returns the file at path, which must be there.
func pin(path string) (*file, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && exists(path):
		return nil, fmt.Errorf("%s is a link to a file that is not there: put that back, or remove the link: %w", path, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f := &file{path: path}
	f.parts[0] = info
	return f, nil
}

// pinLog adds the write-ahead log and its index, which are there as long as a
// connection is open.
func (f *file) pinLog() (err error) {
	for i, suffix := range suffixes {
		if f.parts[i], err = os.Stat(f.path + suffix); err != nil {
			return err
		}
	}
	if err := f.index.open(f.path); err != nil {
		return err
	}
	f.index.mapStart()
	if f.content, err = openContent(f.path, &f.index); err != nil {
		return err
	}
	return f.content.check()
}

// close ends the looks at the file and its index.
func (f *file) close() error {
	err := f.index.close()
	if f.content != nil {
		err = errors.Join(err, f.content.db.Close())
	}
	return err
}

// An [ErrLost] of a file that is in its place and does not hold what it held: to move
// the log would move what is not there, or put it into what it does not belong to.
var (
	errEmptied     = fmt.Errorf("%w: the log was emptied, cut off or overwritten", ErrLost)
	errOverwritten = fmt.Errorf("%w: the file was emptied, cut off or overwritten", ErrLost)
)

// least is how small a part can be, in bytes: a page of the database, nothing in the
// log, a page of its index.
var least = [len(suffixes)]int64{512, 0, 32 << 10}

// inPlace returns an [ErrLost] where a part of the database is no longer the one
// that was opened.
func (f *file) inPlace() error {
	for i, opened := range f.parts {
		if opened == nil {
			continue
		}
		path := f.path + suffixes[i]
		now, err := os.Lstat(path) // under the name of a link there would be another log
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: %s is gone", ErrLost, path)
		case err != nil:
			return fmt.Errorf("the database cannot be looked at: %w", err)
		case !os.SameFile(opened, now):
			return fmt.Errorf("%w: %s was replaced while in use", ErrLost, path)
		case now.Size() < least[i] && i == 0:
			return fmt.Errorf("%w: %s", errOverwritten, path)
		case now.Size() < least[i]:
			return fmt.Errorf("%w: %s", errEmptied, path)
		}
	}
	return nil
}

// check returns an [ErrLost] where any part is not what it was.
func (f *file) check() error {
	err := f.inPlace()
	if err == nil {
		err = f.holdsLog()
	}
	if err == nil && f.content != nil {
		err = f.content.check()
	}
	return err
}

// unchanged returns [ErrChanged] where the file was written or opened by another
// program since it was opened.
func (f *file) unchanged() error {
	now, err := os.Stat(f.path)
	if err == nil && (f.inUse() || now.Size() != f.parts[0].Size() || !now.ModTime().Equal(f.parts[0].ModTime())) {
		err = ErrChanged
	}
	return err
}

// inUse reports whether a file stands next to the database that SQLite makes for the
// programs that use it, or that a killed process left.
func (f *file) inUse() bool { return exists(f.path+"-wal") || exists(f.path+"-journal") }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// secondName returns a part that has another name as well, "" if none has. Under that
// name SQLite would look for another log.
func (f *file) secondName() string {
	for _, suffix := range suffixes {
		if info, err := os.Stat(f.path + suffix); err == nil && links(info) > 1 {
			return f.path + suffix
		}
	}
	return ""
}
