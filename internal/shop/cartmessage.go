package shop

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"trolley/internal/cart"
	"trolley/internal/web"
)

// outcomeOf returns what happened to a line, as the query of the cart's page.
func outcomeOf(verb string, o cart.Outcome) url.Values {
	v := url.Values{verb: {o.SKU}, "quantity": {strconv.Itoa(o.Got)}}
	if o.Limit != cart.LimitNone {
		v.Set("limit", string(o.Limit))
	}
	return v
}

// say turns an outcome into a message, nil for none. The outcome may come from
// anybody's link, so it says nothing that the cart itself does not bear out.
func (c pricedCart) say(outcome url.Values) *web.Message {
	switch {
	case outcome.Has("added"):
		return c.sayLine("added", outcome.Get("added"), outcome)
	case outcome.Has("set"):
		return c.sayLine("set", outcome.Get("set"), outcome)
	case outcome.Has("removed"):
		return c.sayRemoved(outcome.Get("removed"))
	case outcome.Has("cleared") && c.Empty() && len(c.Removed) > 0:
		return &web.Message{Kind: web.MessageOK, Text: "Your cart is empty now.", Undo: true}
	case outcome.Get("restored") == "1" && !c.Empty():
		return &web.Message{Kind: web.MessageOK, Text: "Everything is back in your cart."}
	case outcome.Get("restored") == "0":
		return &web.Message{Kind: web.MessageWarn, Text: "There is nothing to undo."}
	case outcome.Has("blocked") && c.quote.Blocked():
		return &web.Message{Kind: web.MessageWarn, Text: c.attention()}
	}
	return nil
}

// sayLine says how many units were added to a line, or what it was set to.
func (c pricedCart) sayLine(verb, sku string, outcome url.Values) *web.Message {
	why := because[cart.Limit(outcome.Get("limit"))]
	n, err := cart.ParseQuantityOrZero(outcome.Get("quantity"))
	i := slices.IndexFunc(c.quote.Lines, func(l cart.QuoteLine) bool { return l.SKU == sku })
	switch {
	case err != nil || i >= 0 && n > c.quote.Lines[i].Quantity:
		return nil
	case i < 0 && n == 0 && why != "": // a full cart took no new line
		return &web.Message{Kind: web.MessageWarn, Text: "Nothing was added. " + why}
	case i < 0:
		return nil
	}
	name := isolate(c.quote.Lines[i].Name)
	switch {
	case why != "" && verb == "added":
		return &web.Message{Kind: web.MessageWarn, Text: fmt.Sprintf("%s: %s added. %s", name, only(n), why)}
	case why != "":
		return &web.Message{Kind: web.MessageWarn, Text: fmt.Sprintf("%s: %s in your cart. %s", name, only(n), why)}
	case verb == "added" && n == 1:
		return &web.Message{Kind: web.MessageOK, Text: name + " added."}
	case verb == "added":
		return &web.Message{Kind: web.MessageOK, Text: fmt.Sprintf("%d × %s added.", n, name)}
	}
	return &web.Message{Kind: web.MessageOK, Text: fmt.Sprintf("%s: %d in your cart now.", name, n)}
}

func only(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprintf("only %d", n)
}

// because says why fewer were taken than asked for.
var because = map[cart.Limit]string{
	cart.LimitWithdrawn: "We no longer sell it.",
	cart.LimitStock:     "We have no more.",
	cart.LimitLine:      fmt.Sprintf("You can have up to %d of one product.", cart.MaxPerLine),
	cart.LimitLines:     fmt.Sprintf("Your cart holds %d different products, the most it can take.", cart.MaxLines),
	cart.LimitUnits:     fmt.Sprintf("A cart holds up to %d things.", cart.MaxUnits),
}

func (c pricedCart) sayRemoved(sku string) *web.Message {
	if !slices.ContainsFunc(c.Removed, func(l cart.Line) bool { return l.SKU == sku }) {
		return nil
	}
	name := isolate(cmp.Or(c.products[sku].Name, sku))
	return &web.Message{Kind: web.MessageOK, Text: name + " removed.", Undo: true}
}

// attention names the lines that keep a cart from the checkout, "" for none.
func (c pricedCart) attention() string {
	var names []string
	for _, l := range c.quote.Lines {
		if l.Blocked() {
			names = append(names, isolate(l.Name))
		}
	}
	switch last := len(names) - 1; {
	case last < 0:
		return ""
	case last == 0:
		return names[0] + " needs your attention before you can check out."
	case last > 2:
		return fmt.Sprintf("%d products need your attention before you can check out.", len(names))
	default:
		return strings.Join(names[:last], ", ") + " and " + names[last] + " need your attention before you can check out."
	}
}

// isolate keeps a name that is written from right to left from turning the sentence
// around it (Unicode Standard Annex 9, FSI and PDI).
func isolate(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana)
	}) {
		return name
	}
	return "\u2068" + name + "\u2069"
}
