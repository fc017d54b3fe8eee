package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trolley/internal/store"
	"trolley/test/pgtest"
)

// revokeUntil ends all sessions, and stops for good when so many batches of their
// rows are removed.
func revokeUntil(batches int, db string) int {
	ctx := context.Background()
	stop := func() {
		fmt.Println("here")
		select {}
	}
	s, err := store.OpenExisting(ctx, db, slog.New(slog.DiscardHandler))
	if err == nil {
		_, err = s.RevokeAll(ctx)
	}
	if err == nil && batches == 0 {
		stop()
	}
	if err == nil {
		err = s.RemoveRevoked(ctx, func(int, int) {
			if batches--; batches == 0 {
				stop()
			}
		})
	}
	fmt.Println("finished:", err)
	return 1
}

// shopOfMany returns the file of a closed shop with so many sessions, and an order.
func shopOfMany(t *testing.T, sessions int) string {
	t.Helper()
	path := usedShop(t)
	damage(t, path, fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO sessions (token, data, expiry) SELECT printf('%%042dA', i), CAST('{"v":1,"deadline":"2099-12-23T10:14:00Z","values":{}}' AS BLOB), julianday('2099-12-23') FROM n`, sessions))
	return path
}

// Wherever revoke -all is killed, every session is over, what it left is a good
// database, and the next one removes the rows.
func TestAKilledRevokeAllIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	for _, batches := range []int{0, 1, 2} {
		t.Run(strconv.Itoa(batches), func(t *testing.T) {
			t.Parallel()
			db := shopOfMany(t, 1200)
			if !kill(t, stopRevokeAt+"="+strconv.Itoa(batches), db) {
				t.Fatal("it was finished before it was killed")
			}
			if d := must(t, admin(t, db, "sessions")); !strings.Contains(d.stdout, "0 of 0 alive; 0 expired") {
				t.Errorf("left:\n%s", d.stdout)
			}
			wantAside(t, db, 1)
			must(t, admin(t, db, "verify"))
			if d := must(t, admin(t, db, "revoke", "-all", "-yes")); d.stdout != "Ended 0 sessions.\n" {
				t.Errorf("the next one said %q", d.stdout)
			}
			wantAside(t, db, 0)
			must(t, admin(t, db, "verify"))
		})
	}
}

// What is set aside is in a backup, since that is all of the file, and is not moved.
func TestRevokedRowsAreNotMoved(t *testing.T) {
	t.Parallel()
	db, backup, to := shopOfMany(t, 600), filepath.Join(t.TempDir(), "backup.db"), pgtest.New(t)
	kill(t, stopRevokeAt+"=0", db)
	must(t, admin(t, db, "backup", backup))
	must(t, admin(t, db, "verify", backup))
	if d := moves(t, db, to); !strings.Contains(d.stdout, "ok     sessions            0 rows\n") {
		t.Errorf("it said\n%s", d.stdout)
	}
	must(t, admin(t, to, "verify"))
	wantAside(t, db, 1)
}

// wantAside fails the test unless so many tables of revoked sessions are in a file.
func wantAside(t *testing.T, db string, want int) {
	t.Helper()
	s, err := store.OpenReadOnly(t.Context(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got int
	const tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'revoked_sessions_%' AND type = 'table'"
	if err := s.Read().QueryRowContext(t.Context(), tables).Scan(&got); err != nil || got != want {
		t.Errorf("%d tables are set aside, want %d: %v", got, want, err)
	}
}
