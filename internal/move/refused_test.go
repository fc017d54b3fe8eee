package move

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trolley/test/minishop"
	"trolley/test/pgtest"
)

// refused fails the test unless a move is refused for a reason that has the given words.
func refused(t *testing.T, from, to, want string) {
	t.Helper()
	_, err := Run(t.Context(), from, to, Options{})
	if err == nil || errors.Is(err, ErrUnfinished) || !strings.Contains(err.Error(), want) {
		t.Errorf("Move = %v, want %q in it", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "h1dden") {
		t.Errorf("it tells the password: %v", err)
	}
}

// What SQLite holds and PostgreSQL does not is refused before anything is written, and
// the row is named.
func TestWhatPostgresDoesNotHoldIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	sound, to := minishop.SQLite.New(t), minishop.Postgres.New(t)
	minishop.Used(t, sound)
	db := connect(t, to)
	before := dump(t, db)
	for _, harm := range []string{
		"UPDATE products SET position = 1764273600000 WHERE sku = 'tote'",
		"UPDATE products SET name = name || char(0) WHERE sku = 'tote'",
		"UPDATE products SET description = CAST(x'4bc3ff80' AS TEXT) WHERE sku = 'tote'",
	} {
		from := minishop.SQLite.New(t)
		minishop.CopyFile(t, sound, from)
		minishop.Harm(t, from, harm)
		moved, err := Run(t.Context(), from, to, Options{})
		if !errors.Is(err, ErrBroken) || errors.Is(err, ErrUnfinished) {
			t.Errorf("%s: Move = %v, want ErrBroken", harm, err)
		}
		if _, text := describe(moved.Checks); !strings.Contains(text, `"sku" = 'tote'`) {
			t.Errorf("%s: the row is not named:\n%s", harm, text)
		}
		if dump(t, db) != before {
			t.Errorf("%s: the target was written", harm)
		}
	}
}

// wrongTarget is a database into which a shop must not be moved.
type wrongTarget struct {
	name    string
	prepare string // SQL, on a database of a shop at which nobody has bought anything
	want    string
}

const aSession = `INSERT INTO sessions (token, data, expiry) VALUES ('x', '{}', '2099-01-01')`

var wrongTargets = []wrongTarget{
	{"newer schema", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)", "version 999"},
	{"another shop's sessions", aSession, "another shop"},
	{"another shop's orders", `INSERT INTO orders (number, cart_id, name, email, address, currency, quantity, total, placed_at)
		VALUES ('0123456789AB', 'aaaaaaaaaaaaaaaaaaaaaaaaaa', 'Ada', 'a@b.example', 'Somewhere', 'EUR', 1, 1, 1)`, "another shop"},
	{"half of another shop", "UPDATE shop SET moving = TRUE", "move of another shop"},
	{"an older shop in use", aSession + "; DROP TABLE shop; DELETE FROM goose_db_version WHERE version_id > 2", "another shop"},
	{"no shop", "DROP TABLE goose_db_version; CREATE TABLE aardvarks (n INT)", "another program, such as aardvarks"},
	{"no shop, though it migrates as we do", "DROP TABLE order_lines", "another program"},
	{"a table of another program", `DROP VIEW session_carts, session_values;
		DROP TABLE inspector_secrets, account_sessions, account_orders, accounts, shop, sessions, ended_sessions, order_lines, orders, products, categories, goose_db_version, migration_lock; CREATE TABLE notes (text TEXT)`, "such as notes"},
}

func TestAWrongTargetIsRefusedAndLeftAsItWas(t *testing.T) {
	t.Parallel()
	from := minishop.SQLite.New(t)
	minishop.Used(t, from)
	for _, wrong := range wrongTargets {
		t.Run(wrong.name, func(t *testing.T) {
			t.Parallel()
			to := minishop.Postgres.New(t)
			db := connect(t, to)
			minishop.Exec(t, db, wrong.prepare)
			before := dump(t, db)
			refused(t, from, to, wrong.want)
			if dump(t, db) != before {
				t.Error("the target was changed")
			}
		})
	}
}

