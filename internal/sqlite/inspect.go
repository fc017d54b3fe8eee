package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"trolley/internal/query"
)

// magic is how a database begins.
const magic = "SQLite format 3\x00"

// The locks of every connection in WAL mode: a shared one on the database, and one
// on the index of the log.
const (
	sharedLock, sharedBytes = 0x40000002, 510 // https://www.sqlite.org/src/file?name=src/os.h
	indexLock               = 128             // https://sqlite.org/walformat.html#wal_locks, "DMS"
)

var (
	errNotDatabase = errors.New("it is not a SQLite database: " +
		"name another file, or move this one away to start with a new one")
	errSplit = errors.New("a program that is running has lost a file of this database: " +
		"stop that program, which saves what it holds, and try again")
)

// inspect refuses a file that is no database, and one that does not belong with the
// files next to it. It changes nothing, and opens no connection. isShop means that
// the caller is going to write.
func (f *file) inspect(ctx context.Context, isShop bool) error {
	look := func(context.Context) error { return f.inspectOnce(isShop) }
	// For a moment this may be a program that is about to open it, or to close it.
	return query.Retry(ctx, busyTimeout, look, func(err error) bool { return errors.Is(err, errSplit) || errors.Is(err, ErrLost) })
}

func (f *file) inspectOnce(isShop bool) error {
	db, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer db.Close()
	begins := make([]byte, len(magic))
	switch _, err := io.ReadFull(db, begins); {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w, %s has no byte: put a backup in its place without the -wal and the -shm, "+
			"or delete all three to begin a new shop", errOverwritten, f.path)
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(begins) != magic:
		return errNotDatabase
	}
	held := isHeld(int(db.Fd()), sharedLock, sharedBytes)
	if err := f.inspectLog(held); err != nil {
		return err
	}
	if second := f.secondName(); second != "" && isShop {
		return fmt.Errorf("%s has another name as well (a hard link), under which there may be another -wal: "+
			"remove one of the names, or copy the file", second)
	}
	return nil
}

// inspectLog looks at the log and its index. held says whether a program has the
// database open, in which case it has both of them open as well.
func (f *file) inspectLog(held bool) error {
	hasLog := exists(f.path + "-wal")
	switch err := f.index.open(f.path); {
	case errors.Is(err, fs.ErrNotExist) && held:
		return errSplit
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case f.index.isHeld() != held, held && !hasLog:
		return errSplit
	case !hasLog:
		return fmt.Errorf("%s-wal is gone and %[1]s-shm is there: "+
			"put the -wal back; where this is a backup, delete the -shm", f.path)
	case !held:
		return f.isWhole()
	}
	return f.holdsLog()
}
