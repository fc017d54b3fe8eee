package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"trolley/internal/query"
	"trolley/migrations"
)

// ErrChanged reports that a database which nothing used when it was opened was
// changed while it was read. What was read may mix two states: open it again, and
// it is read as one that is in use.
var ErrChanged = errors.New("the database was changed while it was read: try again")

// ErrInUse refuses a database that a shop is using.
var ErrInUse = errors.New("a shop, or another program, is using it: stop it first")

// patience is how long an operator's command waits for the shop's writers: longer
// than they wait for each other, since no page waits for it.
const patience = 30 * time.Second

// OpenReadOnly opens a file that is there, also one that a shop is using, and also
// a backup, and changes nothing about it: it migrates nothing, and leaves no file
// next to it where nothing used it. Both pools refuse to write. A schema of any
// version will do.
//
// Where nothing uses the file it is read without locks, and [Pools.Check] returns
// [ErrChanged] once something does. An error is one line. Close the Pools.
func OpenReadOnly(ctx context.Context, name string, log *slog.Logger) (*Pools, error) {
	f, err := openFile(ctx, name, log)
	if err != nil {
		return nil, err
	}
	// SQLite makes a -wal and a -shm for a reader that may not remove them, where
	// there are none. Told that nothing else uses the file, it does not.
	unused := !f.inUse()
	db := sql.OpenDB(f.connector(readOnly(unused)))
	db.SetMaxOpenConns(8)
	if _, err := query.One(ctx, db, query.Int, "SELECT COUNT(*) FROM sqlite_schema"); err != nil {
		return nil, errors.Join(explain(f.path, err), db.Close())
	}
	if exists(f.path+"-wal") && exists(f.path+"-shm") {
		if err := f.pinLog(); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return &Pools{Write: db, Read: db, file: f, unused: unused}, nil
}

// OpenExisting opens a file that is there, also one that a shop is using, to change
// something in it. It creates and migrates nothing, refuses a schema of any other
// version than its own, and leaves the write-ahead log to the shop when it closes.
// An error is one line. Close the Pools.
func OpenExisting(ctx context.Context, name string, log *slog.Logger) (*Pools, error) {
	f, err := openFile(ctx, name, log)
	if err != nil {
		return nil, err
	}
	// Before anything that could write: the file may be another program's.
	reader := sql.OpenDB(f.connector(readOnly(!f.inUse())))
	if err := errors.Join(migrations.SQLite().Check(ctx, reader), reader.Close()); err != nil {
		return nil, explain(f.path, err)
	}
	write := sql.OpenDB(f.connector(existing))
	write.SetMaxOpenConns(1)
	return &Pools{Write: write, Read: f.readers(), file: f}, nil
}

// OpenExclusive is [OpenReadOnly] for a file that nothing else may be using: else it
// returns [ErrInUse]. The log that a killed shop left it moves into the file, as the
// shop would when it starts.
func OpenExclusive(ctx context.Context, name string, log *slog.Logger) (*Pools, error) {
	f, err := openFile(ctx, name, log)
	if err != nil {
		return nil, err
	}
	if f.inUse() {
		if err := f.emptyLog(ctx); err != nil {
			return nil, err
		}
	}
	return OpenReadOnly(ctx, f.path, log)
}

// emptyLog moves the write-ahead log into the file and removes it, which only the
// one program that has the file open can do.
func (f *file) emptyLog(ctx context.Context) error {
	if err := f.refuseForeign(ctx); err != nil {
		return explain(f.path, err)
	}
	db := sql.OpenDB(f.connector(exclusive))
	db.SetMaxOpenConns(1)
	err := empty(ctx, db)
	if err == nil { // this connection has no index, and so leaves that of a killed shop
		err = f.removeIndex()
	}
	err = errors.Join(err, db.Close())
	if IsBusy(err) || err == nil && f.inUse() {
		err = ErrInUse
	}
	return explain(f.path, err)
}

func openFile(ctx context.Context, name string, log *slog.Logger) (*file, error) {
	path, err := findPath(name)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	guardProcess(log)
	f, err := pin(path)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return f, query.Wrap(f.inspect(ctx, false), "open %s", path)
}

// Check returns [ErrLost] where one of the files was removed, replaced or emptied, [ErrChanged]
// where it was read without locks and something changed it, and nil otherwise.
func (p *Pools) Check() error {
	if err := p.file.check(); err != nil || !p.unused {
		return err
	}
	return p.file.unchanged()
}

// CopyTo copies the database as it is at one moment into the empty file at path,
// which it leaves to the caller to put on the disk. No writer waits for it. See
// [IsFull] and [IsDamaged] for its errors.
func (p *Pools) CopyTo(ctx context.Context, path string) error {
	db := sql.OpenDB(p.file.connector(copier(p.unused)))
	_, err := db.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(err, db.Close(), p.Check())
}

// Integrity calls report with each problem, on one line, that PRAGMA integrity_check
// finds: https://www.sqlite.org/pragma.html#pragma_integrity_check. Broken CHECKs are
// among them only if this process could write to the file.
func (p *Pools) Integrity(ctx context.Context, report func(problem string)) error {
	reader, err := p.Read.Conn(ctx)
	if err != nil {
		return err
	}
	defer reader.Close() // last: a connection that may write moves the log when it is the last to close
	db := sql.OpenDB(p.file.connector(checker))
	defer db.Close()
	return query.Each(ctx, db, func(rows *sql.Rows) error {
		problem, err := query.Text(rows)
		if err == nil && problem != "ok" {
			report(strings.Join(strings.Fields(problem), " "))
		}
		return err
	}, "PRAGMA integrity_check")
}

// Owns reports whether path is the database, or one of the files that SQLite keeps
// next to it.
func (p *Pools) Owns(path string) bool {
	suffix, ok := strings.CutPrefix(path, p.file.path)
	if ok && (suffix == "" || slices.Contains(Beside[:], suffix)) {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && os.SameFile(p.file.parts[0], info)
}

// Close closes both pools. To empty the log would hold up the shop's writers, and
// it is theirs.
func (p *Pools) Close() error { return errors.Join(p.Read.Close(), p.Write.Close(), p.file.close()) }
