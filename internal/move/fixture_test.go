package move

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/internal/store"
	"trolley/internal/verify"
	"trolley/session"
	"trolley/test/minishop"
)

// A shop that does not fit into one batch of any of the larger tables; the lines
// of an order are cut apart by a seam.
const (
	manySessions = 2*batch + 7
	manyOrders   = batch + 2
)

// bigShop returns the name of a closed database with a shop in it, and the
// cookie of a session with a cart.
func bigShop(t *testing.T, e minishop.Engine) (dsn, cookie string) {
	t.Helper()
	dsn = e.New(t)
	s := minishop.Open(t, dsn)
	s.Must("/order", s.Must("/add", "").Cookie)
	cookie = s.Must("/add", "").Cookie
	for _, text := range []string{
		"UPDATE products SET price = price + 1, stock = 7 WHERE sku = 'enamel-mug'",
		"UPDATE products SET withdrawn = (1 = 1) WHERE sku = 'tea-towel'",
		"DELETE FROM products WHERE sku = 'bread-knife'",
		"UPDATE products SET name = 'Kännchen ☃', description = 'two\nlines, \"quotes\", \\ and %' WHERE sku = 'test-mug'",
		"INSERT INTO accounts (id, email, password, cart, created_at) VALUES ('" + strings.Repeat("a", 26) + "', 'ada@b.example', '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', '', 1790000000000)",
		"INSERT INTO account_sessions (token, account, browser, signed_in_at) VALUES ('t', '" + strings.Repeat("a", 26) + "', 'Firefox', 1790000000000)",
		"INSERT INTO account_orders (order_number, account) SELECT number, '" + strings.Repeat("a", 26) + "' FROM orders LIMIT 1",
		"INSERT INTO ended_sessions (token, ended_at, renewed) VALUES ('" + strings.Repeat("e", 43) + "', 1790000000123, 1)",
	} {
		minishop.Exec(t, s.Write(), text)
	}
	inTx(t, s.Store, func(exec func(string, ...any)) {
		for i := range manySessions {
			exec("INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", minishop.HashOf(fmt.Sprint("=", i)),
				fmt.Appendf(nil, `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{"username":"Ünï %d \u0000 \ud83d"}}`, i),
				expiry(s.Store, time.UnixMilli(1800000000000+int64(i)*7919)))
		}
		for i := range manyOrders {
			number := string(cart.NewOrderNumber())
			exec("INSERT INTO orders (number, cart_id, name, email, address, currency, quantity, total, placed_at) VALUES ($1, $2, $3, 'a@b.example', 'Somewhere 1', 'EUR', 3, 301, $4)",
				number, cart.NewID(), fmt.Sprint("Buyer ", i), 1790000000000+int64(i))
			for position, price := range []int{100, 200, 1} {
				exec("INSERT INTO order_lines (order_number, position, sku, name, unit_price, quantity, line_total) VALUES ($1, $2, $3, 'A thing', $4, 1, $4)",
					number, position+1, fmt.Sprint("thing-", position), price)
			}
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dsn, cookie
}

// expiry returns t as the column sessions.expiry of s holds it.
func expiry(s *store.Store, t time.Time) any {
	if s.Engine() == store.Postgres {
		return t
	}
	return session.JulianDay(t)
}

// inTx runs f in one transaction: a thousand would take long.
func inTx(t *testing.T, s *store.Store, f func(exec func(text string, args ...any))) {
	t.Helper()
	tx, err := s.Write().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	f(func(text string, args ...any) {
		if _, err := tx.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	})
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// contents returns all rows of a shop as text, by other means than a move's own.
func contents(t *testing.T, dsn string) string {
	t.Helper()
	s, err := store.OpenReadOnly(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	millis := "CAST(ROUND((expiry - 2440587.5) * 86400000) AS INTEGER)"
	if s.Engine() == store.Postgres {
		millis = "CAST(ROUND(EXTRACT(EPOCH FROM expiry) * 1000) AS BIGINT)"
	}
	var lines []string
	for table, columns := range map[string]string{
		"categories":     "slug, name, position",
		"products":       "sku, name, description, category, price, stock, position, CASE WHEN withdrawn THEN 1 ELSE 0 END",
		"orders":         "number, cart_id, name, email, address, currency, quantity, total, placed_at",
		"order_lines":    "order_number, position, sku, name, unit_price, quantity, line_total",
		"sessions":       "token, CAST(data AS TEXT), " + millis,
		"ended_sessions": "token, ended_at, renewed",
		"shop":           "id, CASE WHEN moving THEN 1 ELSE 0 END",
	} {
		err := query.Each(t.Context(), s.Read(), func(rows *sql.Rows) error {
			cells := make([]any, strings.Count(columns, ", ")+1)
			for i := range cells {
				cells[i] = new(string)
			}
			err := rows.Scan(cells...)
			line := table
			for _, c := range cells {
				line += fmt.Sprintf("|%q", *c.(*string))
			}
			lines = append(lines, line)
			return err
		}, "SELECT "+columns+" FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// connect opens a PostgreSQL database as nobody's program.
func connect(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// dump returns all tables of a PostgreSQL database and their rows.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	tables, err := query.All(t.Context(), db, query.Text, `SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name`)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range tables {
		rows, err := query.All(t.Context(), db, query.Text, "SELECT row(r.*)::text FROM "+table+" AS r ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %q\n", table, rows)
	}
	return b.String()
}

// verified returns what a verification says of the database dsn.
func verified(t *testing.T, dsn string) (checks []verify.Check) {
	t.Helper()
	s, err := store.OpenReadOnly(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	err = verify.Database{DB: s.Read(), File: s.File()}.Verify(t.Context(), func(c verify.Check) { checks = append(checks, c) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return checks
}

// describe returns the names of the checks that found something, and all that
// they found.
func describe(checks []verify.Check) (names []string, text string) {
	for _, c := range checks {
		if c.Wrong > 0 {
			names = append(names, c.Name)
		}
		for _, f := range c.Findings {
			text += fmt.Sprintf("%s: %s [%s]\n", c.Name, f.Text, f.Query)
		}
	}
	return names, text
}
