package store

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestACancelledOrderGivesItsStockBackOnce(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		placed, err := s.PlaceOrder(t.Context(), newPlacement(t, s, 2, addProduct(t, s, "test-mug", 1850, 5), addProduct(t, s, "a-test-towel", 900, 2)), nil)
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, s.Write(), "DELETE FROM products WHERE sku = 'a-test-towel'")
		var cancelled atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				switch o, err := s.CancelOrder(t.Context(), placed.Number); {
				case err == nil:
					cancelled.Add(1)
				case !errors.Is(err, ErrCancelled) || o.CancelledAt.IsZero():
					t.Errorf("CancelOrder = %v, %v, want ErrCancelled", o.CancelledAt, err)
				}
			})
		}
		all.Wait()
		if n, stock := cancelled.Load(), stockOf(t, s, "test-mug"); n != 1 || stock != 5 {
			t.Errorf("cancelled %d times, stock %d, want once and 5", n, stock)
		}
		if o, err := s.Order(t.Context(), placed.Number); err != nil || o.CancelledAt.IsZero() || len(o.Lines) != 2 {
			t.Errorf("the order is %+v, %v, want it cancelled and whole", o, err)
		}
		if _, err := s.CancelOrder(t.Context(), "000000000000"); !errors.Is(err, ErrNotFound) {
			t.Errorf("CancelOrder of no order = %v, want ErrNotFound", err)
		}
	})
}

func TestOrdersAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		mug := addProduct(t, s, "test-mug", 1850, 50)
		began := time.Now().Truncate(time.Millisecond)
		var placed []string
		for day := range 3 {
			s.now = func() time.Time { return began.AddDate(0, 0, day) }
			o, err := s.PlaceOrder(t.Context(), newPlacement(t, s, 1, mug), nil)
			if err != nil {
				t.Fatal(err)
			}
			placed = append(placed, string(o.Number))
		}
		orders, err := s.Orders(t.Context(), began.AddDate(0, 0, 1), 10)
		if err != nil || len(orders) != 2 || string(orders[0].Number) != placed[2] || string(orders[1].Number) != placed[1] {
			t.Errorf("Orders = %v, %v, want %v without the first, turned round", orders, err, placed)
		}
	})
}

func TestStockStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		addProduct(t, s, "test-mug", 1850, 5)
		for _, step := range []struct {
			add, want int
			err       error
		}{{12, 17, nil}, {-17, 0, nil}, {-1, 0, ErrStock}, {MaxStock, MaxStock, nil}, {1, MaxStock, ErrStock}} {
			if got, err := s.AddStock(t.Context(), "test-mug", step.add); got != step.want || !errors.Is(err, step.err) {
				t.Errorf("AddStock(%d) = %d, %v, want %d, %v", step.add, got, err, step.want, step.err)
			}
		}
		if _, err := s.AddStock(t.Context(), "no-such-thing", 1); !errors.Is(err, ErrNotFound) {
			t.Errorf("AddStock of no product = %v, want ErrNotFound", err)
		}
	})
}
