package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrDamaged reports a copy that is not whole, which is to say that the database
// it was made of is not.
var ErrDamaged = errors.New("store: the database is damaged")

// BackupOptions says how to make a backup. The zero value replaces nothing and
// reports nothing.
type BackupOptions struct {
	// Force replaces a file that has the backup's name, once the new one is good.
	Force bool
	// Progress, where not nil, is called by the goroutine that makes the backup.
	Progress func(BackupProgress)
}

// BackupProgress is how far a backup has come.
type BackupProgress struct {
	Stage       BackupStage
	Done, Total int64 // bytes, while copying
}

// BackupStage is what is being done for a backup.
type BackupStage string

// The stages, in their order. At no moment of them is there a file with the
// backup's name.
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
	Checks  []Check  // what Verify says of it; broken rules of single rows do not stop a backup
	Removed []string // what interrupted backups had left in its folder, and is gone
}

// Broken returns how much of the backup breaks a rule of the shop. The copy is
// true all the same: the shop's own database breaks it.
func (b Backup) Broken() int {
	n := 0
	for _, c := range b.Checks {
		n += c.Wrong
	}
	return n
}

// copier is an engine whose database can be copied into a file.
type copier interface {
	// copyTo copies the database, as of one moment, into the empty file at f's
	// path, and calls progress as often as it likes.
	copyTo(ctx context.Context, s *Store, f *unfinished, progress func(done, total int64)) error
	// ownFile reports whether path is one of the database's own files.
	ownFile(path string) bool
}

// Backup copies the database into a new file at path, as of the moment at which
// it starts, while the shop goes on. The file is for its owner only. It gets its
// name when it is complete, checked and on the disk, and never before, whatever
// interrupts the work; until then its name is longer by the word unfinished. What
// earlier backups left like that is removed.
//
// Where the copy is not whole, Backup returns [ErrDamaged] with what is wrong,
// and leaves no file.
func (s *Store) Backup(ctx context.Context, path string, o BackupOptions) (b Backup, err error) {
	began := time.Now()
	c, ok := s.engine.(copier)
	if !ok {
		return b, errors.New("store: backup: the database server has tools of its own: for PostgreSQL, pg_dump")
	}
	if o.Progress == nil {
		o.Progress = func(BackupProgress) {}
	}
	if b.Path, err = backupPath(path, o.Force, c); err != nil {
		return b, fmt.Errorf("store: backup: %w", err)
	}
	b.Removed = removeUnfinished(b.Path)
	f, err := newUnfinished(b.Path)
	if err != nil {
		return b, fmt.Errorf("store: backup: %w", err)
	}
	err = s.copyAndCheck(ctx, c, f, &b, o)
	if err = errors.Join(err, f.close()); err != nil {
		return b, fmt.Errorf("store: backup: %w", err)
	}
	b.Took = time.Since(began)
	return b, nil
}

// copyAndCheck makes f the backup b.
func (s *Store) copyAndCheck(ctx context.Context, c copier, f *unfinished, b *Backup, o BackupOptions) error {
	err := c.copyTo(ctx, s, f, func(done, total int64) { o.Progress(BackupProgress{BackupCopying, done, total}) })
	if err != nil {
		return err
	}
	o.Progress(BackupProgress{Stage: BackupChecking})
	if b.Checks, err = f.verify(ctx, s); err != nil {
		return err
	}
	if b.Bytes, err = f.sync(); err != nil {
		return err
	}
	o.Progress(BackupProgress{Stage: BackupNaming})
	return f.name(o.Force)
}
