package postgres

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
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

// Sixteen connections at once take a busy server longer than a request waits.
func TestANewPoolOpensOneConnectionAtATime(t *testing.T) {
	t.Parallel()
	c, err := parse(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	var dialing, most, dials atomic.Int64
	dial := c.conn.DialFunc
	c.conn.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		if n := dialing.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer dialing.Add(-1)
		time.Sleep(10 * time.Millisecond)
		return dial(ctx, network, address)
	}
	db := c.open()
	defer db.Close()
	var readers sync.WaitGroup
	for range 64 {
		readers.Go(func() {
			for range 20 {
				if _, err := db.Read.ExecContext(t.Context(), "SELECT pg_sleep(0.002)"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
	if most.Load() > 1 || dials.Load() < 2 {
		t.Errorf("%d connections were opened, up to %d at once; want several, one at a time", dials.Load(), most.Load())
	}
}
