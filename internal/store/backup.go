package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	"trolley/internal/sqlite"
	"trolley/migrations"
)

// ErrDamaged reports that the database is damaged, and so no backup was made.
var ErrDamaged = errors.New("store: the database is damaged")

// BackupOptions says how to make a backup. The zero value replaces nothing and
// reports nothing.
type BackupOptions struct {
	Force    bool                 // replace the file of that name, once the backup is checked
	Progress func(BackupProgress) // may be nil; never called by two goroutines at once
}

// BackupProgress is how far a backup has come.
type BackupProgress struct {
	Stage       BackupStage
	Done, Total int64 // bytes, while copying
}

// BackupStage is a stage of a backup. In none of them is there a file with the
// backup's name.
type BackupStage string

// The stages, in their order.
const (
	BackupCopying  BackupStage = "copying"
	BackupChecking BackupStage = "checking"
	BackupNaming   BackupStage = "naming" // it is good, and gets its name next
)

// Backup is a finished backup.
type Backup struct {
	Path    string
	Bytes   int64
	Took    time.Duration
	Checks  []Check // what Verify says of it; broken rules of single rows do not stop a backup
	Removed string  // the file that an interrupted backup of the same name had left; may be ""
}

// Broken returns how many rows of the backup break a rule of the shop. They do so
// in the shop's own database as well.
func (b Backup) Broken() int {
	n := 0
	for _, c := range b.Checks {
		n += c.Wrong
	}
	return n
}

// Backup copies the database, as of the moment at which it starts, into a new file
// at path, while the shop goes on. Only its owner can read the file. It has another
// name, which ends in "-unfinished", until it is complete, checked and on the disk.
//
// Backup returns [ErrDamaged], with the checks that failed, where the copy is not
// whole, and leaves no file then, nor after any other error.
func (s *Store) Backup(ctx context.Context, path string, o BackupOptions) (b Backup, err error) {
	began := time.Now()
	if s.sqlite == nil {
		return b, errors.New("store: backup: the database server has tools of its own: for PostgreSQL, pg_dump")
	}
	if o.Progress == nil {
		o.Progress = func(BackupProgress) {}
	}
	defer func() {
		if b.Took = time.Since(began); err != nil {
			err = fmt.Errorf("store: backup: %w", err)
		}
	}()
	if b.Path, err = backupPath(path, o.Force, s.sqlite.Owns); err != nil {
		return b, err
	}
	if _, err := migrations.SQLite().Missing(ctx, s.read); err != nil {
		return b, err
	}
	f, err := newTempFile(&b)
	if err != nil {
		return b, err
	}
	defer os.Remove(f.Name()) // it is there only if it did not get its name
	defer f.Close()           // which an error leaves open
	return b, s.backUp(ctx, f, &b, o)
}

// backUp makes f the backup b.
func (s *Store) backUp(ctx context.Context, f *os.File, b *Backup, o BackupOptions) error {
	err := s.copyTo(ctx, f, func(done, total int64) { o.Progress(BackupProgress{BackupCopying, done, total}) })
	if sqlite.IsDamaged(err) {
		return errors.Join(fmt.Errorf("%w: %w", ErrDamaged, err), b.check(ctx, s))
	}
	if err != nil {
		return err
	}
	o.Progress(BackupProgress{Stage: BackupChecking})
	copied, err := OpenReadOnly(ctx, f.Name(), s.log)
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
	o.Progress(BackupProgress{Stage: BackupNaming})
	return nameFile(f, b.Path, o.Force)
}

// check runs Verify on s. It returns ErrDamaged where s is damaged.
func (b *Backup) check(ctx context.Context, s *Store) error {
	damaged := false
	err := s.Verify(ctx, func(c Check) {
		b.Checks = append(b.Checks, c)
		damaged = damaged || c.Damaged()
	})
	if err == nil && damaged {
		err = ErrDamaged
	}
	return err
}
