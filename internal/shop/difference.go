package shop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

// difference is a line of an order that is not as it was shown.
type difference struct {
	SKU, Name, Was, Now string
	Blocked             bool // it cannot be bought as it is
	Left                int  // units that can be taken instead
}

// staleProblem returns a problem of status 409: the checkout as it is now, with
// what changed, and nothing placed.
func (app *Shop) staleProblem(r *http.Request, q cart.Quote, differences []cart.Difference, contact cart.Contact) error {
	data, err := app.checkoutPage(r, q, contact, nil)
	if err != nil {
		return err
	}
	data.Differences, err = app.differences(r.Context(), q, differences)
	if err != nil {
		return err
	}
	if len(differences) == 0 {
		data.Message = &web.Message{Kind: web.MessageWarn, Text: "This checkout was opened for another cart. Nothing has been placed yet: please check it below."}
	}
	return web.Outdated("Some things changed while you were here. Nothing has been placed yet: load the checkout again and check it.").On("checkout", data)
}

// differences returns differences as people read them.
func (app *Shop) differences(ctx context.Context, q cart.Quote, all []cart.Difference) ([]difference, error) {
	left := make(map[string]int, len(q.Lines))
	for _, l := range q.Lines {
		left[l.SKU] = leftOf(l)
	}
	var readable []difference
	for _, d := range all {
		if d.Now == nil { // its quote knows no name
			p, err := app.cache.Product(ctx, d.SKU)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			d.Name = cmp.Or(p.Name, d.Name)
		}
		now := shown(d.Now)
		if d.Notice != "" {
			now += ": " + strings.ToLower(strings.TrimSuffix(d.Notice, "."))
		}
		readable = append(readable, difference{d.SKU, d.Name, shown(d.Was), now, d.Notice != "", left[d.SKU]})
	}
	return readable, nil
}

// shown says how a line was shown.
func shown(s *cart.Shown) string {
	if s == nil {
		return "not in your cart"
	}
	return fmt.Sprintf("%d at %s", s.Quantity, s.UnitPrice)
}
