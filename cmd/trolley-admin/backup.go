package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"

	"trolley/internal/backup"
	"trolley/internal/postgres"
	"trolley/internal/sqlite"
)

func backupCommand() command {
	return command{
		name: "backup", operands: "FILE", about: "copy the database into FILE, while the shop goes on",
		more: `The copy is of one moment: whatever the shop had confirmed before the start is in
it. FILE gets its name once the copy is complete, checked as verify does, and on
the disk; whatever interrupts the work leaves no file of that name, but at most
FILE-unfinished, which the next backup to FILE replaces.

- is standard output. The copy is made and checked in TMPDIR first, which needs room
for it; nothing is written unless it is good.

To restore: stop the shop, put the backup in the place of the database, delete
the -wal and the -shm next to it, start the shop.`,
		examples: []string{
			"trolley-admin -db /var/lib/trolley/trolley.db backup /var/backups/trolley/$(date +%F).db",
			"trolley-admin backup -force latest.db",
			"ssh shop.example trolley-admin backup - > latest.db",
		},
		setUp: func(f *flag.FlagSet) action {
			force := f.Bool("force", false, "replace FILE where it is there already, once the new one is good")
			return func(ctx context.Context, t tool, operands []string) error {
				switch {
				case len(operands) != 1:
					return usagef("backup needs the name of one file, see backup -help")
				case operands[0] == "-":
					return t.backupToOutput(ctx)
				}
				return t.backup(ctx, operands[0], *force)
			}
		},
	}
}

func (t tool) backup(ctx context.Context, path string, force bool) error {
	if postgres.IsURL(t.db) {
		return errors.New("backup copies a SQLite database: for PostgreSQL use pg_dump --format=custom --file=FILE and the URL of the database")
	}
	return t.reading(func() error {
		db, err := sqlite.OpenReadOnly(ctx, t.db, t.log())
		if err != nil {
			return err
		}
		bar := t.newMeter(true)
		b, err := backup.Make(ctx, db, path, backup.Options{Force: force, Progress: func(stage backup.Stage, done, total int64) {
			if stage == backup.Copying {
				bar.show(string(stage), done, total)
			} else {
				bar.clear()
			}
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
	broken := quiet.backup(ctx, path, false)
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
