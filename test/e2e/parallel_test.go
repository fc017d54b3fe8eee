package e2e

import (
	"strconv"
	"syscall"
	"testing"
	"trolley/test/blackbox"
)

const (
	trials   = 20
	parallel = 50
)

func TestParallelAddsWithOneCookieAreAllKept(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	for range trials {
		wantAllKept(t, s)
	}
}

func TestParallelAddsOnTwoProcessesAreAllKept(t *testing.T) {
	t.Parallel()
	a := plenty(t)
	b := start(t, a.DB)
	for range trials {
		wantAllKept(t, a, b)
	}
}

// wantAllKept adds one unit at a time to one cart, all at once, spread over
// shops that share a database.
func wantAllKept(t *testing.T, shops ...*shop) {
	t.Helper()
	const products = 5
	cookie := shops[0].begin(t, "enamel-mug")
	adds := make([]blackbox.Request, parallel)
	for i := range adds {
		adds[i] = add(shops[i%len(shops)], cookie, "thing-"+strconv.Itoa(1+i%products), 1)
	}
	for _, a := range overlap(t, adds) {
		if !a.IsAcknowledged() {
			t.Errorf("an add: status %d, %q, %v\n%s", a.Status, a.Location, a.Err, a.Body)
		}
	}
	for _, s := range shops {
		kept := s.cart(t, cookie)
		for i := range products {
			if sku := "thing-" + strconv.Itoa(1+i); kept.Of(sku) != parallel/products {
				t.Errorf("%d of %d adds of %s are kept", kept.Of(sku), parallel/products, sku)
			}
		}
		if kept.Of("enamel-mug") != 1 || kept.Quantity != parallel+1 {
			t.Errorf("the cart has %q: %d things, want %d", kept, kept.Quantity, parallel+1)
		}
	}
	if t.Failed() {
		t.FailNow() // one trial says enough
	}
}

func TestSecondProcessServesTheSameShop(t *testing.T) {
	t.Parallel()
	a := plenty(t)
	b := start(t, a.DB)
	cookie := a.begin(t, "thing-1", "thing-2")
	if got, want := b.cart(t, cookie).String(), "thing-1 1, thing-2 1"; got != want {
		t.Fatalf("the second shop shows the cart %q, want %q", got, want)
	}
	path := b.must(t, b.submit(t, cookie)).WantTo(t, "/orders/")
	a.get(t, path, cookie).Want(t, 200)
	if got := a.cart(t, cookie); got.Quantity != 0 {
		t.Errorf("ordered at the second shop, the first still shows %q", got)
	}
	a.Signal(t, syscall.SIGTERM)
	if code := a.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	b.get(t, path, cookie).Want(t, 200) // the other one goes on
	b.begin(t, "thing-3")
	blackbox.WantWhole(t, b.DB)
}
