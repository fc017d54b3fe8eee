package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

func TestAnOrderIsKeptAsItWasPlaced(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		at := time.Date(2026, 11, 23, 10, 14, 5, 123_456_789, time.UTC)
		s.now = func() time.Time { return at }
		p := newPlacement(t, s, 2, addProduct(t, s, "test-mug", 1850, 5), addProduct(t, s, "a-test-towel", 900, 2))
		placed, err := s.PlaceOrder(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := cart.Order{
			Number: placed.Number, CartID: p.Cart.ID, Contact: testContact, Currency: "EUR", Quantity: 4, Total: 5500,
			PlacedAt: at.Truncate(time.Millisecond),
			Lines: []cart.OrderLine{
				{SKU: "test-mug", Name: "TEST-MUG", UnitPrice: 1850, Quantity: 2, LineTotal: 3700},
				{SKU: "a-test-towel", Name: "A-TEST-TOWEL", UnitPrice: 900, Quantity: 2, LineTotal: 1800},
			},
		}
		byNumber, errNumber := s.Order(t.Context(), placed.Number)
		byCart, errCart := s.OrderByCart(t.Context(), p.Cart.ID)
		for name, got := range map[string]cart.Order{"PlaceOrder": placed, "Order": byNumber, "OrderByCart": byCart} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (%v, %v), -want +got:\n%s", name, errNumber, errCart, diff)
			}
		}
		if first := count(t, s.Read(), "SELECT MIN(position) FROM order_lines"); first != 1 {
			t.Errorf("the first line has position %d", first)
		}
		if mugs, towels := stockOf(t, s, "test-mug"), stockOf(t, s, "a-test-towel"); mugs != 3 || towels != 0 {
			t.Errorf("stock is %d and %d, want 3 and 0", mugs, towels)
		}
	})
}

func TestAMissingOrderIsNotFound(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		if _, err := s.Order(t.Context(), cart.NewOrderNumber()); !errors.Is(err, ErrNotFound) {
			t.Errorf("Order = %v, want ErrNotFound", err)
		}
		if _, err := s.OrderByCart(t.Context(), cart.NewID()); !errors.Is(err, ErrNotFound) {
			t.Errorf("OrderByCart = %v, want ErrNotFound", err)
		}
	})
}

// expectNothingPlaced checks that p left no trace.
func expectNothingPlaced(t *testing.T, s *Store, stock map[string]int) {
	t.Helper()
	for _, table := range []string{"orders", "order_lines"} {
		if n := count(t, s.Read(), "SELECT COUNT(*) FROM "+table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	for sku, want := range stock {
		if got := stockOf(t, s, sku); got != want {
			t.Errorf("stock of %s is %d, want %d", sku, got, want)
		}
	}
}

func TestWhatIsNotAsShownIsNotPlaced(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		for name, c := range map[string]struct {
			change string // of the database, after the shopper was shown the cart
			edit   func(p *Placement)
			stock  int // of test-mug after the change
		}{
			"price rose":   {change: "UPDATE products SET price = 101 WHERE sku = 'test-mug'", stock: 5},
			"price fell":   {change: "UPDATE products SET price = 99 WHERE sku = 'test-mug'", stock: 5},
			"sold out":     {change: "UPDATE products SET stock = 0 WHERE sku = 'test-mug'"},
			"too few left": {change: "UPDATE products SET stock = 1 WHERE sku = 'test-mug'", stock: 1},
			"withdrawn":    {change: "UPDATE products SET withdrawn = TRUE WHERE sku = 'test-mug'", stock: 5},
			"other tab":    {edit: func(p *Placement) { p.Cart = p.Cart.Remove("a-test-towel") }, stock: 5},
			"emptied":      {edit: func(p *Placement) { p.Cart, p.Shown = p.Cart.Clear(), "" }, stock: 5},
			"forged":       {edit: func(p *Placement) { p.Shown = "test-mug 2 1;a-test-towel 2 1" }, stock: 5},
			"no field":     {edit: func(p *Placement) { p.Shown = "" }, stock: 5},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := e.open(t)
				p := newPlacement(t, s, 2, addProduct(t, s, "test-mug", 100, 5), addProduct(t, s, "a-test-towel", 100, 5))
				if c.change != "" {
					mustExec(t, s.Write(), c.change)
				}
				if c.edit != nil {
					c.edit(&p)
				}
				_, err := s.PlaceOrder(t.Context(), p, func(context.Context, *sql.Tx, cart.Order) error {
					t.Error("also was run")
					return nil
				})
				var stale *StaleError
				if !errors.As(err, &stale) {
					t.Fatalf("PlaceOrder = %v, want a StaleError", err)
				}
				if name != "emptied" && len(stale.Differences) == 0 {
					t.Error("no differences are told")
				}
				expectNothingPlaced(t, s, map[string]int{"test-mug": c.stock, "a-test-towel": 5})
			})
		}
	})
}

