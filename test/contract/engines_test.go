package contract

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
	"trolley/test/pgtest"
)

// engine makes databases of one kind.
type engine struct {
	name string
	make func(*testing.T) string // returns the name of a new database
}

// A serializable PostgreSQL refuses at random what it cannot put in an order,
// and so does every CockroachDB.
var engines = []engine{
	{"sqlite", func(t *testing.T) string { return filepath.Join(t.TempDir(), "trolley.db") }},
	{"postgres", func(t *testing.T) string { return migrated.New(t) }},
	{"serializable", func(t *testing.T) string { return migrated.New(t) + "&default_transaction_isolation=serializable" }},
}

var migrated = pgtest.Template{Prepare: func(dsn string) error {
	s, err := store.Open(context.Background(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return s.Close()
}}

// onEachEngine runs a test on two nodes of a new database of each engine.
func onEachEngine(t *testing.T, o session.Options, test func(t *testing.T, a, b *node)) {
	t.Helper()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			dsn := e.make(t)
			test(t, start(t, dsn, o), start(t, dsn, o))
		})
	}
}

func open(t *testing.T, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// exec changes the database behind the nodes' backs.
func (n *node) exec(text string, args ...any) {
	n.t.Helper()
	if _, err := n.store.Write().ExecContext(n.t.Context(), text, args...); err != nil {
		n.t.Fatalf("%s: %v", text, err)
	}
}

// number returns the number that a query selects.
func (n *node) number(query string, args ...any) (found int) {
	n.t.Helper()
	if err := n.store.Read().QueryRowContext(n.t.Context(), query, args...).Scan(&found); err != nil {
		n.t.Fatalf("%s: %v", query, err)
	}
	return found
}

// expiry returns a time as the column of that name holds it.
func (n *node) expiry(at time.Time) any {
	if n.store.Engine() == store.Postgres {
		return at
	}
	return 2440587.5 + float64(at.UnixMilli())/float64((24*time.Hour).Milliseconds())
}

// only returns the one row of the sessions table.
func (n *node) only() store.SessionRow {
	n.t.Helper()
	rows, err := n.store.NewestSessions(n.t.Context(), store.SessionStretch{Limit: 2})
	if err != nil || len(rows) != 1 {
		n.t.Fatalf("%d sessions, want one (%v)", len(rows), err)
	}
	return rows[0]
}
