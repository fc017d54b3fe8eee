package migrations

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
)

// Both engines sell the same, and have the same versions.
func TestTheCatalogueIsTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"00002_catalogue.sql"} {
		a, errA := fs.ReadFile(FS, "sqlite/"+file)
		b, errB := fs.ReadFile(FS, "postgres/"+file)
		if err := errors.Join(errA, errB); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between the engines (%v)", file, err)
		}
	}
	if a, b := SQLite().Newest(), Postgres().Newest(); a != b {
		t.Errorf("%d migrations for SQLite and %d for PostgreSQL", a, b)
	}
}
