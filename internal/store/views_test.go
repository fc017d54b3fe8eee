package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"trolley/internal/query"
	"trolley/session"

	"github.com/alexedwards/scs/postgresstore"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
)

const (
	adaToken  = "AdaAdaAdaAdaXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
	adaData   = `{"v":1,"deadline":"2099-12-01T10:00:00Z","values":{"cart":{"id":"x","currency":"EUR","lines":[{"sku":"enamel-mug","quantity":2,"unit_price":1850},{"sku":"tea-towel","quantity":1,"unit_price":900}]},"count":3,"none":null,"odd key.$[0]":"it's","remember":true,"username":"Ada"}}`
	adaExpiry = "2099-11-23 08:30:15"
)

// What an operator, a damaged disk or another program may leave in the table.
var strangeData = []string{
	"", "{", "null", "5", `"text"`, "[]", "{}", "\x00\x01\xff\xfe", `{"v":1,"values":null}`, `{"values":[1,2]}`,
	`{"values":"text"}`, `{"values":{}}`, `{"values":{"cart":null}}`, `{"values":{"cart":{"lines":{}}}}`,
	`{"values":{"cart":{"lines":"x"}}}`, `{"values":{"cart":{"lines":[]}}}`,
	`{"values":{"cart":{"lines":[1,null,"x",[2],{}]}}}`, `{"values":{"cart":{"lines":[{"sku":{"a":1},"quantity":"many"}]}}}`,
	strings.Repeat("[", 5000),
}

// storeWithSessions returns a store whose sessions table holds one good session
// among strange and expired ones, and the name of its database. What is no JSON
// PostgreSQL refuses, rather than failing in a view.
func storeWithSessions(t *testing.T, e engineUnderTest) (*Store, string) {
	t.Helper()
	dsn := e.ready(t)
	s := openAt(t, dsn)
	insert := func(token, data, expiry string) error {
		at, err := time.Parse(time.DateTime, expiry)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Write().ExecContext(t.Context(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)",
			token, []byte(data), s.engine.Expiry(at))
		return err
	}
	if err := errors.Join(insert(adaToken, adaData, adaExpiry), insert("expired", adaData, "2020-01-01 00:00:00")); err != nil {
		t.Fatal(err)
	}
	for i, data := range strangeData {
		err := insert("strange-"+string(rune('a'+i)), data, adaExpiry)
		if refused := e.Engine == Postgres && !isObject(data); (err != nil) != refused {
			t.Errorf("insert %.20q: %v, want it refused: %v", data, err, refused)
		}
	}
	return s, dsn
}

func isObject(data string) bool {
	var object map[string]any
	return json.Unmarshal([]byte(data), &object) == nil && object != nil
}

// What the views show, as sqlite3 and psql -At print it.
var (
	wantValues = strings.Join([]string{
		`AdaAdaAdaAda|cart|{"id":"x","currency":"EUR","lines":[{"sku":"enamel-mug","quantity":2,"unit_price":1850},{"sku":"tea-towel","quantity":1,"unit_price":900}]}|` + adaExpiry,
		"AdaAdaAdaAda|count|3|" + adaExpiry,
		"AdaAdaAdaAda|none|null|" + adaExpiry,
		"AdaAdaAdaAda|odd key.$[0]|it's|" + adaExpiry,
		"AdaAdaAdaAda|remember|true|" + adaExpiry,
		"AdaAdaAdaAda|username|Ada|" + adaExpiry,
	}, "\n")
	wantCarts = "AdaAdaAdaAda|enamel-mug|2|1850|" + adaExpiry + "\nAdaAdaAdaAda|tea-towel|1|900|" + adaExpiry
)

const (
	valuesQuery = "SELECT session, key, value, expires_at FROM session_values WHERE session = 'AdaAdaAdaAda' ORDER BY key"
	cartsQuery  = "SELECT session, sku, quantity, unit_price, expires_at FROM session_carts WHERE session = 'AdaAdaAdaAda' ORDER BY sku"
)

func TestSessionsAreReadableThroughTheViews(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s, _ := storeWithSessions(t, e)
		if got := printed(t, s.Read(), valuesQuery); got != wantValues {
			t.Errorf("session_values:\n%s\nwant:\n%s", got, wantValues)
		}
		if got := printed(t, s.Read(), cartsQuery); got != wantCarts {
			t.Errorf("session_carts:\n%s\nwant:\n%s", got, wantCarts)
		}
	})
}

