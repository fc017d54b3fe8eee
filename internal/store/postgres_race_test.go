package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"trolley/internal/cart"
)

// holdLocks runs statements in a transaction of another node, which keeps what
// they locked until finish commits it.
func holdLocks(t *testing.T, dsn string, texts ...string) (finish func()) {
	t.Helper()
	tx, err := openAt(t, dsn).Write().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	for _, text := range texts {
		if _, err := tx.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return func() {
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
	}
}

// awaitLock returns when a statement of the database waits for a lock.
func awaitLock(t *testing.T, s *Store) {
	t.Helper()
	const waiting = `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
	for count(t, s.Read(), waiting) == 0 {
		if err := t.Context().Err(); err != nil {
			t.Fatal("nothing waits for a lock")
		}
	}
}

type placed struct {
	order cart.Order
	err   error
}

// placeBehind places an order while another node's transaction, which is done
// before the order can go on, changes what it is about.
func placeBehind(t *testing.T, s *Store, dsn string, p Placement, texts ...string) (cart.Order, error) {
	t.Helper()
	finish := holdLocks(t, dsn, texts...)
	done := make(chan placed)
	go func() {
		o, err := s.PlaceOrder(context.WithoutCancel(t.Context()), p, nil)
		done <- placed{o, err}
	}()
	awaitLock(t, s)
	finish()
	result := <-done
	return result.order, result.err
}

// Between reading the products and taking the stock another transaction may
// come first: READ COMMITTED shows what it did to the statement that waited.
func TestAnotherNodeMayComeFirst(t *testing.T) {
	t.Parallel()
	for _, change := range []string{"stock = 0", "withdrawn = TRUE"} {
		t.Run("and set "+change, func(t *testing.T) {
			t.Parallel()
			dsn := migrated.New(t)
			s := openAt(t, dsn)
			p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9), addProduct(t, s, "a-test-towel", 100, 9))
			_, err := placeBehind(t, s, dsn, p, "UPDATE products SET "+change+" WHERE sku = 'test-mug'")
			var stale *StaleError
			if !errors.As(err, &stale) || len(stale.Differences) != 1 {
				t.Errorf("PlaceOrder = %v, want a StaleError with one difference", err)
			}
			if got := stockOf(t, s, "a-test-towel"); got != 9 {
				t.Errorf("stock of the other product is %d, want 9", got)
			}
		})
	}
}

// The other node's order is not there yet when this one looks for it, and there
// when the stock is. It may leave some stock, or none.
func TestAnotherNodeMayPlaceTheSameCart(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]string{"with stock left": "8", "with none left": "0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := migrated.New(t)
			s := openAt(t, dsn)
			p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
			o, err := placeBehind(t, s, dsn, p, "UPDATE products SET stock = "+left+" WHERE sku = 'test-mug'",
				`INSERT INTO orders (number, cart_id, name, email, address, currency, quantity, total, placed_at)
				VALUES ('00000000000A', '`+p.Cart.ID+`', 'Ada', 'a@b.c', 'Row 1', 'EUR', 1, 100, 1)`)
			if !errors.Is(err, ErrAlreadyPlaced) || o.Number != "00000000000A" {
				t.Errorf("PlaceOrder = %s, %v; want the other order and ErrAlreadyPlaced", o.Number, err)
			}
			if got := count(t, s.Read(), "SELECT COUNT(*) FROM products WHERE sku = 'test-mug' AND stock = "+left); got != 1 {
				t.Errorf("the stock is %d, want %s", stockOf(t, s, "test-mug"), left)
			}
		})
	}
}

// A database that serializes all transactions refuses the second one, whatever
// it wanted; run again, it finds what there is.
func TestARefusedSerializationIsAConflict(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	s := openAt(t, with(dsn, "default_transaction_isolation=serializable"))
	p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
	_, err := placeBehind(t, s, dsn, p, "UPDATE products SET stock = 1 WHERE sku = 'test-mug'")
	if !IsConflict(err) || !IsUnavailable(err) || codeOf(err) != "40001" {
		t.Errorf("PlaceOrder = %v, want a conflict, which is unavailable as well", err)
	}
	if _, err := s.PlaceOrder(t.Context(), p, nil); err != nil {
		t.Errorf("once more: %v", err)
	}
}

// Two transactions that take the same rows in different orders, as no code here
// does, would wait for each other for ever.
func TestADeadlockIsAConflict(t *testing.T) {
	t.Parallel()
	// Well before any wait for a lock ends by itself.
	s := openAt(t, with(migrated.New(t), "deadlock_timeout=50ms"))
	addProduct(t, s, "test-a", 100, 9)
	addProduct(t, s, "test-b", 100, 9)
	const a, b = "UPDATE products SET stock = 8 WHERE sku = 'test-a'", "UPDATE products SET stock = 7 WHERE sku = 'test-b'"
	errs := make(chan error, 2)
	took := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	for i, texts := range [][]string{{a, b}, {b, a}} {
		go func() {
			errs <- s.Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, texts[0])
				close(took[i])
				<-took[1-i]
				if err == nil {
					_, err = tx.ExecContext(ctx, texts[1])
				}
				return err
			})
		}()
	}
	first, second := <-errs, <-errs
	if lost := errors.Join(first, second); !IsConflict(lost) || first != nil && second != nil {
		t.Errorf("%v and %v, want one of them to be a conflict", first, second)
	}
}
