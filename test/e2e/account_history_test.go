package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// mortal is a shop that is killed and started again on the same database.
type mortal struct {
	mu sync.RWMutex
	s  *shop
}

func (m *mortal) now() *shop {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.s
}

// die kills the shop in the midst of what it does, and has others wait for the next one.
func (m *mortal) die(t testing.TB) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.s.Kill()
	m.s = startMortal(t, m.s.DB)
}

// startMortal starts a shop whose clients say where they come from: tries from one
// address are limited.
func startMortal(t testing.TB, db string) *shop {
	t.Helper()
	return startBuilt(t, proctest.Quick, db, "-trusted-proxies", "127.0.0.0/8")
}

// device is a browser of an account in a random history.
type device struct {
	testing.TB
	nodes       []*mortal
	random      *rand.Rand
	cookie      string
	sure, maybe int // units whose add was acknowledged, and whose outcome is unknown
}

// ask sends a request to a node at random, and keeps the cookie as a browser does.
func (d *device) ask(path string, form url.Values) blackbox.Reply {
	for {
		r := blackbox.Request{Shop: d.nodes[d.random.IntN(len(d.nodes))].now().Shop, Path: path, Cookie: d.cookie, Form: form,
			From: fmt.Sprint("10.1.", d.random.IntN(100), ".1")}
		a := r.Send(d.Context())
		if _, value, _ := strings.Cut(a.Cookie, "="); value != "" {
			d.cookie = a.Cookie
		} else if a.Cookie != "" {
			d.cookie = ""
		}
		if a.Status == http.StatusTooManyRequests {
			continue // from this address
		}
		return a
	}
}

// step does one thing at random, and signs in again where that, or another device, has
// ended the session.
func (d *device) step() {
	var a blackbox.Reply
	switch n := d.random.IntN(100); {
	case n < 74:
		a = d.ask("/cart/items", blackbox.Form("sku", fmt.Sprint("thing-", 1+d.random.IntN(40))))
		switch to, _ := url.Parse(a.Location); {
		case a.Err != nil || a.Status >= http.StatusInternalServerError:
			d.maybe++
		case a.Status == http.StatusSeeOther:
			got, _ := strconv.Atoi(to.Query().Get("quantity"))
			d.sure += got
		}
	case n < 83:
		a = d.ask("/session/renew", url.Values{})
	case n < 90:
		if page := d.ask("/checkout", nil); page.Err == nil && page.Status == http.StatusOK {
			a = d.ask("/checkout", blackbox.Form("cart", page.Hidden(d, "cart"), "shown", page.Hidden(d, "shown"),
				"name", "Ada Lovelace", "email", "ada@example.com", "address", "12 St James's Square",
				"postcode", "SW1Y 4JH", "town", "London", "country", "England"))
		}
	case n < 93:
		a = d.ask("/account/logout", url.Values{})
	case n < 94:
		a = d.ask("/account/devices/end", blackbox.Form("which", "all"))
	case n < 95:
		a = d.ask("/account/devices/end", blackbox.Form("which", "others"))
	default:
		a = d.ask("/account/devices", nil)
	}
	if a.Status == http.StatusInternalServerError || a.Status == http.StatusBadRequest {
		d.Errorf("status %d\n%s", a.Status, a.Body)
	}
	if page := d.ask("/account/login", nil); page.Status == http.StatusOK { // the form
		d.signIn("/account/login")
	}
}

func (d *device) signIn(path string) {
	for {
		a := d.ask(path, blackbox.Form("email", "ada@example.com", "password", "a sieve, two mugs"))
		switch {
		case a.Err != nil || a.Status == http.StatusServiceUnavailable:
		case a.Status == http.StatusSeeOther:
			return
		default:
			d.Errorf("sign-in: status %d\n%s", a.Status, a.Body)
			return
		}
	}
}

// Whatever four devices of an account do on two processes, which are killed meanwhile,
// each unit whose add was acknowledged is in the cart of the account or in one order.
func TestNoHistoryOfAnAccountLosesAnythingToAKill(t *testing.T) {
	t.Parallel()
	db := blackbox.NewDB(t)
	first := startMortal(t, db)
	blackbox.Change(t, db, blackbox.Shelves)
	wantNoUnitLost(t, []*mortal{{s: first}, {s: startMortal(t, db)}})
	blackbox.WantWhole(t, db)
}

// The same on PostgreSQL, where the two processes are nodes.
func TestNoHistoryOfAnAccountLosesAnythingToADeadNode(t *testing.T) {
	t.Parallel()
	db := shelved.New(t)
	wantNoUnitLost(t, []*mortal{{s: startMortal(t, db)}, {s: startMortal(t, db)}})
}

// wantNoUnitLost fails the test if a random history of an account on two processes
// loses a unit.
func wantNoUnitLost(t *testing.T, nodes []*mortal) {
	t.Helper()
	const devices, aLife = 4, 40 // steps of one device between two kills
	steps := proctest.Times(t, "TROLLEY_TEST_HISTORY", 320) / devices
	db := nodes[0].s.DB
	seed := rand.Uint64()
	t.Log("seed ", seed)
	var all []*device
	for i := range devices {
		all = append(all, &device{TB: t, nodes: nodes, random: rand.New(rand.NewPCG(seed, uint64(i)))})
	}
	all[0].signIn("/account/new")
	var wg sync.WaitGroup
	for i, d := range all {
		wg.Go(func() {
			for n := range steps {
				if d.step(); i == 0 && n%aLife == aLife/2 {
					nodes[n/aLife%2].die(t)
				}
			}
		})
	}
	wg.Wait()
	sure, maybe := 0, 0
	for _, d := range all {
		sure, maybe = sure+d.sure, maybe+d.maybe
	}
	last := &device{TB: t, nodes: nodes, random: all[0].random}
	last.signIn("/account/login")
	inCart := nodes[0].now().cart(t, last.cookie).Quantity
	ordered := blackbox.Count(t, db, "SELECT COALESCE(SUM(o.quantity), 0) FROM orders o JOIN account_orders a ON a.order_number = o.number")
	if kept := inCart + ordered; kept < sure || kept > sure+maybe {
		t.Errorf("%d units in the cart and %d ordered; %d adds were acknowledged, and %d more may have taken place", inCart, ordered, sure, maybe)
	}
	if sure < steps || ordered == 0 {
		t.Errorf("only %d adds were acknowledged, and %d units ordered", sure, ordered)
	}
	wantNone(t, db, "orders that are not of the account",
		"SELECT number FROM orders WHERE number NOT IN (SELECT order_number FROM account_orders)")
	t.Logf("%d steps, %d adds acknowledged, %d unknown", steps*devices, sure, maybe)
}