func TestATargetThatCannotBeWrittenIsRefused(t *testing.T) {
	t.Parallel()
	from := minishop.SQLite.New(t)
	minishop.Used(t, from)
	fresh := minishop.Postgres.New(t)
	before := contents(t, fresh)
	for to, want := range map[string]string{
		"postgres://trolley:h1dden@127.0.0.1:1/shop":                         "cannot be reached",
		fresh + "&default_transaction_read_only=on":                          "it can only be read",
		fresh + "&default_transaction_read_only=on&target_session_attrs=any": "it can only be read",
		strings.Replace(fresh, "/trolley_test", "/no_such_trolley_test", 1):  "no such database",
		filepath.Join(t.TempDir(), "other.db"):                               "PostgreSQL only",
		from:                                                                 "PostgreSQL only",
		"postgres://h1dden:h1dden@/%zz":                                      "cannot be read",
	} {
		refused(t, from, to, want)
	}
	if contents(t, fresh) != before {
		t.Error("the target was changed")
	}
}

func TestATargetThatAShopIsUsingIsRefused(t *testing.T) {
	t.Parallel()
	from, to := minishop.SQLite.New(t), minishop.Postgres.New(t)
	minishop.Used(t, from)
	before := contents(t, to)
	s := minishop.OpenStore(t, to)
	refused(t, from, to, "is using it")
	s.Close()
	if contents(t, to) != before {
		t.Error("the target was changed")
	}
	mustMove(t, from, to)
}

// An empty target shows that nothing was written, not even tables.
func TestAWrongSourceIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	to := pgtest.New(t)
	text := minishop.SQLite.New(t)
	if err := os.WriteFile(text, []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, text, to, "not a SQLite database")
	refused(t, minishop.SQLite.New(t), to, "there is no file")
	refused(t, pgtest.New(t), to, "no schema of a shop")
	for want, prepare := range map[string]string{
		"version 999":               "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)",
		"older than this program's": "DELETE FROM goose_db_version WHERE version_id > 2",
		"no schema of a shop":       "DROP TABLE goose_db_version",
		"a promise is broken":       "UPDATE sessions SET data = CAST('broken' AS BLOB)",
		"not complete":              "UPDATE shop SET moving = 1",
	} {
		from := minishop.SQLite.New(t)
		minishop.Used(t, from)
		minishop.Harm(t, from, prepare)
		refused(t, from, to, want)
	}
	if got := minishop.Count(t, connect(t, to), "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'"); got != 0 {
		t.Errorf("the target has %d tables", got)
	}
}

func TestASourceThatAShopIsUsingIsRefused(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		from, to := e.New(t), pgtest.New(t)
		minishop.Used(t, from)
		s := minishop.OpenStore(t, from)
		refused(t, from, to, "is using it")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		mustMove(t, from, to)
	})
}

// A shop that was killed leaves its newest orders in the log beside the file.
func TestTheLogOfAKilledShopIsMovedAsWell(t *testing.T) {
	t.Parallel()
	path, from, to := minishop.SQLite.New(t), minishop.SQLite.New(t), minishop.Postgres.New(t)
	s := minishop.Open(t, path)
	s.Must("/order", s.Must("/add", "").Cookie)
	for _, suffix := range []string{"", "-wal"} { // as SIGKILL leaves them: nobody has closed them
		data, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(from+suffix, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	mustMove(t, from, to)
	sameContents(t, to, path)
	if n := minishop.Count(t, minishop.OpenStore(t, to).Read(), "SELECT COUNT(*) FROM orders"); n != 1 {
		t.Errorf("%d orders were moved, want the one of the log", n)
	}
}

// A shop that starts on the source in the middle of a move makes it fail; the
// next move takes what the shop sold meanwhile.
func TestASourceThatChangesIsNoticed(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		from, to := e.New(t), pgtest.New(t)
		minishop.Used(t, from)
		stages := []Stage{Copying, Comparing}
		if e.Name == minishop.Postgres.Name { // where nobody tells of a shop that came and went after the comparison
			stages = stages[:1]
		}
		for _, stage := range stages {
			began := false
			_, err := Run(t.Context(), from, to, Options{Progress: func(p Progress) {
				if p.Stage != stage || p.Done < p.Total || began {
					return
				}
				began = true
				s := minishop.OpenStore(t, from)
				minishop.Exec(t, s.Write(), "UPDATE products SET stock = stock - 1 WHERE sku = 'test-mug'")
				minishop.Exec(t, s.Write(), "DELETE FROM sessions WHERE token = (SELECT MIN(token) FROM sessions)")
				s.Close()
			}})
			if !errors.Is(err, ErrUnfinished) {
				t.Errorf("a change while %s: Move = %v, want ErrUnfinished", stage, err)
			}
		}
		mustMove(t, from, to)
		sameContents(t, to, from)
	})
}
