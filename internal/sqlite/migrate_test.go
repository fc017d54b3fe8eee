package sqlite

import (
	"database/sql"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"trolley/migrations"
)

func TestAFailedMigrationLeavesTheDatabaseAsItWas(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	files := fstest.MapFS{
		"00001_fine.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE fine (x TEXT) STRICT;\n")},
		"00002_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABLE half (x TEXT) STRICT;\nCREATE TABLE fine (x TEXT) STRICT;\n")},
	}
	log := slog.New(slog.DiscardHandler)
	f, _, err := createOrAdopt(t.Context(), path, log)
	if err != nil {
		t.Fatal(err)
	}
	set := migrations.SQLite()
	set.Files = files
	err = f.migrate(t.Context(), set, log)
	if err == nil || !strings.Contains(err.Error(), "00002_broken.sql") {
		t.Errorf("migrate = %v, want an error that names the file", err)
	}
	db := sql.OpenDB(f.connector(shopWriter))
	defer db.Close()
	if got := count(t, db, "SELECT COUNT(*) FROM sqlite_schema"); got != 0 {
		t.Errorf("%d tables and indexes are left of it", got)
	}
}
