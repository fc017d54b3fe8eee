package main

import (
	"errors"
	"net/http"

	"trolley/internal/cart"
	"trolley/internal/store"
)

// orderPage is the data of ui/html/pages/order.html.
type orderPage struct {
	page
	Order cart.Order
}

// order answers GET /orders/{number}. Somebody else's order, no order, and what
// is no number at all get the same answer: the first two would tell which
// numbers exist. The database is not asked for what is not the visitor's.
func (app *application) order(w http.ResponseWriter, r *http.Request) error {
	number, err := cart.ParseOrderNumber(r.PathValue("number"))
	switch {
	case err != nil:
		return notFound("order")
	case !isOurs(r.Context(), number):
		return foreignOrder()
	}
	order, err := app.store.Order(r.Context(), number)
	if errors.Is(err, store.ErrNotFound) {
		return notFound("order")
	}
	if err != nil {
		return err
	}
	base, err := app.private(r, "Order "+number.String())
	if err != nil {
		return err
	}
	return app.render(w, "order", orderPage{base, order})
}

// orderPath returns the address of an order.
func orderPath(number cart.OrderNumber) string {
	return sitePath("orders", number)
}
