package verify

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trolley/internal/sqlite"
	"trolley/internal/store"
	"trolley/migrations"
	"trolley/session"
	"trolley/test/minishop"
)

// verified returns what Verify says of the database dsn.
func verified(t *testing.T, dsn string) []Check {
	t.Helper()
	s, err := store.OpenReadOnly(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var checks []Check
	err = Database{DB: s.Read(), File: s.File()}.Verify(t.Context(), func(c Check) { checks = append(checks, c) })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// describe returns the names of the checks that found something, and all that
// they found.
func describe(checks []Check) (names []string, text string) {
	var b strings.Builder
	for _, c := range checks {
		if c.Wrong > 0 {
			names = append(names, c.Name)
		}
		for _, f := range c.Findings {
			fmt.Fprintf(&b, "%s: %s [%s]\n", c.Name, f.Text, f.Query)
		}
	}
	return names, b.String()
}

func TestVerifyFindsNothingWrongWithAUsedShop(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		minishop.Used(t, dsn)
		checks := verified(t, dsn)
		if names, text := describe(checks); names != nil {
			t.Errorf("findings in %v:\n%s", names, text)
		}
		seen := map[string]int{}
		for _, c := range checks {
			seen[c.Name] = c.Seen
		}
		for name, want := range map[string]int{
			"schema": migrations.SQLite().Newest(), "stock": 26, "order numbers": 1, "order lines": 2, "order totals": 1,
			"order quantities": 1, "one order per cart": 1, "sessions": 2, "session expiry": 2, "carts": 1, "carts and orders": 1,
			"rules": map[string]int{"sqlite": writtenRules(t)}[e.Name],
		} {
			if seen[name] != want {
				t.Errorf("%s: %d seen, want %d", name, seen[name], want)
			}
		}
	})
}

