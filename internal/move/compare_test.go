package move

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/internal/sqlite"
	"trolley/internal/verify"
	"trolley/test/minishop"
	"trolley/test/pgtest"
)

// moved returns a move of a shop that is complete, with both databases open.
func movedShop(t *testing.T) *mover {
	t.Helper()
	from, _ := bigShop(t, minishop.SQLite)
	to := pgtest.New(t)
	mustMove(t, from, to)
	opened, err := sqlite.OpenReadOnly(t.Context(), from, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return &mover{from: source{Database: verify.Database{DB: opened.Read, File: opened}}, to: &target{DB: &postgres.DB{Write: minishop.OpenStore(t, to).Write()}}}
}

// alterations change one row of the target each, and are undone afterwards.
var alterations = []struct{ table, column, change, undo string }{
	{"categories", "slug", "INSERT INTO categories (slug, name, position) VALUES ('extra', 'Extra', 1)", "DELETE FROM categories WHERE slug = 'extra'"},
	{"categories", "name", "UPDATE categories SET name = name || ' ' WHERE slug = 'desk'", "UPDATE categories SET name = rtrim(name) WHERE slug = 'desk'"},
	{"products", "price", "UPDATE products SET price = price + 1 WHERE sku = 'notebook'", "UPDATE products SET price = price - 1 WHERE sku = 'notebook'"},
	{"products", "withdrawn", "UPDATE products SET withdrawn = TRUE WHERE sku = 'notebook'", "UPDATE products SET withdrawn = FALSE WHERE sku = 'notebook'"},
	{"orders", "placed_at", "UPDATE orders SET placed_at = placed_at + 1 WHERE number = (SELECT MAX(number) FROM orders)", "UPDATE orders SET placed_at = placed_at - 1 WHERE number = (SELECT MAX(number) FROM orders)"},
	{"order_lines", "name", "UPDATE order_lines SET name = 'B' WHERE order_number = (SELECT MAX(number) FROM orders) AND position = 3", "UPDATE order_lines SET name = 'A thing' WHERE name = 'B'"},
	{"sessions", "data", `UPDATE sessions SET data = replace(data, '"v":1', '"v": 1') WHERE token = (SELECT MAX(token) FROM sessions)`, `UPDATE sessions SET data = replace(data, '"v": 1', '"v":1')`},
	{"sessions", "expiry", "UPDATE sessions SET expiry = expiry + interval '1 ms' WHERE token = (SELECT MIN(token) FROM sessions)", "UPDATE sessions SET expiry = expiry - interval '1 ms' WHERE token = (SELECT MIN(token) FROM sessions)"},
	{"sessions", "token", "UPDATE sessions SET token = 'z' || token WHERE token = (SELECT MAX(token) FROM sessions)", "UPDATE sessions SET token = substr(token, 2) WHERE length(token) = 44"},
	{"ended_sessions", "renewed", "UPDATE ended_sessions SET renewed = 0", "UPDATE ended_sessions SET renewed = 1"},
}

func TestTheComparisonFindsEveryRowThatDiffers(t *testing.T) {
	t.Parallel()
	m := movedShop(t)
	for _, a := range alterations {
		minishop.Exec(t, m.to.Write, a.change)
		err := m.compareTables(t.Context())
		if !errors.Is(err, errDiffers) || !strings.Contains(err.Error(), a.table) {
			t.Errorf("%s.%s: %v, want errDiffers", a.table, a.column, err)
		}
		minishop.Exec(t, m.to.Write, a.undo)
	}
	if err := m.compareTables(t.Context()); err != nil {
		t.Errorf("undone: %v", err)
	}
}

// A row that is altered in the middle of a move must keep the target from
// becoming a shop.
func TestARowThatIsAlteredInTheTargetStopsTheMove(t *testing.T) {
	t.Parallel()
	from, to := minishop.SQLite.New(t), minishop.Postgres.New(t)
	minishop.Used(t, from)
	db := connect(t, to)
	_, err := Run(t.Context(), from, to, Options{Progress: func(p Progress) {
		if p.Stage == Comparing && p.Done == 0 {
			minishop.Exec(t, db, "UPDATE orders SET name = 'Eve'")
		}
	}})
	if !errors.Is(err, errDiffers) || !errors.Is(err, ErrUnfinished) {
		t.Errorf("Move = %v, want errDiffers", err)
	}
	wantIncomplete(t, to)
	mustMove(t, from, to)
	sameContents(t, to, from)
}

// What is altered after its row was compared is found where it breaks a promise.
func TestATargetThatBreaksAPromiseStopsTheMove(t *testing.T) {
	t.Parallel()
	from, to := minishop.SQLite.New(t), minishop.Postgres.New(t)
	minishop.Used(t, from)
	db := connect(t, to)
	moved, err := Run(t.Context(), from, to, Options{Progress: func(p Progress) {
		if p.Stage == Comparing && p.Done == p.Total {
			minishop.Exec(t, db, "UPDATE orders SET total = total + 1")
		}
	}})
	if !errors.Is(err, ErrBroken) || !errors.Is(err, ErrUnfinished) || len(moved.Checks) != 1 {
		t.Errorf("Move = %+v, %v, want ErrBroken", moved, err)
	}
	wantIncomplete(t, to)
}

// A table or a column that a migration adds must not be forgotten.
func TestAMoveKnowsEveryTableAndColumn(t *testing.T) {
	t.Parallel()
	var want []string
	for _, table := range tables() {
		for _, c := range table.columns() {
			want = append(want, table.name+"."+c)
		}
	}
	got, err := query.All(t.Context(), minishop.OpenStore(t, minishop.Postgres.New(t)).Read(), query.Text, `SELECT c.table_name || '.' || c.column_name
FROM information_schema.columns AS c JOIN information_schema.tables AS t ON t.table_name = c.table_name AND t.table_schema = c.table_schema
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name NOT IN ('shop', 'goose_db_version', 'migration_lock')`)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("a move copies\n%v\nand there are\n%v", want, got)
	}
}

