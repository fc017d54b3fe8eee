package shop_test

import (
	"net/http"
	"strings"
	"testing"

	"trolley/internal/cart"
	"trolley/internal/shop"
	"trolley/test/shoptest"
)

func TestOrderIsForWhoPlacedIt(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	mine := v.Order("mug")
	v.Get(mine).Want(t, http.StatusOK, "Ada Lovelace")
	stranger := s.Visitor(t)
	theirs := stranger.Order("pan")
	none := "/orders/" + cart.NewOrderNumber().String()
	want := shoptest.RequestName.ReplaceAllString(stranger.Get(none).Want(t, http.StatusNotFound, "no such order").Body, "")
	for _, path := range []string{mine, "/orders/nonsense", "/orders/7KQ2-9XMA-4TCF", "/orders/" + strings.Repeat("9", 400), "/orders/%00", "/orders/'"} {
		got := stranger.Get(path).Want(t, http.StatusNotFound)
		if shoptest.RequestName.ReplaceAllString(got.Body, "") != want {
			t.Errorf("%s is not answered like an order that there is not", path)
		}
	}
	v.Get(theirs).Want(t, http.StatusNotFound)
	s.Visitor(t).Get(mine).Want(t, http.StatusNotFound)
}

func TestOrderNumberMayBeTypedAsItIsRead(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	path := v.Order("mug")
	for _, typed := range []string{strings.ToLower(path), "/orders/" + strings.ReplaceAll(strings.TrimPrefix(path, "/orders/"), "-", "")} {
		v.Get(typed).Want(t, http.StatusOK, strings.TrimPrefix(path, "/orders/"))
	}
}

func TestOrderStaysAsItWasPlaced(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	path := v.Order("mug")
	s.Exec(t, "UPDATE products SET price = 9, name = 'Cup' WHERE sku = 'mug'")
	s.Exec(t, "DELETE FROM products WHERE sku = 'pan'")
	v.Get(path).Want(t, http.StatusOK, "Enamel mug", "1 × €18.50")
}

func TestSessionRemembersTheNewestOrders(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	var paths []string
	for range shop.MaxOrders + 1 {
		paths = append(paths, v.Order("pencil"))
	}
	v.Get(paths[0]).Want(t, http.StatusNotFound)
	for _, path := range paths[1:] {
		v.Get(path).Want(t, http.StatusOK)
	}
}

func TestOrderDiesWithItsSession(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	path := v.Order("mug")
	v.Post("/session/renew").Want(t, http.StatusSeeOther)
	v.Get(path).Want(t, http.StatusOK)
	v.Post("/session/destroy").Want(t, http.StatusSeeOther)
	v.Get(path).Want(t, http.StatusNotFound)
}

func TestAPlacedOrderIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Get("/orders").Want(t, http.StatusOK, "No orders yet")
	first, second := v.Order("mug"), v.Order("pan")
	for _, path := range []string{"/orders", "/session"} {
		page := v.Get(path).Want(t, http.StatusOK)
		for _, order := range []string{first, second} {
			if page.Element("a", "href", order) == nil {
				t.Errorf("%s does not lead to %s", path, order)
			}
		}
	}
	if v.Get("/").Element("a", "href", "/orders") == nil {
		t.Error("the front page does not lead to the orders")
	}
	s.Visitor(t).Get("/orders").Want(t, http.StatusOK, "No orders yet")
	s.Visitor(t).Get(first).Want(t, http.StatusNotFound, "A receipt opens only in the browser that placed it")
}

func TestTitlesTellPagesApart(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for path, want := range map[string]string{
		"/": "Trolley", "/?page=2": "All products, page 2 · Trolley", "/?category=desk&page=2": "Desk, page 2 · Trolley",
		"/?q=mug": "Search for “mug” · Trolley", "/?q=zebra": "No results for “zebra” · Trolley",
		"/session": "What this shop remembers about you · Trolley",
	} {
		if got := v.Get(path).Element("title"); got == nil || got.FirstChild.Data != want {
			t.Errorf("%s is called %v, want %q", path, got, want)
		}
	}
}
