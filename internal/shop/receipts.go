package shop

import (
	"errors"
	"net/http"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

// orderPage is the data of ui/html/pages/order.html.
type orderPage struct {
	web.Page
	Order cart.Order
	Other bool // it was ordered by another form than the one that was sent
}

// order answers GET /orders/{number}. Another visitor's order, no order, and what
// is no number at all get the same answer: the first two would tell which
// numbers exist. The database is not asked for what is not the visitor's.
func (app *Shop) order(w http.ResponseWriter, r *http.Request) error {
	number, err := cart.ParseOrderNumber(r.PathValue("number"))
	if err != nil {
		return noOrder()
	}
	ours, err := app.owns(r.Context(), number)
	switch {
	case err != nil:
		return err
	case !ours:
		return foreignOrder()
	}
	order, err := app.store.Order(r.Context(), number)
	if errors.Is(err, store.ErrNotFound) {
		return noOrder()
	}
	if err != nil {
		return err
	}
	return app.Render(w, "order", orderPage{Page: app.private(r, "Order "+number.String()), Order: order})
}

// receiptsPage is the data of ui/html/pages/receipts.html.
type receiptsPage struct {
	web.Page
	Orders []cart.Order // newest first
}

// ordersOf answers GET /orders: the orders that this session placed.
func (app *Shop) ordersOf(w http.ResponseWriter, r *http.Request) error {
	if account.Current(r.Context()) != nil {
		return web.SeeOther(w, "/account") // which has those of all devices
	}
	data := receiptsPage{Page: app.private(r, "Your orders")}
	numbers, _ := ordersKey.Get(r.Context())
	for _, number := range numbers {
		order, err := app.store.Order(r.Context(), number)
		switch {
		case err == nil:
			data.Orders = append(data.Orders, order)
		case !errors.Is(err, store.ErrNotFound):
			data.Err = err
		}
	}
	return app.Render(w, "receipts", data)
}
