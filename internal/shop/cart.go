package shop

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"trolley/internal/cart"
	"trolley/internal/locale"
	"trolley/internal/web"
)

// cartPage is the data of ui/html/pages/cart.html.
type cartPage struct {
	web.Page
	Quote    cart.Quote
	Things   string // its quantity, for people; each is on the page several times
	Subtotal string // and its subtotal
	Blocked  string // which lines keep it from the checkout; "" for none
	Undo     int    // lines that can be brought back
	Message  *web.Message
	Lines    template.HTML
	Merged   []mergedLine // what came along at the sign-in, until it is settled
}

// lineError is a quantity that was not understood.
type lineError struct {
	Typed, Error string
}

// CartJSON is the cart as scripts get it.
type CartJSON struct {
	cart.Quote
	Things  string       `json:"things"`
	Message *web.Message `json:"message"` // null where there is nothing to say
}

// pricedCart is a cart with what its products are and cost now.
type pricedCart struct {
	cart.Cart
	quote    cart.Quote
	products map[string]cart.Product // of the lines, and of those that Undo would bring back
}

// cart answers GET /cart.
func (app *Shop) cart(w http.ResponseWriter, r *http.Request) error {
	outcome := r.URL.Query() // what happened to it
	priced, err := app.price(r.Context(), currentCart(r.Context()))
	if err != nil {
		return err
	}
	if web.WantsJSON(r) {
		return app.answerPriced(w, r, priced, outcome)
	}
	web.VaryByAccept(w.Header())
	data := app.cartPage(r, priced, nil)
	data.Message = priced.say(outcome)
	return app.Render(w, "cart", data)
}

// price looks up the products of a cart and quotes it.
func (app *Shop) price(ctx context.Context, c cart.Cart) (pricedCart, error) {
	var skus []string
	for _, lines := range [][]cart.Line{c.Lines, c.Removed} {
		for _, line := range lines {
			skus = append(skus, line.SKU)
		}
	}
	priced := pricedCart{Cart: c}
	var err error
	if priced.products, err = app.cache.ProductsBySKU(ctx, skus); err != nil {
		return priced, err
	}
	priced.quote, err = c.Quote(priced.products)
	return priced, err
}

// things is the quantity for people: "3 things".
func (c pricedCart) things() string { return locale.Plural(c.quote.Quantity, "thing", "things") }

// cartPage returns the page of a cart. wrong is by SKU.
func (app *Shop) cartPage(r *http.Request, c pricedCart, wrong map[string]lineError) cartPage {
	data := cartPage{Page: app.private(r, "Your cart"), Quote: c.quote, Things: c.things(), Subtotal: c.quote.Subtotal.String(),
		Blocked: c.attention(), Undo: len(c.Removed)}
	merged, err := app.merged(r.Context())
	data.Merged, data.Err = merged, cmp.Or(data.Err, err)
	lines := make([]string, len(c.quote.Lines))
	for i, l := range c.quote.Lines {
		line, err := app.cartLine(l, wrong[l.SKU])
		lines[i] = string(line)
		data.Err = cmp.Or(data.Err, err)
	}
	data.Lines = template.HTML(strings.Join(lines, "\n"))
	return data
}

// cartLine is the data of the template "line" in ui/html/pages/cart.html.
type cartLine struct {
	SKU, Name, Shelf     string
	Notice, Kinds        string // Kinds are the classes of the notice
	Quantity, Left       int    // Left is what can be taken instead; 0 for no offer
	UnitPrice, LineTotal cart.Money
	Counts               bool // LineTotal is part of the subtotal
	Wrong                lineError
}

// cartLine returns a line as HTML. Everybody with three mugs shares one.
func (app *Shop) cartLine(l cart.QuoteLine, wrong lineError) (template.HTML, error) {
	line := cartLine{SKU: l.SKU, Name: l.Name, Shelf: l.Shelf, Notice: l.Notice, Quantity: l.Quantity,
		UnitPrice: l.UnitPrice, LineTotal: l.LineTotal, Counts: l.Counts(), Wrong: wrong}
	for _, n := range l.Notices {
		line.Kinds += " is-" + string(n.Kind)
	}
	if l.Blocked() {
		line.Left = l.Stock
	}
	return app.Part("cart", "line", line, wrong.Error == "")
}

// answerCart answers a change of the cart: scripts with the cart,
// browsers with a redirect to its page. outcome says what happened, in the
// query of that page, so that nothing needs to be kept for it.
func (app *Shop) answerCart(w http.ResponseWriter, r *http.Request, c cart.Cart, outcome url.Values) error {
	priced, err := app.priceAnswer(r, c)
	if err != nil {
		return err
	}
	return app.answerPriced(w, r, priced, outcome)
}

// priceAnswer prices a cart for an answer that shows it.
func (app *Shop) priceAnswer(r *http.Request, c cart.Cart) (pricedCart, error) {
	if web.WantsJSON(r) {
		return app.price(r.Context(), c)
	}
	return pricedCart{Cart: c}, nil
}

func (app *Shop) answerPriced(w http.ResponseWriter, r *http.Request, c pricedCart, outcome url.Values) error {
	web.VaryByAccept(w.Header())
	if web.WantsJSON(r) {
		return web.WriteJSON(w, CartJSON{c.quote, c.things(), c.say(outcome)})
	}
	return web.SeeOther(w, web.Address("/cart", outcome))
}
