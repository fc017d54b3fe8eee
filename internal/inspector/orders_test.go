package inspector

import (
	"net/http"
	"strings"
	"testing"

	"trolley/internal/cart"
	"trolley/test/shoptest"
)

func TestOrdersAndStockAreShown(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	o.Get("/orders").Want(t, http.StatusOK, "No orders yet")
	number := strings.TrimPrefix(v.Order("mug"), "/orders/")
	o.Get("/orders").Want(t, http.StatusOK, "1 order.", number, "placed", "Ada Lovelace")
	o.Get("/orders/"+number).Want(t, http.StatusOK, "trolley-admin cancel "+number)
	n, err := cart.ParseOrderNumber(number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.CancelOrder(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	o.Get("/orders").Want(t, http.StatusOK, number, "cancelled")
	o.Get("/orders/"+number).Want(t, http.StatusOK, "Cancelled")
	v.Get("/orders/"+number).Want(t, http.StatusOK, "This order is cancelled", "Cancelled")
	o.Get("/stock").Want(t, http.StatusOK, "sold out", "Enamel mug")
	for _, path := range []string{"/orders/12", "/orders/0000-0000-0000"} {
		o.Get(path).Want(t, http.StatusNotFound, "No such order")
	}
}
