// Package backup copies the SQLite database of a shop that goes on selling.
package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"trolley/internal/query"
	"trolley/internal/sqlite"
	"trolley/internal/verify"
	"trolley/migrations"
)

// ErrDamaged reports that the database is damaged, and so no backup was made.
var ErrDamaged = errors.New("the database is damaged")

// Options say how to make a backup. The zero value replaces nothing and reports nothing.
type Options struct {
	Force bool // replace the file of that name, once the backup is checked
	// Progress, if not nil, is told the bytes on the disk, while copying. It is never
	// called by two goroutines at once.
	Progress func(stage Stage, done, total int64)
}

// Stage is a stage of a backup. In none of them is there a file with its name.
type Stage string

// The stages, in their order.
const (
	Copying  Stage = "copying"
	Checking Stage = "checking"
	Naming   Stage = "naming" // it is good, and gets its name next
)

// Backup is a finished backup.
type Backup struct {
	Path    string
	Bytes   int64
	Took    time.Duration
	Checks  []verify.Check // of the copy; broken rules of single rows do not stop a backup
	Removed string         // the file that an interrupted backup of the same name had left; may be ""
}

// Broken returns how many rows of the backup break a rule of the shop. They do so
// in the shop's own database as well.
func (b Backup) Broken() (n int) {
	for _, c := range b.Checks {
		n += c.Wrong
	}
	return n
}

// Make copies the database as it is when Make starts into a new file at path, which
// only its owner can read. The file has another name, which ends in "-unfinished",
// until it is complete, checked and on the disk.
//
// Make returns [ErrDamaged], and the checks that failed, if the copy is not whole, and
// [sqlite.ErrChanged] if a shop began to use a file that nothing used. After an error
// there is no new file.
func Make(ctx context.Context, from *sqlite.Pools, path string, o Options) (b Backup, err error) {
	began := time.Now()
	if o.Progress == nil {
		o.Progress = func(Stage, int64, int64) {}
	}
	err = b.make(ctx, from, path, o)
	b.Took = time.Since(began)
	return b, query.Wrap(err, "backup")
}

func (b *Backup) make(ctx context.Context, from *sqlite.Pools, path string, o Options) (err error) {
	if b.Path, err = newPath(from, path, o.Force); err != nil {
		return err
	}
	if _, err := migrations.SQLite().Missing(ctx, from.Read); err != nil {
		return err
	}
	f, err := newTempFile(b)
	if err != nil {
		return err
	}
	defer f.discard()
	return b.fill(ctx, from, f, o)
}

// fill fills f, checks it, and gives it its name.
func (b *Backup) fill(ctx context.Context, from *sqlite.Pools, f *tempFile, o Options) error {
	err := copyTo(ctx, from, f.File, o.Progress)
	switch {
	case sqlite.IsDamaged(err):
		return errors.Join(fmt.Errorf("%w: %w", ErrDamaged, err), b.check(ctx, from))
	case sqlite.IsFull(err):
		return fmt.Errorf("there is no room for it in %s: %w", filepath.Dir(b.Path), err)
	case err != nil:
		return err
	}
	o.Progress(Checking, 0, 0)
	copied, err := sqlite.OpenReadOnly(ctx, f.Name(), slog.New(slog.DiscardHandler))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := errors.Join(b.check(ctx, copied), copied.Close(), f.Sync()); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b.Bytes = info.Size()
	o.Progress(Naming, 0, 0)
	return f.giveName(b.Path, o.Force)
}

// check adds what [verify.Database.Verify] finds to the checks.
func (b *Backup) check(ctx context.Context, db *sqlite.Pools) error {
	damaged := false
	err := verify.Database{DB: db.Read, File: db}.Verify(ctx, func(c verify.Check) {
		b.Checks = append(b.Checks, c)
		damaged = damaged || c.Damaged()
	})
	if err == nil && damaged {
		err = ErrDamaged
	}
	return err
}
