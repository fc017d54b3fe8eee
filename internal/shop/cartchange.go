package shop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/web"
	"trolley/session"
)

// What to type instead, where a quantity was not understood.
var (
	addHelp = fmt.Sprintf("Enter a number from 1 to %d.", cart.MaxPerLine)
	setHelp = fmt.Sprintf("Enter a number from 1 to %d, or 0 to remove it.", cart.MaxPerLine)
)

// addToCart answers POST /cart/items.
func (app *Shop) addToCart(w http.ResponseWriter, r *http.Request, f url.Values) error {
	product, err := app.findProduct(r.Context(), f.Get("sku"))
	if err != nil {
		return err
	}
	typed := "1"
	if f.Has("quantity") {
		typed = f.Get("quantity")
	}
	quantity, err := cart.ParseQuantity(typed)
	if err != nil {
		return app.productProblem(r, product, typed, addHelp)
	}
	return app.addProduct(w, r, product, quantity)
}

func (app *Shop) addProduct(w http.ResponseWriter, r *http.Request, p cart.Product, quantity int) error {
	if _, err := p.Price.Times(cart.MaxUnits); err != nil {
		return err // such a line could spoil the sum of the whole cart
	}
	c, outcome := currentCart(r.Context()).Add(p, quantity)
	if outcome.Got == 0 { // nothing to store: above all no session for a visitor without one
		if sentence := whyNot(p); sentence != "" {
			return app.productProblem(r, p, strconv.Itoa(quantity), sentence)
		}
		return app.answerCart(w, r, c, outcomeOf("added", outcome))
	}
	session.AfterCommit(r.Context(), func(context.Context) { app.Metrics.Adds.Add(1) })
	return app.keepCart(w, r, c, outcomeOf("added", outcome))
}

// keepCart stores a cart that changed, and answers with it. It prices the answer first:
// nothing that fails afterwards could take back what an account has stored.
func (app *Shop) keepCart(w http.ResponseWriter, r *http.Request, c cart.Cart, outcome url.Values) error {
	priced, err := app.priceAnswer(r, c)
	if err == nil {
		priced.Cart, err = app.putCart(r.Context(), c)
	}
	if err != nil {
		return err
	}
	return app.answerPriced(w, r, priced, outcome)
}

// putCart stores a cart. Where a session is full, what can be undone goes: a removal
// always succeeds.
func (app *Shop) putCart(ctx context.Context, c cart.Cart) (cart.Cart, error) {
	if m := account.Current(ctx); m != nil {
		return c, app.Accounts.PutCart(ctx, m, c)
	}
	err := cartKey.PutShared(ctx, c)
	if errors.Is(err, session.ErrTooLarge) && len(c.Removed) > 0 {
		c = c.WithoutUndo()
		err = cartKey.PutShared(ctx, c)
	}
	return c, err
}

// whyNot says why a product cannot be bought at all, "" where it can.
func whyNot(p cart.Product) string {
	switch {
	case p.Withdrawn:
		return "We no longer sell this, so it was not added to your cart."
	case p.Stock <= 0:
		return "This is sold out, so it was not added to your cart."
	}
	return ""
}

// setInCart answers POST /cart/items/{sku}.
func (app *Shop) setInCart(w http.ResponseWriter, r *http.Request, f url.Values) error {
	c, sku := currentCart(r.Context()), r.PathValue("sku")
	_, inCart := c.Line(sku)
	product, err := app.findProduct(r.Context(), sku)
	if inCart && isNotFound(err) {
		// A line can be removed even where its product is gone from the shop.
		product, err = cart.Product{SKU: sku, Name: sku, Withdrawn: true}, nil
	}
	if err != nil {
		return err
	}
	quantity, err := cart.ParseQuantityOrZero(f.Get("quantity"))
	switch {
	case err != nil && inCart:
		return app.lineProblem(r, c, sku, f.Get("quantity"))
	case err != nil:
		return app.productProblem(r, product, f.Get("quantity"), setHelp)
	case !inCart && quantity > 0:
		return app.addProduct(w, r, product, quantity)
	case !inCart:
		return app.answerCart(w, r, c, nil)
	}
	return app.setProduct(w, r, product, quantity)
}

func (app *Shop) setProduct(w http.ResponseWriter, r *http.Request, p cart.Product, quantity int) error {
	c, outcome := currentCart(r.Context()).Set(p, quantity)
	if quantity == 0 {
		return app.keepCart(w, r, c, url.Values{"removed": {p.SKU}})
	}
	return app.keepCart(w, r, c, outcomeOf("set", outcome))
}

// lineProblem returns a problem of status 422, shown at the line of the cart.
func (app *Shop) lineProblem(r *http.Request, c cart.Cart, sku, typed string) error {
	priced, err := app.price(r.Context(), c)
	if err != nil {
		return err
	}
	return web.Unprocessable("quantity", setHelp).On("cart", app.cartPage(r, priced, map[string]lineError{sku: {typed, setHelp}}))
}

// clearCart answers POST /cart/clear.
func (app *Shop) clearCart(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	c, outcome := currentCart(r.Context()), url.Values{"cleared": {"1"}}
	if c.Empty() {
		return app.answerCart(w, r, c, outcome)
	}
	return app.keepCart(w, r, c.Clear(), outcome)
}

// undoInCart answers POST /cart/undo.
func (app *Shop) undoInCart(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	c := currentCart(r.Context())
	if len(c.Removed) == 0 {
		return app.answerCart(w, r, c, url.Values{"restored": {"0"}})
	}
	return app.keepCart(w, r, c.Undo(), url.Values{"restored": {"1"}})
}

// isNotFound reports a problem of status 404.
func isNotFound(err error) bool {
	p, ok := errors.AsType[*web.Problem](err)
	return ok && p.Status == http.StatusNotFound
}