// Conditions that a database moves into the view are evaluated before the view's own.
var viewQueries = []string{
	"SELECT * FROM session_values", "SELECT * FROM session_carts",
	"SELECT * FROM session_values WHERE value = 'Ada' AND key > ''",
	"SELECT * FROM session_carts WHERE sku = 'enamel-mug' AND quantity + 0 > 1 AND unit_price > 0",
	"SELECT sku, SUM(quantity) FROM session_carts GROUP BY sku HAVING SUM(unit_price) > 0",
	"SELECT * FROM session_carts AS c JOIN session_values AS v USING (session) WHERE v.key = 'username'",
}

func TestStrangeSessionsNeverFailAView(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s, dsn := storeWithSessions(t, e)
		for _, query := range viewQueries {
			if got := printed(t, s.Read(), query); got == "" || strings.Contains(got, "expired") {
				t.Errorf("%s:\n%s", query, got)
			}
		}
		const strangers = " WHERE session LIKE 'strange%'"
		if got := count(t, s.Read(), "SELECT COUNT(*) FROM session_values"+strangers); got != 6 {
			t.Errorf("%d values of strange sessions, want the 6 that are named cart", got)
		}
		if got := count(t, s.Read(), "SELECT COUNT(*) FROM session_carts"+strangers); got != 2 {
			t.Errorf("%d lines of strange sessions, want the 2 that are objects", got)
		}
		for _, query := range viewQueries {
			shell(t, dsn, query)
		}
	})
}

func TestSessionsAreReadableInTheShellOfTheDatabase(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		_, dsn := storeWithSessions(t, e)
		if got := shell(t, dsn, valuesQuery); got != wantValues {
			t.Errorf("session_values:\n%s\nwant:\n%s", got, wantValues)
		}
		if got := shell(t, dsn, cartsQuery); got != wantCarts {
			t.Errorf("session_carts:\n%s\nwant:\n%s", got, wantCarts)
		}
	})
}

// shell runs query in sqlite3 or psql, which must not be missing in CI.
func shell(t *testing.T, dsn, query string) string {
	t.Helper()
	name, args := "sqlite3", []string{dsn, query}
	if IsPostgres(dsn) {
		name, args = "psql", []string{"-X", "-A", "-t", "-c", query, dsn}
	}
	command, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and what shoppers' data looks like in it goes untested", name)
	}
	if err != nil {
		t.Skipf("SKIPPED: %s is not installed (make tools), and nobody has checked the views in it", name)
	}
	out, err := exec.CommandContext(t.Context(), command, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, query, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// printed returns the rows of query as those shells print them.
func printed(t *testing.T, db *sql.DB, text string) string {
	t.Helper()
	lines, err := query.All(t.Context(), db, func(rows *sql.Rows) (string, error) {
		columns, err := rows.Columns()
		if err != nil {
			return "", err
		}
		values := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		err = rows.Scan(targets...)
		texts := make([]string, len(columns))
		for i, v := range values {
			texts[i] = v.String
		}
		return strings.Join(texts, "|"), err
	}, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return strings.Join(lines, "\n")
}

// The stock stores of scs are what reads and writes the table.
func TestScsStoreWorksOnTheSessionsTable(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		var stock scs.Store = sqlite3store.NewWithCleanupInterval(s.Write(), 0)
		if e.Engine == Postgres {
			stock = postgresstore.NewWithCleanupInterval(s.Write(), 0)
		}
		expiry := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
		for _, data := range []string{`{"first":1}`, adaData} { // the second one replaces
			if err := stock.Commit(adaToken, []byte(data), expiry); err != nil {
				t.Fatal(err)
			}
		}
		data, found, err := stock.Find(adaToken)
		if err != nil || !found || string(data) != adaData {
			t.Fatalf("Find = %q, %v, %v", data, found, err)
		}
		row, err := s.FindSession(t.Context(), adaToken)
		if err != nil || string(row.Data) != adaData || !row.Expires.Equal(expiry) || row.Expiry != session.JulianDay(expiry) {
			t.Errorf("FindSession = %+v, %v; want it to end at %v, Julian day %v", row, err, expiry, session.JulianDay(expiry))
		}
		if err := stock.Delete(adaToken); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}
