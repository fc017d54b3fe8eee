package shop

import (
	"errors"
	"net/http"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

// orderPage is the data of ui/html/pages/order.html.
type orderPage struct {
	web.Page
	Order cart.Order
}

// order answers GET /orders/{number}. Somebody else's order, no order, and what
// is no number at all get the same answer: the first two would tell which
// numbers exist. The database is not asked for what is not the visitor's.
func (app *Shop) order(w http.ResponseWriter, r *http.Request) error {
	number, err := cart.ParseOrderNumber(r.PathValue("number"))
	switch {
	case err != nil:
		return web.NotFound("order")
	case !isOurs(r.Context(), number):
		return foreignOrder()
	}
	order, err := app.store.Order(r.Context(), number)
	if errors.Is(err, store.ErrNotFound) {
		return web.NotFound("order")
	}
	if err != nil {
		return err
	}
	base, err := app.private(r, "Order "+number.String())
	if err != nil {
		return err
	}
	return app.Render(w, "order", orderPage{base, order})
}

// orderPath returns the address of an order.
func orderPath(number cart.OrderNumber) string {
	return web.SitePath("orders", number)
}