// Where the answer to the last statement is lost on the way, the move is complete
// and nobody knows; the next one finds out.
func TestALostAnswerIsFoundOutByTheNextMove(t *testing.T) {
	t.Parallel()
	from, to := minishop.SQLite.New(t), minishop.Postgres.New(t)
	minishop.Used(t, from)
	proxy, dsn := pgtest.NewProxy(t, to)
	s := minishop.OpenStore(t, from)
	shop, _, err := readShop(t.Context(), s.Read())
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), from, dsn, Options{Progress: func(p Progress) {
		if p.Stage == Finishing {
			proxy.CutAt(shop)
		}
	}})
	if !errors.Is(err, ErrUnfinished) {
		t.Errorf("the answer was lost: %v, want ErrUnfinished", err)
	}
	if moved := mustMove(t, from, to); !moved.Already {
		t.Errorf("the next one tells %+v, want Already", moved)
	}
	sameContents(t, to, from)
}

// Two operators, one target: the second waits, and finds that all is done.
func TestTwoMovesAtOnceAreOne(t *testing.T) {
	t.Parallel()
	from, to := minishop.SQLite.New(t), minishop.Postgres.New(t)
	minishop.Used(t, from)
	second := make(chan error)
	var already bool
	began := false
	_, err := Run(t.Context(), from, to, Options{Progress: func(p Progress) {
		if p.Stage != Copying || began {
			return
		}
		began = true
		waiting := make(chan bool)
		checks := sync.OnceFunc(func() { close(waiting) })
		go func() {
			moved, err := Run(t.Context(), from, to, Options{Progress: func(p Progress) { checks() }})
			already = moved.Already
			checks() // where it failed before it told anything
			second <- err
		}()
		<-waiting
	}})
	if err := errors.Join(err, <-second); err != nil || !already {
		t.Errorf("%v; the second found all done: %v", err, already)
	}
	sameContents(t, to, from)
}
