package minishop

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/test/pgtest"
)

// Engine makes databases of one kind, which may have the schema already.
type Engine struct {
	Name string
	New  func(testing.TB) (dsn string)
}

// SQLite and Postgres are the engines.
var (
	SQLite   = Engine{"sqlite", func(t testing.TB) string { return filepath.Join(t.TempDir(), "trolley.db") }}
	Postgres = Engine{"postgres", func(t testing.TB) string { return migrated.New(t) }}
)

var migrated = pgtest.Template{Prepare: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return s.Close()
}}

// OnEachEngine runs a test of what both engines have in common.
func OnEachEngine(t *testing.T, test func(*testing.T, Engine)) {
	t.Helper()
	for _, e := range []Engine{SQLite, Postgres} {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

// OpenStore opens a database until the test ends.
func OpenStore(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Exec changes a database.
func Exec(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// Count returns the number that a query selects.
func Count(t testing.TB, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Harm runs SQL on a file, of which SQLite checks nothing that it need not.
func Harm(t testing.TB, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=ignore_check_constraints(1)&_pragma=foreign_keys(0)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	Exec(t, db, text)
}

// CopyFile copies a file.
func CopyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err := errors.Join(err, os.WriteFile(to, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// The category of the products that tests make, apart from those of the shop.
const testCategory = "test-things"

// Contact is that of every buyer.
var Contact = cart.Contact{Name: "Ada", Email: "ada@example.com", Address: "1 Analytical Row\nLondon"}

// AddProduct adds the product sku, whose name is its SKU in capitals.
func AddProduct(t testing.TB, s *store.Store, sku string, price, stock int) cart.Product {
	t.Helper()
	Exec(t, s.Write(), `INSERT INTO categories (slug, name, position) VALUES ($1, 'Test things', 9000)
		ON CONFLICT DO NOTHING`, testCategory)
	Exec(t, s.Write(), `INSERT INTO products (sku, name, description, category, price, stock)
		VALUES ($1, $2, 'Made for a test.', $3, $4, $5) ON CONFLICT DO NOTHING`, sku, strings.ToUpper(sku), testCategory, price, stock)
	p, err := s.Product(t.Context(), sku)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Used makes dsn a closed shop with one order, and one session that has two units of
// each of two products in its cart.
func Used(t testing.TB, dsn string) {
	t.Helper()
	s := Open(t, dsn)
	buyer := s.Must("/add", "")
	s.Must("/order", s.Must("/add", buyer.Cookie).Cookie)
	s.Must("/add", s.Must("/add", "").Cookie)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Folder returns the name and the digest of every file next to path. The -shm
// holds locks, not data: readers write to it.
func Folder(t testing.TB, path string) map[string][sha256.Size]byte {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][sha256.Size]byte{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "-shm") {
			files[e.Name()] = [sha256.Size]byte{}
			continue
		}
		data, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = sha256.Sum256(data)
	}
	return files
}
