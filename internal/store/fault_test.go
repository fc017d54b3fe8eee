package store

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	sqlitedriver "modernc.org/sqlite"

	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"
	"time"

	"trolley/internal/cart"
)

var errFault = errors.New("injected fault")

// faults is the connector of a database of which the n-th step fails: BEGIN,
// each statement and COMMIT are one step each. Steps are counted from 1, and
// n 0 fails none.
type faults struct {
	driver.Connector
	n, steps int
	late     bool // the step takes effect, and only its answer is lost
}

// step runs f, or fails in its place.
func (f *faults) step(run func() error) error {
	f.steps++
	if f.steps != f.n {
		return run()
	}
	if !f.late {
		return errFault
	}
	return errors.Join(errFault, run())
}

func (f *faults) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn.(fullConn), f}, nil
}

// fullConn is what database/sql uses of a connection.
type fullConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.SessionResetter
}

type faultyConn struct {
	fullConn
	faults *faults
}

func (c *faultyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	var tx driver.Tx
	err := c.faults.step(func() (err error) {
		tx, err = c.fullConn.BeginTx(ctx, opts)
		return err
	})
	if err != nil && tx != nil {
		err = errors.Join(err, tx.Rollback()) // as a driver does that reports a failed BEGIN
	}
	return &faultyTx{tx, c.faults}, err
}

func (c *faultyConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (r driver.Result, err error) {
	err = c.faults.step(func() (err error) {
		r, err = c.fullConn.ExecContext(ctx, text, args)
		return err
	})
	return r, err
}

func (c *faultyConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (r driver.Rows, err error) {
	err = c.faults.step(func() (err error) {
		r, err = c.fullConn.QueryContext(ctx, text, args)
		return err
	})
	if err != nil && r != nil {
		err = errors.Join(err, r.Close())
	}
	return r, err
}

type faultyTx struct {
	driver.Tx
	faults *faults
}

func (tx *faultyTx) Commit() error {
	err := tx.faults.step(tx.Tx.Commit)
	if errors.Is(err, errFault) && !tx.faults.late {
		err = errors.Join(err, tx.Tx.Rollback()) // database/sql leaves the cleaning up to the driver
	}
	return err
}

// withFault lets the n-th step on the write pool of s fail from now on.
func withFault(t *testing.T, s *Store, dsn string, n int, late bool) *faults {
	t.Helper()
	f := &faults{n: n, late: late}
	if s.Engine() == Postgres {
		c, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		f.Connector = stdlib.GetConnector(*c) // the pool of before goes on reading
	} else {
		f.Connector = connectorOf(t, "file:"+dsn+"?_txlock=immediate&_pragma=busy_timeout(2000)&_pragma=foreign_keys(1)")
	}
	s.write = sql.OpenDB(f)
	s.write.SetMaxOpenConns(1)
	t.Cleanup(func() { s.write.Close() })
	return f
}

func connectorOf(t *testing.T, dsn string) driver.Connector {
	t.Helper()
	c, err := sqlitedriver.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A cart of three lines takes: BEGIN, 2 queries, 3 updates, 1+3 inserts, the
// session's own update, COMMIT. A change of PlaceOrder may change the number.
const stepsOfAnOrder = 12

// Whichever step fails, and whether or not it took effect before it did: there is
// the full cart and no order, or the order and the empty cart. Trying again
// then ends with one order.
func TestAFaultAtAnyStepLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		for _, late := range []bool{false, true} {
			for n := 1; n <= stepsOfAnOrder; n++ {
				t.Run(fmt.Sprintf("step %d, late %v", n, late), func(t *testing.T) {
					t.Parallel()
					s, p, dsn := shopWithACart(t, e)
					f := withFault(t, s, dsn, n, late)
					_, err := s.PlaceOrder(t.Context(), p, emptyTheCart)
					if !errors.Is(err, errFault) {
						t.Fatalf("PlaceOrder = %v after %d steps, want the fault", err, f.steps)
					}
					took := late && n == stepsOfAnOrder // the COMMIT itself, whose answer was lost
					expectAllOrNothing(t, s, took)
					if _, err := s.PlaceOrder(t.Context(), p, emptyTheCart); took != errors.Is(err, ErrAlreadyPlaced) || !took && err != nil {
						t.Errorf("trying again: %v", err)
					}
					expectAllOrNothing(t, s, true)
				})
			}
		}
	})
}

// Proves that the faults above are at every step: without one, there are no more.
func TestAnOrderHasNoOtherSteps(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s, p, dsn := shopWithACart(t, e)
		f := withFault(t, s, dsn, 0, false)
		if _, err := s.PlaceOrder(t.Context(), p, emptyTheCart); err != nil {
			t.Fatal(err)
		}
		if f.steps != stepsOfAnOrder {
			t.Errorf("an order took %d steps, and faults are injected at %d", f.steps, stepsOfAnOrder)
		}
		expectAllOrNothing(t, s, true)
	})
}

const (
	fullCart    = `{"cart":"full"}`
	cartSession = "SELECT COUNT(*) FROM sessions WHERE token = 'shopper' AND CAST(data AS TEXT) = '" + fullCart + "'"
)

// shopWithACart returns a shop, the name of its database, and a shopper's cart
// of three products, two of each, whose session says "full".
func shopWithACart(t *testing.T, e engineUnderTest) (*Store, Placement, string) {
	t.Helper()
	dsn := e.ready(t)
	s := openAt(t, dsn)
	p := newPlacement(t, s, 2, addProduct(t, s, "test-c", 100, 10), addProduct(t, s, "test-a", 200, 10), addProduct(t, s, "test-b", 300, 10))
	mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ('shopper', $1, $2)",
		[]byte(fullCart), s.engine.Expiry(time.Now().Add(time.Hour)))
	return s, p, dsn
}

func emptyTheCart(ctx context.Context, tx *sql.Tx, _ cart.Order) error {
	_, err := tx.ExecContext(ctx, "UPDATE sessions SET data = $1 WHERE token = 'shopper'", []byte(`{"cart":"empty"}`))
	return err
}

func expectAllOrNothing(t *testing.T, s *Store, all bool) {
	t.Helper()
	orders, lines, stock, full := 0, 0, 10, 1
	if all {
		orders, lines, stock, full = 1, 3, 8, 0
	}
	if got := count(t, s.Read(), "SELECT COUNT(*) FROM orders"); got != orders {
		t.Errorf("%d orders, want %d", got, orders)
	}
	if got := count(t, s.Read(), "SELECT COUNT(*) FROM order_lines"); got != lines {
		t.Errorf("%d lines, want %d", got, lines)
	}
	for _, sku := range []string{"test-a", "test-b", "test-c"} {
		if got := stockOf(t, s, sku); got != stock {
			t.Errorf("stock of %s is %d, want %d", sku, got, stock)
		}
	}
	if got := count(t, s.Read(), cartSession); got != full {
		t.Errorf("the cart is full: %d, want %d", got, full)
	}
}
