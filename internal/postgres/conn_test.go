package postgres

import (
	"context"
	"errors"
	"testing"
	"time"
	"trolley/internal/query"
	"trolley/test/pgtest"
)

// A write that was sent may have taken place: it is not sent again, as pgx and
// database/sql would by themselves.
func TestABrokenWriteIsNotSentAgain(t *testing.T) {
	t.Parallel()
	proxy, dsn := pgtest.NewProxy(t, migrated.New(t))
	s := openAt(t, dsn)
	before := count(t, s, "SELECT stock FROM products WHERE sku = 'enamel-mug'")
	proxy.CutAt("UPDATE products")
	_, err := s.ExecContext(t.Context(), "UPDATE products SET stock = stock - 1 WHERE sku = 'enamel-mug'")
	if !IsUnavailable(err) || !errors.Is(err, errLost) {
		t.Errorf("%v, want the connection lost", err)
	}
	if got := count(t, s, "SELECT stock FROM products WHERE sku = 'enamel-mug'"); got != before-1 {
		t.Errorf("stock %d, want %d: it was sent once", got, before-1)
	}
}

// A statement that nobody waits for any more ends, and its connection stays.
func TestGivingUpKeepsTheConnection(t *testing.T) {
	t.Parallel()
	s := openAt(t, with(migrated.New(t), "pool_max_conns=1"))
	before := count(t, s, "SELECT pg_backend_pid()")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.ExecContext(ctx, "SELECT pg_sleep(60)"); !IsUnavailable(err) {
		t.Errorf("%v, want it unavailable", err)
	}
	if after := count(t, s, "SELECT pg_backend_pid()"); after != before {
		t.Errorf("the connection was replaced: its server process is %d, was %d", after, before)
	}
}

// What PostgreSQL cannot hold is in no row; the connection goes on.
func TestALookForWhatIsNoTextFindsNothing(t *testing.T) {
	t.Parallel()
	s := openAt(t, migrated.New(t))
	for _, odd := range []string{"a\x00b", "\xff"} {
		if _, err := query.One(t.Context(), s, query.Text, "SELECT sku FROM products WHERE sku = $1", odd); !errors.Is(err, query.ErrNotFound) {
			t.Errorf("a product %q: %v, want none", odd, err)
		}
		if _, err := s.ExecContext(t.Context(), "DELETE FROM products WHERE sku = $1", odd); err == nil {
			t.Errorf("a statement with %q that is no query succeeded", odd)
		}
	}
}
