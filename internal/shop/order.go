package shop

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
)

// checkoutPage is the data of ui/html/pages/checkout.html.
type checkoutPage struct {
	web.Page
	Quote       cart.Quote
	Fields      []contactField
	Wrong       bool   // one of the fields is
	Shown       string // what this page shows, for the order to be compared with
	Blocked     string // which lines keep the cart from being ordered; "" for none
	Differences []cart.Difference
	Message     *web.Message
}

// contactField is the data of the template "field" of ui/html/pages/checkout.html.
type contactField struct {
	Name, Label, Hint string
	Autocomplete      string // https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill
	Value, Error      string
}

// contactFields returns the fields of the form in their order.
func contactFields(c cart.Contact, wrong cart.FieldErrors) []contactField {
	fields := []contactField{
		{Name: "name", Label: "Name", Autocomplete: "name", Value: c.Name, Hint: "As it should appear on the parcel."},
		{Name: "email", Label: "Email", Autocomplete: "email", Value: c.Email, Hint: "We use it for this order only."},
		{Name: "address", Label: "Street and number", Autocomplete: "street-address", Value: c.Address},
		{Name: "postcode", Label: "Postcode", Autocomplete: "postal-code", Value: c.Postcode, Hint: "A dash if you have none."},
		{Name: "town", Label: "Town", Autocomplete: "address-level2", Value: c.Town},
		{Name: "country", Label: "Country", Autocomplete: "country-name", Value: c.Country},
	}
	for i := range fields {
		fields[i].Error = wrong[fields[i].Name]
	}
	return fields
}

// checkout answers GET /checkout. A cart that is empty, or that cannot be
// bought as it stands, has to be settled first.
func (app *Shop) checkout(w http.ResponseWriter, r *http.Request) error {
	c, err := app.price(r.Context(), currentCart(r.Context()))
	switch {
	case err != nil:
		return err
	case c.Empty():
		return web.SeeOther(w, "/cart")
	case c.quote.Blocked():
		return web.SeeOther(w, web.Address("/cart", url.Values{"blocked": {"1"}}))
	}
	contact, _ := contactKey.Get(r.Context())
	return app.Render(w, "checkout", app.checkoutPage(r, c.quote, contact, nil))
}

func (app *Shop) checkoutPage(r *http.Request, q cart.Quote, contact cart.Contact, wrong cart.FieldErrors) checkoutPage {
	return checkoutPage{Page: app.private(r, "Checkout"), Quote: q, Fields: contactFields(contact, wrong), Wrong: len(wrong) > 0,
		Shown: q.Shown(), Blocked: pricedCart{quote: q}.attention()}
}

// placeOrder answers POST /checkout.
func (app *Shop) placeOrder(w http.ResponseWriter, r *http.Request, f url.Values) error {
	ctx := r.Context()
	contact, wrong := cart.ParseContact(cart.Contact{Name: f.Get("name"), Email: f.Get("email"), Address: f.Get("address"),
		Postcode: f.Get("postcode"), Town: f.Get("town"), Country: f.Get("country")})
	c := currentCart(ctx)
	if c.Empty() || c.ID != f.Get("cart") {
		return app.otherCart(w, r, f, contact)
	}
	if err := keepContact(ctx, contact); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return app.contactProblem(r, c, contact, wrong)
	}
	undo, wait := app.orders.Take(app.Client(r))
	if wait > 0 {
		return web.TooMany("orders", wait)
	}
	placement := store.Placement{Cart: c, Shown: f.Get("shown"), Contact: contact}
	order, err := app.store.PlaceOrder(ctx, placement, app.inSession)
	if err != nil {
		undo()
		return app.notPlaced(w, r, placement, order, err)
	}
	app.Metrics.Orders.Add(1)
	app.cache.forget()
	return web.SeeOther(w, web.SitePath("orders", order.Number))
}

