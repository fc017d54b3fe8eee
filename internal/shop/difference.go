package shop

import (
	"cmp"
	"errors"
	"net/http"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

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
