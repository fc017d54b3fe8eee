package store

import (
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trolley/internal/cart"
)

// openStore opens a new database in a folder of its own.
func openStore(t *testing.T) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "trolley.db"))
}

func openAt(t *testing.T, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
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

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func count(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// The category of the products that tests make, apart from those of the shop.
const testCategory = "test-things"

// addProduct adds the product sku, whose name is its SKU in capitals.
func addProduct(t *testing.T, s *Store, sku string, price, stock int) cart.Product {
	t.Helper()
	mustExec(t, s.Write(), `INSERT INTO categories (slug, name, position) VALUES ($1, 'Test things', 9000)
		ON CONFLICT DO NOTHING`, testCategory)
	mustExec(t, s.Write(), `INSERT INTO products (sku, name, description, category, price, stock)
		VALUES ($1, $2, 'Made for a test.', $3, $4, $5) ON CONFLICT DO NOTHING`, sku, strings.ToUpper(sku), testCategory, price, stock)
	p, err := s.Product(t.Context(), sku)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newPlacement returns a new cart of quantity of each product, as it was shown.
func newPlacement(t *testing.T, s *Store, quantity int, products ...cart.Product) Placement {
	t.Helper()
	c := cart.Cart{}
	bySKU := map[string]cart.Product{}
	for _, p := range products {
		bySKU[p.SKU] = p
		var got cart.Outcome
		if c, got = c.Add(p, quantity); got.Got != quantity {
			t.Fatalf("added %d of %s, want %d", got.Got, p.SKU, quantity)
		}
	}
	quote, err := c.Quote(bySKU)
	if err != nil {
		t.Fatal(err)
	}
	return Placement{Cart: c, Shown: quote.Shown(), Contact: testContact}
}

var testContact = cart.Contact{Name: "Ada", Email: "ada@example.com", Address: "1 Analytical Row\nLondon"}

func stockOf(t *testing.T, s *Store, sku string) int {
	t.Helper()
	return count(t, s.Read(), "SELECT stock FROM products WHERE sku = $1", sku)
}

func TestCloseLeavesOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "trolley.db"))
	addProduct(t, s, "test-mug", 100, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "trolley.db" {
		t.Errorf("the folder holds %v, want trolley.db alone", entries)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestCloseEmptiesTheLogWhileAnotherProcessHasItOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trolley.db")
	s, other := openAt(t, path), openAt(t, path)
	addProduct(t, s, "test-mug", 100, 1)
	if err := other.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the log: %v, %v; want it empty", info, err)
	}
}

func TestPingNoticesThatTheFileIsNoLongerThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trolley.db")
	s, err := Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("after a rename: Ping returned %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("after a replacement: Ping returned %v", err)
	}
}

func TestReadsGoOnWhileAWriteIsOpen(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	addProduct(t, s, "test-mug", 100, 5)
	tx, err := s.Write().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), "UPDATE products SET stock = 4 WHERE sku = 'test-mug'"); err != nil {
		t.Fatal(err)
	}
	if got := stockOf(t, s, "test-mug"); got != 5 {
		t.Errorf("a reader saw stock %d, which is not committed", got)
	}
}

// A shop whose sessions are gone can store nothing.
func TestPingMissesTheSessions(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		if _, err := s.Write().ExecContext(t.Context(), "ALTER TABLE sessions RENAME TO others"); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Error("ready")
		}
	})
}