// A hundred shoppers were all shown that nine are left.
func TestNothingIsSoldTwice(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		mug := addProduct(t, s, "test-mug", 100, 9)
		var placed, stale, other counter
		var shoppers sync.WaitGroup
		for range 100 {
			p := newPlacement(t, s, 1, mug)
			shoppers.Go(func() {
				_, err := placeAtLast(t, s, p, nil)
				var was *StaleError
				switch {
				case err == nil, errors.Is(err, ErrAlreadyPlaced): // by a try whose answer was lost
					placed.add()
				case errors.As(err, &was):
					stale.add()
				default:
					other.add()
					t.Error(err)
				}
			})
		}
		shoppers.Wait()
		if placed.n != 9 || stale.n != 91 || other.n != 0 {
			t.Errorf("%d placed, %d told, %d failed; want 9, 91, 0", placed.n, stale.n, other.n)
		}
		orders := count(t, s.Read(), "SELECT COUNT(*) FROM orders")
		if stock := stockOf(t, s, "test-mug"); orders != 9 || stock != 0 {
			t.Errorf("%d orders and a stock of %d, want 9 and 0", orders, stock)
		}
	})
}

// placeAtLast places an order again for as long as the database is busy.
func placeAtLast(t *testing.T, s *Store, p Placement, also func(context.Context, *sql.Tx, cart.Order) error) (cart.Order, error) {
	for {
		o, err := s.PlaceOrder(t.Context(), p, also)
		if !IsUnavailable(err) || t.Context().Err() != nil {
			return o, err
		}
	}
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

// The first order buys the last two: the others find it and not an empty shelf.
func TestOneCartIsOneOrder(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		p := newPlacement(t, s, 2, addProduct(t, s, "test-mug", 100, 2))
		var mu sync.Mutex
		numbers := map[cart.OrderNumber]int{}
		var first, also counter
		var submits sync.WaitGroup
		for range 50 {
			submits.Go(func() {
				o, err := placeAtLast(t, s, p, func(context.Context, *sql.Tx, cart.Order) error {
					also.add()
					return nil
				})
				if err == nil {
					first.add()
				} else if !errors.Is(err, ErrAlreadyPlaced) {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				numbers[o.Number] += len(o.Lines)
			})
		}
		submits.Wait()
		if first.n != 1 || also.n != 1 || len(numbers) != 1 {
			t.Errorf("%d orders, also ran %d times, numbers %v; want one of each", first.n, also.n, numbers)
		}
		for number, lines := range numbers {
			if number == "" || lines != 50 {
				t.Errorf("number %q came with %d lines in 50 answers", number, lines)
			}
		}
		if stock := stockOf(t, s, "test-mug"); stock != 0 {
			t.Errorf("stock is %d, want 0", stock)
		}
	})
}

