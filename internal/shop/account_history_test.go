package shop_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"

	"trolley/test/shoptest"
)

// historyLength is how many operations a random history has; the environment variable
// makes it longer.
func historyLength() int {
	if n, err := strconv.Atoi(os.Getenv("TROLLEY_TEST_HISTORY")); err == nil {
		return n
	}
	return 200 // most of the time goes into passwords
}

// device is a browser of the account in a random history.
type device struct {
	*shoptest.Visitor
	random *rand.Rand
	added  int // units whose add was acknowledged
}

// step does one thing at random. A device that finds itself signed out signs in again: what
// it has put in as a guest comes along.
func (d *device) step() error {
	var r shoptest.Reply
	switch n := d.random.IntN(100); {
	case n < 74:
		r = d.Post("/cart/items", "sku", fmt.Sprint("peg-", 1+d.random.IntN(60)))
		if to, err := url.Parse(r.Header.Get("Location")); err == nil && to.Query().Has("added") {
			got, _ := strconv.Atoi(to.Query().Get("quantity"))
			d.added += got
		}
	case n < 84:
		r = d.Post("/session/renew")
	case n < 90:
		r = d.order()
	case n < 93:
		r = d.Post("/account/logout")
	case n < 94:
		r = d.Post("/account/devices/end", "which", "all")
	case n < 95:
		r = d.Post("/account/devices/end", "which", "others")
	default:
		r = d.Get("/account/devices")
	}
	if r.StatusCode == http.StatusInternalServerError || r.StatusCode == http.StatusBadRequest {
		return fmt.Errorf("%s %s: status %d\n%s", r.Request.Method, r.Request.URL.Path, r.StatusCode, r.Text())
	}
	if page := d.Get("/account/login"); page.StatusCode == http.StatusOK { // the form
		return d.signIn()
	}
	return nil
}

// signIn tries until the shop has time for the password.
func (d *device) signIn() error {
	for {
		r := d.Post("/account/login", "email", goodEmail, "password", goodPassword)
		switch r.StatusCode {
		case http.StatusSeeOther:
			return nil
		case http.StatusServiceUnavailable:
		default:
			return fmt.Errorf("sign-in: status %d\n%s", r.StatusCode, r.Text())
		}
	}
}

// order orders the cart as the checkout shows it.
func (d *device) order() shoptest.Reply {
	page := d.Get("/checkout")
	if page.StatusCode != http.StatusOK {
		return page
	}
	return d.Post("/checkout", shoptest.HiddenFields(d.T, page)...)
}

// Whatever four devices of an account do on two nodes at once, each unit whose add was
// acknowledged is in the cart of the account or in one of its orders, once.
func TestNoHistoryOfAnAccountLosesAnything(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	twin := shop.Twin(t)
	shop.Accounts.Limits, twin.Accounts.Limits = nil, nil
	shop.Exec(t, "UPDATE products SET stock = 1000000")
	seed := rand.Uint64()
	t.Log("seed ", seed)
	devices := make([]*device, 4)
	for i := range devices {
		devices[i] = &device{Visitor: []*shoptest.Shop{shop, twin}[i%2].Visitor(t), random: rand.New(rand.NewPCG(seed, uint64(i)))}
	}
	signUp(t, devices[0].Visitor)
	var wg sync.WaitGroup
	for _, d := range devices {
		wg.Go(func() {
			for range historyLength() / len(devices) {
				if err := d.step(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	added := 0
	for _, d := range devices {
		added += d.added
	}
	v := &device{Visitor: shop.Visitor(t)}
	if err := v.signIn(); err != nil {
		t.Fatal(err)
	}
	ordered := shop.Count(t, "SELECT COALESCE(SUM(o.quantity), 0) FROM orders o JOIN account_orders a ON a.order_number = o.number")
	if n := shop.Count(t, "SELECT COUNT(*) FROM orders WHERE number NOT IN (SELECT order_number FROM account_orders)"); n > 0 {
		t.Errorf("%d orders are not of the account", n)
	}
	if inCart := v.CartJSON().Quantity; inCart+ordered != added {
		t.Errorf("%d units in the cart and %d ordered, and %d were added", inCart, ordered, added)
	}
	if added < historyLength()/4 {
		t.Errorf("only %d units were added", added)
	}
}
