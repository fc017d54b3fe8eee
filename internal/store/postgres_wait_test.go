package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"trolley/test/pgtest"

	"github.com/jackc/pgx/v5/pgconn"
)

// throughProxy returns a store whose server a test can cut off.
func throughProxy(t *testing.T, options string) (*Store, *pgtest.Proxy) {
	t.Helper()
	proxy, dsn := pgtest.NewProxy(t, migrated.New(t))
	return openAt(t, dsn+options), proxy
}

// soon fails the test where f takes much longer than what waits for a server
// adds up to; the machine may be busy.
func soon(t *testing.T, what string, f func() error) error {
	t.Helper()
	const sum, slack = 4 * time.Second, 20 * time.Second
	start := time.Now()
	err := f()
	if took := time.Since(start); took > sum+slack {
		t.Errorf("%s took %v", what, took)
	}
	return err
}

// The cable is pulled: nothing is refused, nothing arrives.
func TestAStuckServerIsUnavailableSoon(t *testing.T) {
	t.Parallel()
	s, proxy := throughProxy(t, "&pool_max_conns=2")
	p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
	proxy.Stall()
	for what, f := range map[string]func() error{
		"a page":   func() error { _, err := s.Product(t.Context(), "test-mug"); return err },
		"an order": func() error { _, err := s.PlaceOrder(t.Context(), p, nil); return err },
		"a write":  func() error { _, err := s.Write().ExecContext(t.Context(), "DELETE FROM ended_sessions"); return err },
		"a ping":   func() error { return s.Ping(t.Context()) },
	} {
		if err := soon(t, what, f); !IsUnavailable(err) || IsConflict(err) {
			t.Errorf("%s: %v, want it unavailable", what, err)
		}
	}
	proxy.Resume()
	if _, err := s.PlaceOrder(t.Context(), p, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A statement in an open transaction, too, and the end of one.
func TestATransactionOnAStuckServerIsUnavailableSoon(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"statement", "commit"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s, proxy := throughProxy(t, "")
			err := soon(t, at, func() error {
				return s.Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					proxy.Stall()
					if at == "commit" {
						return nil
					}
					_, err := tx.ExecContext(ctx, "DELETE FROM ended_sessions")
					return err
				})
			})
			if !IsUnavailable(err) {
				t.Errorf("%v, want it unavailable", err)
			}
			proxy.Resume()
			mustExec(t, s.Write(), "DELETE FROM ended_sessions")
		})
	}
}

// Whoever reads, begins, or finds its connection idle, does not notice.
func TestABrokenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	s, proxy := throughProxy(t, "")
	for range 20 {
		proxy.Cut()
		if _, err := s.Product(t.Context(), "enamel-mug"); err != nil {
			t.Fatalf("a page: %v", err)
		}
		proxy.Cut()
		if err := s.Transact(t.Context(), func(context.Context, *sql.Tx) error { return nil }); err != nil {
			t.Fatalf("a transaction: %v", err)
		}
	}
}

// The order is placed, the server says so, and the answer never arrives.
func TestACommitWithoutAnAnswerIsFoundAgain(t *testing.T) {
	t.Parallel()
	s, proxy := throughProxy(t, "")
	p := newPlacement(t, s, 2, addProduct(t, s, "test-mug", 100, 9))
	proxy.CutAt("commit")
	o, err := s.PlaceOrder(t.Context(), p, nil)
	if !IsUnavailable(err) || errors.Is(err, ErrAlreadyPlaced) {
		t.Fatalf("PlaceOrder = %s, %v; want it unavailable", o.Number, err)
	}
	o, err = s.PlaceOrder(t.Context(), p, nil)
	if !errors.Is(err, ErrAlreadyPlaced) || o.CartID != p.Cart.ID {
		t.Errorf("once more: %+v, %v; want the order of before", o, err)
	}
	if orders, stock := count(t, s.Read(), "SELECT COUNT(*) FROM orders"), stockOf(t, s, "test-mug"); orders != 1 || stock != 7 {
		t.Errorf("%d orders and a stock of %d, want 1 and 7", orders, stock)
	}
}

// A node that waits for a row that another one does not let go of.
func TestALongWaitForALockIsUnavailable(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	s := openAt(t, with(dsn, "lock_timeout=100"))
	p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
	finish := holdLocks(t, dsn, "UPDATE products SET stock = 9 WHERE sku = 'test-mug'")
	_, err := s.PlaceOrder(t.Context(), p, nil)
	if !IsUnavailable(err) || IsConflict(err) {
		t.Errorf("PlaceOrder = %v, want it unavailable", err)
	}
	finish()
	if _, err := s.PlaceOrder(t.Context(), p, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// The primary is demoted under the pool's connections: each is given up when it
// says so, and writes go on as soon as there is a primary again.
func TestConnectionsThatBecameReadOnlyAreGivenUp(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "fsync=off")
	s := openAt(t, with(server.URL("postgres"), "pool_max_conns=1"))
	p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
	admin := openAt(t, with(server.URL("postgres"), "default_transaction_read_only=off"))
	demote := func(value string) {
		mustExec(t, admin.Write(), "ALTER SYSTEM SET default_transaction_read_only = "+value)
		mustExec(t, admin.Write(), "SELECT pg_reload_conf()")
	}
	const write = "UPDATE products SET position = 1 WHERE sku = 'test-mug'"
	demote("on")
	var err error
	for err == nil { // the server tells its processes in its own time
		err = s.Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, write)
			return err
		})
	}
	if open := s.Read().Stats().OpenConnections; open != 0 || !IsUnavailable(err) || codeOf(err) != "25006" {
		t.Errorf("a transaction: %v; %d connections are kept that cannot write", err, open)
	}
	if _, err := s.PlaceOrder(t.Context(), p, nil); !IsUnavailable(err) {
		t.Errorf("PlaceOrder = %v, want it unavailable", err)
	}
	demote("off")
	for err := errors.New("not yet"); err != nil; {
		if _, err = s.PlaceOrder(t.Context(), p, nil); err != nil && !IsUnavailable(err) {
			t.Fatalf("PlaceOrder = %v", err)
		}
	}
}

// codeOf returns the SQLSTATE of err.
func codeOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
