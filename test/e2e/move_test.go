package e2e

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/pgtest"
	"trolley/test/proctest"
)

// move moves a shop whose process has ended.
func move(t testing.TB, from, to string) *process {
	t.Helper()
	return proctest.Start(t, proctest.Command{Build: proctest.Admin, Args: []string{"move", from, to}})
}

// sell has many shoppers fill their carts at the same time, and returns for each
// cookie what the cart holds, as far as it was acknowledged.
func (s *shop) sell(t testing.TB) map[string]string {
	carts, mu := map[string]string{}, sync.Mutex{}
	var shoppers sync.WaitGroup
	for range 8 {
		shoppers.Go(func() {
			cookie := s.begin(t, "enamel-mug", "tea-towel")
			text := s.cart(t, cookie).String()
			mu.Lock()
			defer mu.Unlock()
			carts[cookie] = text
		})
	}
	shoppers.Wait()
	return carts
}

// Stop, move, start: nobody notices but by the pause, however often the move is
// killed before it is let through.
func TestAShopMovesToPostgresWithAllItsShoppers(t *testing.T) {
	t.Parallel()
	before, dsn := start(t, blackbox.NewDB(t)), pgtest.New(t)
	carts := before.sell(t)
	buyer := before.begin(t, "notebook")
	receipt := before.must(t, before.submit(t, buyer)).WantTo(t, "/orders/")
	before.Stop(t)
	for range 3 {
		move(t, before.DB, dsn).Kill()
	}
	if p := move(t, before.DB, dsn); p.Exit(t) != 0 {
		t.Fatalf("the move failed\n%s", &p.Stderr)
	}

	nodes := []*shop{start(t, dsn), start(t, dsn)}
	for cookie, was := range carts {
		for _, s := range nodes {
			if is := s.cart(t, cookie).String(); is != was {
				t.Errorf("a cart held %s and holds %s", was, is)
			}
		}
		bought := nodes[0].must(t, nodes[1].submit(t, cookie)).WantTo(t, "/orders/")
		nodes[1].get(t, bought, cookie).Want(t, http.StatusOK)
	}
	nodes[0].get(t, receipt, buyer).Want(t, http.StatusOK)
	for cookie := range carts {
		nodes[0].get(t, receipt, cookie).Want(t, http.StatusNotFound)
	}
}

func TestARunningShopIsNotMoved(t *testing.T) {
	t.Parallel()
	s, dsn := start(t, blackbox.NewDB(t)), pgtest.New(t)
	cookie := s.begin(t, "enamel-mug")
	p := move(t, s.DB, dsn)
	if code := p.Exit(t); code != 1 || !strings.Contains(p.Stderr.String(), "is using it: stop it first") {
		t.Errorf("exit code %d\n%s", code, &p.Stderr)
	}
	if is := s.cart(t, cookie); is.Quantity != 1 {
		t.Errorf("afterwards the cart holds %s", is)
	}
}