// notPlaced answers a form of which no order was made. earlier is the order that the
// cart became before, if that is why.
func (app *Shop) notPlaced(w http.ResponseWriter, r *http.Request, p store.Placement, earlier cart.Order, err error) error {
	if stale, ok := errors.AsType[*store.StaleError](err); ok {
		return app.staleProblem(r, stale.Quote, stale.Differences, p.Contact)
	}
	if !errors.Is(err, store.ErrAlreadyPlaced) {
		return err
	}
	// The session still holds the cart, so another submit of the same form has just won.
	// Where the session is stale, its commit finds that out.
	if m := account.Current(r.Context()); m != nil {
		if err := app.Accounts.PutCart(r.Context(), m, cart.Cart{}); err != nil {
			return err
		}
	}
	if err := finishOrder(r.Context(), earlier.Number); err != nil {
		return err
	}
	return app.ordered(w, r, earlier, p.Shown, p.Contact)
}

// ordered answers a form whose cart became an order before: the same form sent twice
// leads to the order, and any other, of a second tab, is told what was ordered instead.
func (app *Shop) ordered(w http.ResponseWriter, r *http.Request, order cart.Order, shown string, contact cart.Contact) error {
	if order.Contact == contact && order.Shown() == shown {
		return web.SeeOther(w, web.SitePath("orders", order.Number))
	}
	return web.Outdated("This cart is order "+order.Number.String()+" already. Nothing was ordered again.").
		On("order", orderPage{app.private(r, "Ordered already"), order, true})
}

// inSession commits the emptied cart in the transaction of its order: there is
// no moment at which the order exists and the cart is still full.
func (app *Shop) inSession(ctx context.Context, tx *sql.Tx, order cart.Order) error {
	if m := account.Current(ctx); m != nil {
		if err := app.Accounts.Ordered(ctx, tx, m, order.Number); err != nil {
			return err
		}
	}
	if err := finishOrder(ctx, order.Number); err != nil {
		return err
	}
	return session.CommitTx(ctx, tx)
}

// keepContact keeps what was typed, right or wrong, so that a restart in the
// middle of the checkout loses nothing. What does not fit is not worth losing
// an order for: it stays on the page alone.
func keepContact(ctx context.Context, contact cart.Contact) error {
	err := contactKey.Put(ctx, contact)
	if errors.Is(err, session.ErrTooLarge) {
		return nil
	}
	return err
}

// otherCart answers a form that was made for a cart that is not the session's,
// or not any more: because it became an order, or another tab emptied it.
func (app *Shop) otherCart(w http.ResponseWriter, r *http.Request, f url.Values, contact cart.Contact) error {
	ctx := r.Context()
	order, err := app.store.OrderByCart(ctx, f.Get("cart"))
	if err == nil {
		ours, err := app.owns(ctx, order.Number)
		switch {
		case err != nil:
			return err
		case !ours:
			return foreignOrder()
		}
		return app.ordered(w, r, order, f.Get("shown"), contact)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	c, err := app.price(ctx, currentCart(ctx))
	if err != nil {
		return err
	}
	if c.Empty() {
		return web.SeeOther(w, "/cart")
	}
	return app.staleProblem(r, c.quote, c.quote.Since(f.Get("shown")), contact)
}

// staleProblem returns a problem of status 409: the checkout at present, with
// what changed, and nothing placed.
func (app *Shop) staleProblem(r *http.Request, q cart.Quote, differences []cart.Difference, contact cart.Contact) error {
	data := app.checkoutPage(r, q, contact, nil)
	for i, d := range differences {
		if d.Now != nil {
			continue
		}
		p, err := app.cache.products.Get(r.Context(), d.SKU) // its quote knows no name
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		differences[i].Name = cmp.Or(p.Name, d.Name)
	}
	data.Differences = differences
	if len(differences) == 0 {
		data.Message = &web.Message{Kind: web.MessageWarn, Text: "This checkout was opened for another cart. Nothing has been placed yet: please check it below."}
	}
	return web.Outdated("Some things changed while you were here. Nothing has been placed yet: load the checkout again and check it.").On("checkout", data)
}

// contactProblem returns a problem of status 422, shown at the fields.
func (app *Shop) contactProblem(r *http.Request, c cart.Cart, contact cart.Contact, wrong cart.FieldErrors) error {
	priced, err := app.price(r.Context(), c)
	if err != nil {
		return err
	}
	data := app.checkoutPage(r, priced.quote, contact, wrong)
	first := slices.IndexFunc(data.Fields, func(f contactField) bool { return f.Error != "" })
	return web.Unprocessable(data.Fields[first].Name, "Please check these fields.").On("checkout", data)
}
