package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trolley/internal/cart"
	"trolley/internal/store"
)

// disaster is a shop that was backed up in the middle of its work, and whose
// process then ended without a word.
type disaster struct {
	db, backup          string
	earlyOrder, shopper string // before the backup: an order; a cookie with one mug
	lateOrder           string
}

// strike returns the disaster. The database stays open, as a killed process
// leaves it: with a -wal.
func strike(t *testing.T) (d disaster) {
	t.Helper()
	d.db, d.backup = newFile(t), filepath.Join(t.TempDir(), "backup.db")
	s := openShop(t, d.db)
	_, buyer := s.send("POST", "/add", "")
	d.earlyOrder, buyer = s.send("POST", "/order", buyer)
	_, d.shopper = s.send("POST", "/add", "")
	must(t, admin(t, d.db, "backup", d.backup))
	s.send("POST", "/add", d.shopper)
	s.send("POST", "/add", buyer)
	d.lateOrder, _ = s.send("POST", "/order", buyer)
	return d
}

// put copies files as they are.
func put(t *testing.T, files map[string]string) {
	t.Helper()
	for from, to := range files {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The drill of docs/operating.md, into the place of a database that was killed.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	d, db := strike(t), newFile(t)
	put(t, map[string]string{d.db: db, d.db + "-wal": db + "-wal"})

	put(t, map[string]string{d.backup: db})
	if err := os.Remove(db + "-wal"); err != nil {
		t.Fatal(err)
	}
	s := openShop(t, db)
	if _, err := s.Order(t.Context(), cart.OrderNumber(d.earlyOrder)); err != nil {
		t.Errorf("the order from before the backup: %v", err)
	}
	if _, err := s.Order(t.Context(), cart.OrderNumber(d.lateOrder)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the order from after the backup: %v, want ErrNotFound", err)
	}
	if units, _ := s.send("GET", "/", d.shopper); units != "1" {
		t.Errorf("the shopper has %s units in the cart, want 1", units)
	}
	if units, _ := s.send("POST", "/add", d.shopper); units != "2" {
		t.Errorf("one more makes %s, want 2", units)
	}
	must(t, admin(t, db, "verify"))
}

// Why the drill deletes the -wal: SQLite cannot know that it is another file's,
// and applies it.
func TestAForgottenLogUndoesARestore(t *testing.T) {
	t.Parallel()
	d, db := strike(t), newFile(t)
	put(t, map[string]string{d.backup: db, d.db + "-wal": db + "-wal"})
	s, err := store.Open(t.Context(), db, tool{env: env{stderr: t.Output()}}.log())
	if err != nil {
		return // noticed: better than what follows
	}
	defer s.Close()
	if _, err := s.Order(t.Context(), cart.OrderNumber(d.lateOrder)); err != nil {
		t.Errorf("the log was not applied (%v): is the drill still right?", err)
	}
}

// A backup on standard output is the same whole database, and nothing else is in it.
func TestBackupToStandardOutputIsWhole(t *testing.T) {
	t.Parallel()
	d, db := strike(t), newFile(t)
	out := admin(t, d.db, "backup", "-")
	if out.code != 0 || !strings.Contains(out.stderr, "checked") {
		t.Fatalf("exit code %d: %s", out.code, out.stderr)
	}
	if err := os.WriteFile(db, []byte(out.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, admin(t, db, "verify"))
	if listed := must(t, admin(t, db, "orders")).stdout; !strings.Contains(listed, cart.OrderNumber(d.lateOrder).String()) {
		t.Errorf("the copy's orders:\n%s", listed)
	}
}
