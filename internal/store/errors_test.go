package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

func TestUnavailableIsToldFromWrong(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	addProduct(t, s, "test-mug", 100, 1)
	_, wrong := s.Write().ExecContext(t.Context(), "SELEC 1")
	_, rule := s.Write().ExecContext(t.Context(), "UPDATE products SET stock = -1 WHERE sku = 'test-mug'")
	_, readOnly := s.Read().ExecContext(t.Context(), "UPDATE products SET stock = 1")
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, late0 := s.Product(late, "test-mug")
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nil": {nil, false}, "wrong SQL": {wrong, false}, "broken rule": {rule, false}, "not found": {ErrNotFound, false},
		"left": {context.Canceled, false}, "read-only": {readOnly, true}, "too late": {late0, true},
		"wrapped": {fmt.Errorf("page: %w", readOnly), true}, "joined": {errors.Join(ErrNotFound, readOnly), true},
	} {
		if got := IsUnavailable(c.err); got != c.want || IsConflict(c.err) {
			t.Errorf("%s: IsUnavailable(%v) = %v, IsConflict = %v; want %v, false", name, c.err, got, IsConflict(c.err), c.want)
		}
	}
}

// A full disk: SQLite may not make the file any larger.
func TestAFullDatabaseIsUnavailableAndStaysReadable(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	mug := addProduct(t, s, "test-mug", 100, 1000)
	mustExec(t, s.Write(), "PRAGMA max_page_count = 1") // means: no more than there are
	var err error
	for range 1000 { // at most, until the room in the last pages is used up
		if _, err = s.PlaceOrder(t.Context(), newPlacement(t, s, 1, mug), nil); err != nil {
			break
		}
	}
	if !IsUnavailable(err) {
		t.Errorf("PlaceOrder = %v, which is not seen as unavailable", err)
	}
	if _, err := s.Product(t.Context(), "test-mug"); err != nil {
		t.Errorf("reading: %v", err)
	}
}

func TestATransactionThatReadTooEarlyIsAConflict(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trolley.db")
	s := openAt(t, path)
	addProduct(t, s, "test-mug", 100, 1)
	deferred := sql.OpenDB(connectorOf(t, "file:"+path+"?_pragma=busy_timeout(2000)"))
	defer deferred.Close()
	tx, err := deferred.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true}) // which the driver begins as DEFERRED
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	var stock int
	if err := tx.QueryRowContext(t.Context(), "SELECT stock FROM products WHERE sku = 'test-mug'").Scan(&stock); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Write(), "UPDATE products SET stock = 2 WHERE sku = 'test-mug'")
	if _, err := tx.ExecContext(t.Context(), "UPDATE products SET stock = 3 WHERE sku = 'test-mug'"); !IsConflict(err) || !IsUnavailable(err) {
		t.Errorf("the second write: %v, want a conflict, which is unavailable as well", err)
	}
}
