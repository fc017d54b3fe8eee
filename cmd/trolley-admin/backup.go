package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"

	"trolley/internal/backup"
	"trolley/internal/postgres"
	"trolley/internal/sqlite"
)

func (t tool) backup(ctx context.Context, operands []string) error {
	if operands[0] == "-" {
		return t.backupToOutput(ctx)
	}
	return t.backupTo(ctx, operands[0])
}

func (t tool) backupTo(ctx context.Context, path string) error {
	if postgres.IsURL(t.db) {
		return errors.New("backup copies a SQLite database: for PostgreSQL use pg_dump --format=custom --file=FILE and the URL of the database")
	}
	return t.reading(func() error {
		db, err := sqlite.OpenReadOnly(ctx, t.db, t.log())
		if err != nil {
			return err
		}
		bar := t.newMeter(true)
		b, err := backup.Make(ctx, db, path, backup.Options{Force: t.force, Progress: func(stage backup.Stage, done, total int64) {
			bar.show(string(stage), done, total)
		}})
		bar.clear()
		return errors.Join(t.reportBackup(b, err), db.Close())
	})
}

// backupToOutput writes a copy to standard output, once it is complete and checked.
func (t tool) backupToOutput(ctx context.Context) error {
	if isTerminal(t.stdout) {
		return usagef("backup - writes a database, which is no text for a terminal: add > FILE")
	}
	dir, err := os.MkdirTemp("", "trolley-backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, quiet := filepath.Join(dir, "trolley.db"), t
	quiet.stdout = t.stderr
	broken := quiet.backupTo(ctx, path)
	if broken != nil && !errors.Is(broken, errBroken) {
		return broken
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(t.stdout, f)
	return errors.Join(err, broken)
}

func (t tool) reportBackup(b backup.Backup, err error) error {
	if b.Removed != "" {
		fmt.Fprintf(t.stderr, "Removed %s, which an interrupted backup had left.\n", b.Removed)
	}
	// The unfinished file of another name may be that of a backup under way.
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.Path), "*-unfinished"))
	for _, path := range left {
		fmt.Fprintf(t.stderr, "%s is no backup: delete it, unless one is being made.\n", path)
	}
	for _, c := range b.Checks {
		printFindings(t.stderr, c)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "%s: %s in %s, checked\n", b.Path, humanize.Bytes(uint64(b.Bytes)), seconds(b.Took))
	if n := b.Broken(); n > 0 {
		return fmt.Errorf("%w: %s above, which the shop's own database has too; the copy is true", errBroken, things(n))
	}
	return nil
}
