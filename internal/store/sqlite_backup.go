package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

const (
	copyPages  = 256     // copied between two looks at the context: a megabyte
	flushBytes = 8 << 20 // written to the disk at a time
)

// pageCopier is what a connection of modernc.org/sqlite has for online backups.
type pageCopier interface {
	NewBackup(target string) (*sqlite.Backup, error)
}

// ownFile implements copier.
func (f *sqliteFile) ownFile(path string) bool {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if f.path+suffix == path {
			return true
		}
	}
	info, err := os.Stat(path)
	return err == nil && os.SameFile(f.opened, info)
}

// copyTo implements copier with SQLite's online backup. A transaction that reads
// is open around all its steps. Without one, every write of the shop makes the
// copy start again; with one it is of a single moment, and in WAL mode no writer
// waits for a reader.
func (f *sqliteFile) copyTo(ctx context.Context, s *Store, to *unfinished, progress func(done, total int64)) (err error) {
	if err := knownSchema(ctx, s.read, goose.DialectSQLite3); err != nil {
		return err
	}
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() {
		_, failed := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, failed)
	}()
	if err := copyConn(ctx, conn, to, progress); err != nil {
		return explainCopy(to, err)
	}
	return errors.Join(s.engine.check(), withoutLog(to.File))
}

// copyConn copies what conn sees, from its first look on.
func copyConn(ctx context.Context, conn *sql.Conn, to *unfinished, progress func(done, total int64)) error {
	pageSize, err := one(ctx, conn, scanInt, "PRAGMA page_size")
	if err != nil {
		return err
	}
	if _, err := schemaVersion(ctx, conn); err != nil { // the first look
		return err
	}
	return conn.Raw(func(c any) error {
		source, ok := c.(pageCopier)
		if !ok {
			return fmt.Errorf("a %T cannot be copied: open the database with OpenReadOnly", c)
		}
		return copyAll(ctx, source, to, int64(pageSize), progress)
	})
}

// copyAll copies page by page. It writes to the disk as it goes: 200 MB at once
// would hold up the shop's own writes.
func copyAll(ctx context.Context, source pageCopier, to *unfinished, pageSize int64, progress func(done, total int64)) error {
	b, err := source.NewBackup(copyDSN(to.Name()))
	if err != nil {
		return err
	}
	var flushed int64
	for more := true; more; {
		if more, err = b.Step(copyPages); err == nil {
			err = ctx.Err()
		}
		done := int64(b.PageCount()-b.Remaining()) * pageSize
		if err == nil && done-flushed >= flushBytes {
			err = flush(to.File)
			flushed = done
		}
		if err != nil {
			_ = b.Finish() // what it returns is the error of the step
			return err
		}
		progress(done, int64(b.PageCount())*pageSize)
	}
	return b.Finish()
}

// copyDSN opens the file of a copy. Nobody else knows of it, and it is thrown
// away where anything fails, so that it needs neither locks nor a journal; it is
// put on the disk by its own descriptor.
func copyDSN(path string) string {
	q := url.Values{"mode": {"rw"}, "nolock": {"1"}, "_error_rc": {"1"}, "_pragma": {"journal_mode(OFF)", "synchronous(OFF)"}}
	file := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: q.Encode()}
	return file.String()
}

// withoutLog marks a database as one that keeps no write-ahead log: bytes 18 and
// 19, https://www.sqlite.org/fileformat2.html#file_format_version_numbers. The
// copy has none, and whoever looks into it then makes none. The shop turns the
// log on again when it opens the file.
func withoutLog(f *os.File) error {
	const at, legacy = 18, 1
	_, err := f.WriteAt([]byte{legacy, legacy}, at)
	return err
}

// explainCopy says what to do where there is no room for the copy.
func explainCopy(to *unfinished, err error) error {
	if code, ok := sqliteCode(err); ok && primary(code) == lib.SQLITE_FULL {
		return fmt.Errorf("there is no room for it in %s: %w", filepath.Dir(to.final), err)
	}
	return err
}

var _ interface {
	copier
	looker
} = sqliteGuest{}