// writtenRules is how many CHECKs the migrations have.
func writtenRules(t *testing.T) (n int) {
	t.Helper()
	err := fs.WalkDir(migrations.FS, "sqlite", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.FS, path)
		n += strings.Count(string(text), "CHECK (")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// More than one batch of each, so that none is left out at the seams.
func TestVerifyReadsEveryRow(t *testing.T) {
	t.Parallel()
	dsn := minishop.SQLite.New(t)
	s := minishop.OpenStore(t, dsn)
	const many = 2*batch + 1
	minishop.Exec(t, s.Write(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
INSERT INTO sessions (token, data, expiry) SELECT printf('%043d', i), CAST('broken' AS BLOB), 1 FROM n`, many)
	for _, c := range verified(t, dsn) {
		if c.Name == "sessions" && (c.Seen != many || c.Wrong != many || len(c.Findings) != MaxFindings) {
			t.Errorf("%d seen, %d wrong, %d described; want %d, all wrong, %d described", c.Seen, c.Wrong, len(c.Findings), many, MaxFindings)
		}
	}
}

// A row as the shop stored it at f461642 is read to the last value.
func TestAStoredSessionIsDecoded(t *testing.T) {
	t.Parallel()
	row, err := os.ReadFile("testdata/session.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/session.txt")
	if err != nil {
		t.Fatal(err)
	}
	stored, err := session.Decode(row)
	got := fmt.Sprintf("created %s\ndeadline %s\nremembered %v\n", stored.Created, stored.Deadline, stored.Remembered)
	for _, v := range stored.Values {
		got += fmt.Sprintf("%s %s\n", v.Key, v.JSON)
	}
	if got != string(want) || err != nil {
		t.Errorf("decoded, %v:\n%swant:\n%s", err, got, want)
	}
}

// defect breaks one promise of a used shop.
type defect struct {
	name  string
	harm  string   // SQL, run without any of SQLite's own checks
	wrong []string // the checks that must find something, and no other
	text  string   // in what they find
	query string   // in how to find the row
}

const theCart = "json_extract(CAST(data AS TEXT), '$.values.cart.id')"

// anAccount inserts an account.
func anAccount(email, hash, cart string) string {
	return fmt.Sprintf(`INSERT INTO accounts (id, email, password, cart, created_at) VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaa', '%s', '%s', %s, 1)`, email, hash, cart)
}

const (
	aHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	aCart = `(SELECT json_object('id', cart_id, 'currency', 'EUR', 'lines', json('[]')) FROM orders)`
)

var defects = []defect{
	{"an email that is not found", anAccount("Ada@example.com", aHash, "''"),
		[]string{"accounts"}, "account aaaaaaaa: its email is not in its one form", "FROM accounts WHERE id = 'aaaaaaaaaaaaaaaaaaaaaaaaaa'"},
	{"a hash that no password has", anAccount("ada@example.com", "$argon2id$v=19$m=4000000000,t=1,p=1$AAAA$AAAA", "''"),
		[]string{"accounts"}, "parameters of a hash", "FROM accounts"},
	{"an account's cart not JSON", anAccount("ada@example.com", aHash, `'{"id":'`),
		[]string{"carts of accounts"}, "unexpected end of JSON", "FROM accounts"},
	{"an account's cart that is an order", anAccount("ada@example.com", aHash, aCart),
		[]string{"carts of accounts and orders"}, "its cart is order ", "FROM accounts"},
	{"stock below zero", "UPDATE products SET stock = -2 WHERE sku = 'tea-towel'",
		[]string{"rules", "stock"}, "the stock of tea-towel is -2", "FROM products WHERE sku = 'tea-towel'"},
	{"total", "UPDATE orders SET total = total + 1",
		[]string{"order totals"}, "has total 5501, and its 2 lines sum to 5500", "FROM orders WHERE number = '"},
	{"line total", "UPDATE order_lines SET line_total = line_total - 1 WHERE position = 2; UPDATE orders SET total = total - 1",
		[]string{"rules", "order lines"}, "line 2 of order ", "AND position = 2"},
	{"line total too large", "UPDATE order_lines SET unit_price = 9223372036854775807 WHERE position = 1",
		[]string{"rules", "order lines"}, " is more than fits", "AND position = 1"},
	{"total too large", "UPDATE order_lines SET line_total = 9223372036854775807",
		[]string{"rules", "order lines", "order totals"}, "sum to more than fits", "FROM orders"},
	{"quantity", "UPDATE orders SET quantity = 5",
		[]string{"order quantities"}, "has quantity 5, and its 2 lines sum to 4", "FROM orders"},
	{"an order without lines", "DELETE FROM order_lines",
		[]string{"order totals", "order quantities"}, "its 0 lines sum to 0", "FROM orders"},
	{"lines without an order", "DELETE FROM orders",
		[]string{"references"}, "of order_lines refers to a row that is not in orders", `FROM "order_lines" WHERE rowid = `},
	{"two orders of one cart", `PRAGMA legacy_alter_table = 1; ALTER TABLE orders RENAME TO old;
		CREATE TABLE orders (number TEXT PRIMARY KEY, cart_id TEXT, name TEXT, email TEXT, address TEXT, currency TEXT, quantity INTEGER, total INTEGER, placed_at INTEGER, cancelled_at INTEGER, postcode TEXT, town TEXT, country TEXT) STRICT;
		INSERT INTO orders SELECT * FROM old; INSERT INTO orders SELECT '00000000000' || '0', cart_id, name, email, address, currency, 0, 0, placed_at, cancelled_at, postcode, town, country FROM old; DROP TABLE old`,
		[]string{"one order per cart"}, " became 2 orders", "FROM orders WHERE cart_id = '"},
	{"order number", "UPDATE orders SET number = '000000000001'; UPDATE order_lines SET order_number = '000000000001'",
		[]string{"order numbers"}, "000000000001 is no order number", "number = '000000000001'"},
	{"session not JSON", "UPDATE sessions SET data = CAST('{' AS BLOB)",
		[]string{"sessions"}, "unexpected end of JSON", "FROM sessions WHERE substr(token, 1, 12) = '"},
	{"session without a version", "UPDATE sessions SET data = CAST(json_remove(CAST(data AS TEXT), '$.v') AS BLOB)",
		[]string{"sessions"}, "version 0, deadline 20", "FROM sessions"},
	{"session without a deadline", "UPDATE sessions SET data = CAST(json_remove(CAST(data AS TEXT), '$.deadline') AS BLOB)",
		[]string{"sessions"}, "deadline 0001-01-01", "FROM sessions"},
	{"session of another token", "UPDATE sessions SET token = 'x' || token",
		[]string{"sessions"}, "not a SHA-256", "FROM sessions"},
	{"session past its deadline", "UPDATE sessions SET expiry = expiry + 1.0 / 24",
		[]string{"session expiry"}, "after its deadline", "FROM sessions"},
	{"cart over a limit", "UPDATE sessions SET data = CAST(json_set(CAST(data AS TEXT), '$.values.cart.lines[1].quantity', 21) AS BLOB) WHERE " + theCart + " IS NOT NULL",
		[]string{"carts"}, "quantity 21", "FROM sessions"},
	{"cart that is an order", "UPDATE orders SET cart_id = (SELECT " + theCart + " FROM sessions WHERE " + theCart + " IS NOT NULL)",
		[]string{"carts and orders"}, "its cart is order ", "FROM sessions"},
	{"a rule of the schema", "UPDATE orders SET email = ''",
		[]string{"rules"}, "CHECK constraint failed in orders: length(email) BETWEEN", `FROM "orders" WHERE "number" = '`},
	{"a rule of a table without rowids", "INSERT INTO ended_sessions (token, ended_at, renewed) VALUES ('x', 1, 2)",
		[]string{"rules"}, "CHECK constraint failed in ended_sessions: renewed IN (0, 1)", `substr(token, 1, 12) = 'x'`},
	{"a number that PostgreSQL does not hold", "UPDATE products SET position = 1764273600000 WHERE sku = 'tote'",
		[]string{"values"}, "position of a row of products is 1764273600000", `"sku" = 'tote'`},
	{"another such number", "UPDATE categories SET position = -3000000000 WHERE slug = 'desk'",
		[]string{"values"}, "position of a row of categories", `"slug" = 'desk'`},
	{"text with a NUL", "UPDATE products SET name = name || char(0) WHERE sku = 'tote'",
		[]string{"values"}, "name of a row of products has a NUL", `"sku" = 'tote'`},
	{"text that is not UTF-8", "UPDATE order_lines SET name = CAST(x'4bc3ff80' AS TEXT) WHERE position = 2",
		[]string{"values"}, "name of a row of order_lines is not UTF-8", `"position" = 2`},
	{"a key that PostgreSQL does not index", "UPDATE order_lines SET sku = printf('%.3000c', 'x') WHERE position = 1",
		[]string{"values"}, "sku of a row of order_lines has 3000 bytes", `"position" = 1`},
	{"a session that is over before all time", "UPDATE sessions SET expiry = -5",
		[]string{"session expiry"}, "it expires before all time", "FROM sessions"},
	{"a session that is never over", "UPDATE sessions SET expiry = 9e999",
		[]string{"session expiry"}, "after its deadline", "FROM sessions"},
	{"a session that is not UTF-8", "UPDATE sessions SET data = CAST(replace(CAST(data AS TEXT), 'v', CAST(x'ff' AS TEXT)) AS BLOB)",
		[]string{"sessions"}, "it is not UTF-8 text", "FROM sessions"},
	{"newer schema", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)",
		[]string{"schema"}, "its version is 999", "FROM goose_db_version"},
	{"no schema", "DROP TABLE goose_db_version",
		[]string{"schema"}, "no schema of a shop", ""},
	{"no table", "DROP TABLE sessions",
		[]string{"sessions"}, "no such table: sessions", ""},
}

func TestVerifyNamesEveryDefect(t *testing.T) {
	t.Parallel()
	sound := minishop.SQLite.New(t)
	minishop.Used(t, sound)
	for _, d := range defects {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			path := minishop.SQLite.New(t)
			minishop.CopyFile(t, sound, path)
			minishop.Harm(t, path, d.harm)
			names, text := describe(verified(t, path))
			if !slices.Equal(names, d.wrong) {
				t.Errorf("findings in %v, want them in %v:\n%s", names, d.wrong, text)
			}
			if !strings.Contains(text, d.text) || !strings.Contains(text, d.query) {
				t.Errorf("findings:\n%s\nwant %q and %q among them", text, d.text, d.query)
			}
		})
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	sound := minishop.SQLite.New(t)
	minishop.Used(t, sound)
	for name, damage := range map[string]func(data []byte) []byte{
		"a page overwritten": func(data []byte) []byte { clear(data[5*4096 : 6*4096]); return data },
		"cut short":          func(data []byte) []byte { return data[:len(data)-3*4096] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(sound)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "trolley.db")
			if err := os.WriteFile(path, damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := sqlite.OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
			if err != nil {
				if !strings.Contains(err.Error(), "it is damaged") {
					t.Error(err)
				}
				return
			}
			defer s.Close()
			damaged := false
			err = Database{DB: s.Read, File: s}.Verify(t.Context(), func(c Check) { damaged = damaged || c.Damaged() })
			if err != nil || !damaged {
				t.Errorf("damage found: %v, %v", damaged, err)
			}
		})
	}
}

func TestVerifyFindsASessionPastItsDeadlineInPostgres(t *testing.T) {
	t.Parallel()
	dsn := minishop.Postgres.New(t)
	minishop.Used(t, dsn)
	minishop.Exec(t, minishop.OpenStore(t, dsn).Write(), "UPDATE sessions SET expiry = expiry + INTERVAL '2 seconds'")
	if names, text := describe(verified(t, dsn)); !slices.Equal(names, []string{"session expiry"}) {
		t.Errorf("findings in %v:\n%s", names, text)
	}
}

// Whatever its token is, a session is checked once.
func TestEverySessionIsCheckedOnce(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	minishop.Used(t, path)
	minishop.Harm(t, path, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 255)
INSERT INTO sessions (token, data, expiry) SELECT CAST(unhex(printf('%02x', i)) AS TEXT), x'7b7d', 1 FROM n`)
	for _, c := range verified(t, path) {
		if c.Name == "sessions" && c.Seen != 255+2 {
			t.Errorf("%d sessions were checked, want %d", c.Seen, 255+2)
		}
	}
}
