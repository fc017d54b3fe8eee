package inspector

import (
	"errors"
	"net/http"
	"time"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

// maxListed is how many orders, or products, a page shows.
const maxListed = 200

// ordersPage is the data of ui/html/pages/orders.html.
type ordersPage struct {
	page
	Orders []cart.Order
	Most   int
}

// orders answers GET /orders: the newest ones.
func (ins *Inspector) orders(w http.ResponseWriter, r *http.Request) error {
	orders, err := ins.store.Orders(r.Context(), time.UnixMilli(0), maxListed)
	if err != nil {
		return err
	}
	return ins.Render(w, "orders", ordersPage{ins.page(r, "Orders"), orders, maxListed})
}

// placedPage is the data of ui/html/pages/placed.html.
type placedPage struct {
	page
	Order cart.Order
}

// order answers GET /orders/{number}.
func (ins *Inspector) order(w http.ResponseWriter, r *http.Request) error {
	number, err := cart.ParseOrderNumber(r.PathValue("number"))
	if err != nil {
		return noOrder()
	}
	order, err := ins.store.Order(r.Context(), number)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return noOrder()
	case err != nil:
		return err
	}
	return ins.Render(w, "placed", placedPage{ins.page(r, "Order "+string(number)), order})
}

func noOrder() *web.Problem {
	return &web.Problem{Status: http.StatusNotFound, Heading: "No such order",
		Text: "No order has this number. Compare it with the receipt, or look it up in the list of orders."}
}

// stockPage is the data of ui/html/pages/stock.html.
type stockPage struct {
	page
	Products []cart.Product
	Most     int
}

// stock answers GET /stock: the products of which least is left.
func (ins *Inspector) stock(w http.ResponseWriter, r *http.Request) error {
	products, err := ins.store.LowestStock(r.Context(), maxListed)
	if err != nil {
		return err
	}
	return ins.Render(w, "stock", stockPage{ins.page(r, "Stock"), products, maxListed})
}
