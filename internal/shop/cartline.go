package shop

import (
	"context"
	"html/template"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/fresh"
)

// lineView is the data of the template "line" in ui/html/pages/cart.html.
type lineView struct {
	cart.QuoteLine
	Wrong lineError
}

// lineKey is all that the HTML of a line depends on: what a line says of its
// notices it says in one sentence. Everybody with three mugs shares it.
type lineKey struct {
	sku, name, shelf     string
	notice               string
	quantity             int
	unitPrice, lineTotal cart.Money
}

// maxLines bounds the lines that are kept, of some 2 KB each.
const maxLines = 4096

func newLines() *fresh.Cache[lineKey, template.HTML] {
	return fresh.New[lineKey, template.HTML](time.Minute, maxLines)
}

// renderLines returns the lines of the cart page as HTML. wrong is by SKU.
func (app *Shop) renderLines(lines []cart.QuoteLine, wrong map[string]lineError) (template.HTML, error) {
	all := make([]string, len(lines))
	for i, l := range lines {
		rendered, err := app.renderLine(l, wrong[l.SKU])
		if err != nil {
			return "", err
		}
		all[i] = string(rendered)
	}
	return template.HTML(strings.Join(all, "\n      ")), nil
}

// renderLine returns a line of the cart page as HTML.
func (app *Shop) renderLine(l cart.QuoteLine, wrong lineError) (template.HTML, error) {
	render := func() (template.HTML, error) { return app.Templates.Fragment("cart", "line", lineView{l, wrong}) }
	if wrong != (lineError{}) {
		return render()
	}
	key := lineKey{l.SKU, l.Name, l.Shelf, l.Notice, l.Quantity, l.UnitPrice, l.LineTotal}
	return app.lines.Get(context.Background(), key, render)
}
