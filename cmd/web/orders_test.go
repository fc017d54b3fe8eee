package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"trolley/internal/cart"
)

// order places an order and returns its address.
func (v *visitor) order(skus ...string) string {
	v.t.Helper()
	return v.post("/checkout", v.fill(skus...)...).want(v.t, http.StatusSeeOther).Header.Get("Location")
}

var requestName = regexp.MustCompile(`<code>[A-Z2-7]{12}</code>`)

func TestOrderIsForWhoPlacedIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	mine := v.order("mug")
	v.get(mine).want(t, http.StatusOK, "Ada Lovelace")
	stranger := s.visitor(t)
	theirs := stranger.order("pan")
	none := "/orders/" + cart.NewOrderNumber().String()
	want := requestName.ReplaceAllString(stranger.get(none).want(t, http.StatusNotFound, "no such order").body, "")
	for _, path := range []string{mine, "/orders/nonsense", "/orders/7KQ2-9XMA-4TCF", "/orders/" + strings.Repeat("9", 400), "/orders/%00", "/orders/'"} {
		got := stranger.get(path).want(t, http.StatusNotFound)
		if requestName.ReplaceAllString(got.body, "") != want {
			t.Errorf("%s is not answered like an order that there is not", path)
		}
	}
	v.get(theirs).want(t, http.StatusNotFound)
	s.visitor(t).get(mine).want(t, http.StatusNotFound)
}

func TestOrderNumberMayBeTypedAsItIsRead(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	path := v.order("mug")
	for _, typed := range []string{strings.ToLower(path), "/orders/" + strings.ReplaceAll(strings.TrimPrefix(path, "/orders/"), "-", "")} {
		v.get(typed).want(t, http.StatusOK, strings.TrimPrefix(path, "/orders/"))
	}
}

func TestOrderStaysAsItWasPlaced(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	path := v.order("mug")
	s.exec(t, "UPDATE products SET price = 9, name = 'Cup' WHERE sku = 'mug'")
	s.exec(t, "DELETE FROM products WHERE sku = 'pan'")
	v.get(path).want(t, http.StatusOK, "Enamel mug", "1 × €18.50")
}

func TestSessionRemembersTheNewestOrders(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	var paths []string
	for range maxOrders + 1 {
		paths = append(paths, v.order("pencil"))
	}
	v.get(paths[0]).want(t, http.StatusNotFound)
	for _, path := range paths[1:] {
		v.get(path).want(t, http.StatusOK)
	}
}

func TestOrderDiesWithItsSession(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	path := v.order("mug")
	v.post("/session/renew").want(t, http.StatusSeeOther)
	v.get(path).want(t, http.StatusOK)
	v.post("/session/destroy").want(t, http.StatusSeeOther)
	v.get(path).want(t, http.StatusNotFound)
}
