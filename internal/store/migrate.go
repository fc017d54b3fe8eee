package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"

	"github.com/pressly/goose/v3"
)

// migrator returns goose's own, told to be silent and to know no other
// migrations than those in files.
func migrator(dialect goose.Dialect, db *sql.DB, files fs.FS) (*goose.Provider, error) {
	return goose.NewProvider(dialect, db, files,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
}

// newest returns the version that the last migration of p leads to.
func newest(p *goose.Provider) int64 {
	sources := p.ListSources()
	return sources[len(sources)-1].Version
}

// failedMigration returns the error of a run with the file in which it ended.
func failedMigration(err error) error {
	var partial *goose.PartialError
	if errors.As(err, &partial) && partial.Failed != nil {
		return fmt.Errorf("migrate: %s: %w", path.Base(partial.Failed.Source.Path), partial.Err)
	}
	return fmt.Errorf("migrate: %w", err)
}

func logMigrations(log *slog.Logger, results []*goose.MigrationResult) {
	for _, r := range results {
		log.Info("database migrated", "version", r.Source.Version, "file", path.Base(r.Source.Path), "took", r.Duration)
	}
}

// isCurrent reports whether a database of version current needs no migration. A
// newer one is refused: the old program would break rules that it does not know.
func isCurrent(current, newest int64) (bool, error) {
	if current > newest {
		return false, fmt.Errorf("its schema has version %d and this program knows versions up to %d: "+
			"start the newer program, or restore the backup from before the upgrade", current, newest)
	}
	return current == newest, nil
}
