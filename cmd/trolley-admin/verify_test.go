package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// damage changes the database at path without any of SQLite's own checks.
func damage(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=ignore_check_constraints(1)&_pragma=foreign_keys(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

const wrongStock = `WRONG  stock               2 of 24 products
       - the stock of bread-knife is -3
         SELECT * FROM products WHERE sku = 'bread-knife';
       - the stock of tea-towel is -1
         SELECT * FROM products WHERE sku = 'tea-towel';
`

func TestVerifySaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	db := usedShop(t)
	damage(t, db, "UPDATE products SET stock = -3 WHERE sku = 'bread-knife'; UPDATE products SET stock = -1 WHERE sku = 'tea-towel'")
	d := admin(t, db, "verify")
	if d.code != 1 || !strings.Contains(d.stdout, wrongStock) || !strings.Contains(d.stdout, "ok     order totals        1 order\n") {
		t.Errorf("exit code %d\n%s", d.code, d.stdout)
	}
	if want := "trolley-admin: " + db + ": 4 things are wrong, see above\n"; d.stderr != want {
		t.Errorf("it said %q, want %q", d.stderr, want)
	}
}

// One wrong row must not cost the shop its backups; but somebody must hear of it.
func TestABackupOfAWrongRowIsMadeAndSaysSo(t *testing.T) {
	t.Parallel()
	db, to := usedShop(t), filepath.Join(t.TempDir(), "backup.db")
	damage(t, db, "UPDATE sessions SET data = x'00'")
	d := admin(t, db, "backup", to)
	if d.code != exitBroken || !strings.Contains(d.stderr, "WRONG  sessions") || !strings.HasPrefix(d.stdout, to) {
		t.Errorf("exit code %d\n%s%s", d.code, d.stdout, d.stderr)
	}
	if d := admin(t, db, "verify", to); d.code != exitFailed {
		t.Errorf("verify of it: %+v", d)
	}
}

func TestABackupOfANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	db, to := usedShop(t), filepath.Join(t.TempDir(), "backup.db")
	damage(t, db, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	d := admin(t, db, "backup", to)
	if d.code != exitFailed || !strings.Contains(d.stderr, "use the newer program") {
		t.Errorf("%+v", d)
	}
	if left := filesOf(t, filepath.Dir(to)); left != nil {
		t.Errorf("the folder holds %v", left)
	}
}
