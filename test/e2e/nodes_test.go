package e2e

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/test/blackbox"
	"trolley/test/pgtest"
	"trolley/test/proctest"
	"trolley/tools/loadbalancer"
)

// cluster is one shop of several processes on one PostgreSQL.
type cluster struct {
	nodes []*shop
	front *shop // sends each request to the next node; it has no process
}

// three is a new shop of three nodes, with the shelves.
func three(t testing.TB) *cluster {
	t.Helper()
	return nodesOn(t, shelved.New(t), proctest.Trolley)
}

// shelved is a database with the schema and the shelves.
var shelved = pgtest.Template{Prepare: func(dsn string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Write().ExecContext(ctx, blackbox.Shelves)
	return err
}}

var startedAt = regexp.MustCompile(`"shop":"([^"]+)"`)

// nodesOn starts three nodes at the same moment.
func nodesOn(t testing.TB, dsn string, build proctest.Build) *cluster {
	t.Helper()
	c := &cluster{front: &shop{&blackbox.Shop{DB: dsn, Client: blackbox.NewClient(t, nil)}}}
	for range 3 { // 10 connections each: the server is shared with other tests
		c.nodes = append(c.nodes, &shop{&blackbox.Shop{DB: dsn, Client: blackbox.NewClient(t, nil), Process: runBuilt(t, build, nil,
			"-addr", "127.0.0.1:0", "-ops-addr", "", "-log-format", "json", "-db", dsn+"&pool_max_conns=10")}})
	}
	var addresses []string
	for _, n := range c.nodes {
		waitLog(t, n.Process, `"msg":"started"`)
		address := startedAt.FindStringSubmatch(n.Stderr.String())[1]
		n.URL = "http://" + address
		addresses = append(addresses, address)
	}
	balancer := httptest.NewServer(loadbalancer.New(addresses...))
	t.Cleanup(balancer.Close)
	c.front.URL = balancer.URL
	return c
}

// The turns that requests of one session take within a process are of no help
// here: the compare-and-swap alone decides.
func TestParallelAddsSpreadOverThreeNodesAreAllKept(t *testing.T) {
	t.Parallel()
	c := three(t)
	for range trials {
		wantAllKept(t, c.front)
	}
}

func TestThreeNodesSellNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	wantAllSoldOnce(t, three(t).front)
}

func TestParallelSubmitsToThreeNodesPlaceOneOrder(t *testing.T) {
	t.Parallel()
	wantOneOrderOf(t, three(t).front)
}

func TestASessionThatEndsOnOneNodeIsOverOnAll(t *testing.T) {
	t.Parallel()
	c := three(t)
	cookie := c.nodes[0].begin(t, "thing-1")
	renewed := c.nodes[1].post(t, "/session/renew", cookie).Cookie
	c.wantOver(t, cookie)
	for i, n := range c.nodes {
		if got := n.cart(t, renewed).String(); got != "thing-1 1" {
			t.Errorf("renewed, the cart at node %d is %q", i, got)
		}
	}
	c.nodes[2].post(t, "/session/destroy", renewed).WantTo(t, "/")
	c.wantOver(t, renewed)
	if n := blackbox.Count(t, c.front.DB, "SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// wantOver wants no node to know a cookie, nor to take an add that was on its way.
func (c *cluster) wantOver(t testing.TB, cookie string) {
	t.Helper()
	for i, n := range c.nodes {
		if got := n.cart(t, cookie); got.Quantity != 0 {
			t.Errorf("the old cookie opens %q at node %d", got, i)
		}
		n.post(t, "/cart/items", cookie, "sku", "thing-2").Want(t, http.StatusConflict)
	}
}

// Every node has just shown the old price, and may show it for a second more.
func TestAChangeShowsOnAllNodesWithinASecond(t *testing.T) {
	t.Parallel()
	c := three(t)
	paths := []string{"/?category=many&q=thing+7", "/products/thing-7"}
	for _, price := range []string{"77.77", "88.88", "99.99"} {
		for _, n := range c.nodes {
			for _, path := range paths {
				n.get(t, path, "").Want(t, http.StatusOK)
			}
		}
		blackbox.Change(t, c.front.DB, "UPDATE products SET price = $1 WHERE sku = 'thing-7'", strings.ReplaceAll(price, ".", ""))
		<-time.After(time.Second) // the promise
		for i, n := range c.nodes {
			for _, path := range paths {
				if a := n.get(t, path, ""); !strings.Contains(a.Body, price) {
					t.Errorf("node %d does not show %s on %s", i, price, path)
				}
			}
		}
	}
}
