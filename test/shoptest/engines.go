package shoptest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/test/pgtest"
)

// engineVariable is the environment variable that has all shops of the tests
// keep everything in PostgreSQL, where it holds "postgres". What tests need of
// SQLite itself they skip then.
const engineVariable = "TROLLEY_TEST_ENGINE"

// Database returns the name of a new database for a shop.
func Database(t testing.TB) string {
	t.Helper()
	if OnPostgres() {
		return Migrated.New(t)
	}
	return sqliteFile(t)
}

// sqliteFile returns the path of a new SQLite database, as the first start of a
// shop leaves it. To copy it takes a fraction of what the migrations take.
func sqliteFile(t testing.TB) string {
	t.Helper()
	content, err := migratedFile()
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := errors.Join(err, os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "trolley")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "shop.db")
	s, err := store.Open(context.Background(), path, Discard())
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func OnPostgres() bool { return os.Getenv(engineVariable) == "postgres" }

// AboutSQLite skips a test that is about SQLite where the shops are on another engine.
func AboutSQLite(t testing.TB) {
	t.Helper()
	if OnPostgres() {
		t.Skip("about SQLite")
	}
}

// OnEngine returns the one of two texts that is for the engine of the shops.
func OnEngine(sqlite, postgres string) string {
	if OnPostgres() {
		return postgres
	}
	return sqlite
}

// Tomorrow is a time for the column sessions.expiry.
func (s *Shop) Tomorrow() any {
	at := time.Now().Add(24 * time.Hour)
	if s.Store.Engine() == store.Postgres {
		return at
	}
	return 2440587.5 + float64(at.UnixMilli())/86_400_000 // a Julian day
}

// ContentsPostgres is what shop.contents asks PostgreSQL.
const ContentsPostgres = `SELECT concat(
	(SELECT string_agg(concat(table_name, column_name, data_type), E'\n' ORDER BY table_name, column_name) FROM information_schema.columns WHERE table_schema = 'public'),
	(SELECT string_agg(concat(sku, name, description, category, price, ' ', stock, position, withdrawn), E'\n' ORDER BY sku) FROM products),
	(SELECT string_agg(concat(slug, name, position), E'\n' ORDER BY slug) FROM categories),
	(SELECT COUNT(*) FROM orders), ' orders ', (SELECT COUNT(*) FROM order_lines), ' lines')`

var Migrated = pgtest.Template{Prepare: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return s.Close()
}}