func TestATakenNumberIsDrawnAgain(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		mug := addProduct(t, s, "test-mug", 100, 9)
		draws := []cart.OrderNumber{"00000000000A", "00000000000A", "00000000000A", "00000000000B"}
		s.newNumber = func() cart.OrderNumber {
			next := draws[0]
			draws = draws[1:]
			return next
		}
		for _, want := range []cart.OrderNumber{"00000000000A", "00000000000B"} {
			o, err := s.PlaceOrder(t.Context(), newPlacement(t, s, 1, mug), nil)
			if err != nil || o.Number != want {
				t.Errorf("placed %s, %v; want %s", o.Number, err, want)
			}
		}
		s.newNumber = func() cart.OrderNumber { return "00000000000A" }
		if _, err := s.PlaceOrder(t.Context(), newPlacement(t, s, 1, mug), nil); err == nil {
			t.Error("an order was placed under a number that is taken")
		}
		if stock := stockOf(t, s, "test-mug"); stock != 7 {
			t.Errorf("stock is %d, want 7", stock)
		}
	})
}

// On SQLite nobody comes between the reading and the writing of a transaction.
// Triggers play the other transaction of an engine where somebody can.
func TestAnotherTransactionMayComeFirst(t *testing.T) {
	t.Parallel()
	for _, change := range []string{"stock = 0", "withdrawn = 1"} {
		t.Run("and set "+change, func(t *testing.T) {
			t.Parallel()
			s := openStore(t)
			p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9), addProduct(t, s, "a-test-towel", 100, 9))
			mustExec(t, s.Write(), `CREATE TRIGGER other AFTER UPDATE ON products WHEN NEW.sku = 'a-test-towel' BEGIN
				UPDATE products SET `+change+` WHERE sku = 'test-mug'; END`)
			var stale *StaleError
			if _, err := s.PlaceOrder(t.Context(), p, nil); !errors.As(err, &stale) || len(stale.Differences) != 1 {
				t.Errorf("PlaceOrder = %v, want a StaleError with one difference", err)
			}
			expectNothingPlaced(t, s, map[string]int{"test-mug": 9, "a-test-towel": 9})
		})
	}
	t.Run("and place the cart", func(t *testing.T) {
		t.Parallel()
		s := openStore(t)
		p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
		mustExec(t, s.Write(), `CREATE TRIGGER other BEFORE UPDATE ON products BEGIN
			INSERT INTO orders (number, cart_id, name, email, address, currency, quantity, total, placed_at)
			VALUES ('00000000000A', '`+p.Cart.ID+`', 'Ada', 'a@b.c', 'Row 1', 'EUR', 1, 100, 1); END`)
		o, err := s.PlaceOrder(t.Context(), p, nil)
		if !errors.Is(err, ErrAlreadyPlaced) || o.Number != "00000000000A" {
			t.Errorf("PlaceOrder = %s, %v; want the other order and ErrAlreadyPlaced", o.Number, err)
		}
	})
}

func TestAShopperWhoLeftInTheQueueOrdersNothing(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := s.PlaceOrder(gone, p, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("PlaceOrder = %v, want context.Canceled", err)
		}
		expectNothingPlaced(t, s, map[string]int{"test-mug": 9})
	})
}

func TestAShopperWhoLeavesDuringTheOrderHasOrdered(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
		leaving, leave := context.WithCancel(t.Context())
		_, err := s.PlaceOrder(leaving, p, func(ctx context.Context, _ *sql.Tx, _ cart.Order) error {
			leave()
			return ctx.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.OrderByCart(t.Context(), p.Cart.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestAlsoFailingUndoesTheOrder(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		p := newPlacement(t, s, 1, addProduct(t, s, "test-mug", 100, 9))
		refused := fmt.Errorf("refused")
		_, err := s.PlaceOrder(t.Context(), p, func(context.Context, *sql.Tx, cart.Order) error { return refused })
		if !errors.Is(err, refused) {
			t.Errorf("PlaceOrder = %v, want what also returned", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic of also was swallowed")
				}
			}()
			s.PlaceOrder(t.Context(), p, func(context.Context, *sql.Tx, cart.Order) error { panic("also") })
		}()
		expectNothingPlaced(t, s, map[string]int{"test-mug": 9})
		if _, err := s.PlaceOrder(t.Context(), p, nil); err != nil {
			t.Errorf("the write pool is not usable any more: %v", err)
		}
	})
}
