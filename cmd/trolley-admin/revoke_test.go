package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"trolley/test/pgtest"
)

// shopOfMany returns the file of a closed shop with so many sessions, and an order.
func shopOfMany(t *testing.T, sessions int) string {
	t.Helper()
	path := usedShop(t)
	damage(t, path, fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO sessions (token, data, expiry) SELECT printf('%%042dA', i), CAST('{"v":1,"deadline":"2099-12-23T10:14:00Z","values":{}}' AS BLOB), julianday('2099-12-23') FROM n`, sessions))
	return path
}

// What older versions set aside, they may have left: it is in a backup, since that
// is all of the file, and is not moved.
func TestRevokedRowsAreNotMoved(t *testing.T) {
	t.Parallel()
	db, backup, to := shopOfMany(t, 600), filepath.Join(t.TempDir(), "backup.db"), pgtest.New(t)
	damage(t, db, "CREATE TABLE revoked_sessions_1764281400000 AS SELECT * FROM sessions")
	if d := must(t, admin(t, db, "revoke", "-all", "-yes")); d.stdout != "Ended 602 sessions.\n" {
		t.Errorf("it said %q", d.stdout)
	}
	if d := must(t, admin(t, db, "sessions")); !strings.Contains(d.stdout, "0 of 0 alive; 0 expired") {
		t.Errorf("left:\n%s", d.stdout)
	}
	must(t, admin(t, db, "backup", backup))
	must(t, admin(t, db, "verify", backup))
	if d := moves(t, db, to); !strings.Contains(d.stdout, "ok     sessions            0 rows\n") {
		t.Errorf("it said\n%s", d.stdout)
	}
	must(t, admin(t, to, "verify"))
}
