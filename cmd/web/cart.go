package main

import (
	"context"
	"net/http"
	"net/url"

	"trolley/internal/cart"
	"trolley/internal/locale"
)

// cartPage is the data of ui/html/pages/cart.html.
type cartPage struct {
	page
	Quote    cart.Quote
	Things   string // its quantity, for people
	Subtotal string // and its subtotal
	Blocked  bool
	Undo     int // lines that can be brought back
	Message  *message
	Errors   map[string]lineError // by SKU
}

// lineError is a quantity that was not understood.
type lineError struct {
	Typed, Error string
}

// cartJSON is the cart as scripts get it.
type cartJSON struct {
	cart.Quote
	Things  string   `json:"things"`
	Message *message `json:"message"` // null where there is nothing to say
}

// pricedCart is a cart with what its products are and cost now.
type pricedCart struct {
	cart.Cart
	quote    cart.Quote
	products map[string]cart.Product // of the lines, and of those that Undo would bring back
}

// cart answers GET /cart.
func (app *application) cart(w http.ResponseWriter, r *http.Request) error {
	c, err := app.price(r.Context(), currentCart(r.Context()))
	if err != nil {
		return err
	}
	said := c.say(r.URL.Query())
	varyByAccept(w.Header())
	if wantsJSON(r) {
		return writeJSON(w, c.json(said))
	}
	data, err := app.cartPage(r, c)
	if err != nil {
		return err
	}
	data.Message = said
	return app.render(w, "cart", data)
}

// price looks up the products of a cart and quotes it.
func (app *application) price(ctx context.Context, c cart.Cart) (pricedCart, error) {
	var skus []string
	for _, lines := range [][]cart.Line{c.Lines, c.Removed} {
		for _, line := range lines {
			skus = append(skus, line.SKU)
		}
	}
	priced := pricedCart{Cart: c}
	var err error
	if len(skus) > 0 {
		if priced.products, err = app.showcase.ProductsBySKU(ctx, skus); err != nil {
			return priced, err
		}
	}
	quote, err := c.Quote(priced.products)
	priced.quote = app.money.explain(quote)
	return priced, err
}

func (c pricedCart) json(said *message) cartJSON {
	return cartJSON{c.quote, c.things(), said}
}

// things is the quantity for people: "3 things".
func (c pricedCart) things() string { return locale.Plural(c.quote.Quantity, "thing", "things") }

func (app *application) cartPage(r *http.Request, c pricedCart) (cartPage, error) {
	base, err := app.private(r, "Your cart")
	return cartPage{page: base, Quote: c.quote, Things: c.things(), Subtotal: app.money.text(c.quote.Subtotal),
		Blocked: c.quote.Blocked(), Undo: len(c.Removed)}, err
}

// answerCart answers a change of the cart: scripts with the cart as it is now,
// browsers with a redirect to its page. outcome says what happened, in the
// query of that page, so that nothing needs to be kept for it.
func (app *application) answerCart(w http.ResponseWriter, r *http.Request, c cart.Cart, outcome url.Values) error {
	varyByAccept(w.Header())
	if !wantsJSON(r) {
		return seeOther(w, address("/cart", outcome))
	}
	priced, err := app.price(r.Context(), c)
	if err != nil {
		return err
	}
	return writeJSON(w, priced.json(priced.say(outcome)))
}
