package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tab is a page of the shop in a visitor's browser.
type tab struct {
	testing.TB
	visitor *visitor
	server  *server
	watch   *watch
	ctx     context.Context
	end     context.CancelFunc // of the browser, where this is its first tab
	plain   bool               // JavaScript is off
}

// eval returns the value of a JavaScript expression. It works with JavaScript
// switched off as well: that concerns the page's own.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// call sends a command of the DevTools protocol to the tab.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.Helper()
	r, err := chromedp.Call(p.ctx, command, params)
	if err != nil {
		p.Fatalf("%s: %v", command.Method, err)
	}
	return r
}

// literal returns v as JavaScript.
func literal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // tests pass strings and numbers
	}
	return string(b)
}

// until waits for an expression to hold, on whatever page the tab shows by then.
func (p *tab) until(expression string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var last error
	for {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && holds {
			return
		}
		last = err
		select {
		case <-ctx.Done():
			p.Fatalf("in vain waited for %s: %v\n%s", expression, last, p.describe())
		case <-time.After(pollPause):
		}
	}
}

// describe says what the tab shows, for a test that fails.
func (p *tab) describe() string {
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.replace(/\n\s+/g, "\n")`))
	if err != nil {
		return err.Error()
	}
	return text
}

// open loads a page by its address.
func (p *tab) open(path string) {
	p.Helper()
	p.navigate(p.server.url + path)
	p.until(settled)
}

func (p *tab) navigate(url string) {
	p.Helper()
	if err := chromedp.Do(p.ctx, chromedp.Navigate(url)); err != nil {
		p.Fatalf("%s: %v", url, err)
	}
}

// settled: everything is loaded and nothing moves any more. While one page turns
// into the next, a click goes to neither.
const settled = `document.readyState === "complete" && !document.activeViewTransition`

// point finds where to click an element: in its middle, where nothing covers it.
const point = `(selector => {
	const e = document.querySelector(selector);
	if (!e) return null;
	e.scrollIntoView({ block: "center", behavior: "instant" });
	const r = e.getClientRects()[0];
	if (!r) return null;
	const x = r.x + r.width / 2, y = r.y + r.height / 2;
	return e.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
})(%s)`

// click presses the mouse on an element, as soon as it can be reached.
func (p *tab) click(selector string) {
	p.Helper()
	at := fmt.Sprintf(point, literal(selector))
	p.until(settled + " && " + at)
	xy := eval[[]float64](p, at)
	if len(xy) != 2 {
		p.Fatalf("%s moved away from the mouse", selector)
	}
	if err := chromedp.Do(p.ctx, chromedp.MouseClickXY(xy[0], xy[1])); err != nil {
		p.Fatalf("click %s: %v", selector, err)
	}
}

// leave does what leads to another document and waits for that.
func (p *tab) leave(how func()) {
	p.Helper()
	eval[bool](p, "window.old = true")
	how()
	p.until("!window.old && " + settled)
}

// follow clicks a link or a button that leads to another document.
func (p *tab) follow(selector string) {
	p.Helper()
	p.leave(func() { p.click(selector) })
}

// press presses keys on whatever has the focus.
func (p *tab) press(keys string) {
	p.Helper()
	p.pressWith(0, keys)
}

// pressWith presses keys while modifiers are held. The events are those that a
// keyboard causes; with chromedp's own, a key that moves the focus also types into
// the new field.
func (p *tab) pressWith(held chromedp.Modifier, keys string) {
	p.Helper()
	for _, r := range keys {
		for _, e := range kb.Encode(r) {
			if e.Type == kb.KeyDown {
				e.Type = input.DispatchKeyEventTypeRawKeyDown
			}
			e.Modifiers |= int64(held)
			call(p, input.DispatchKeyEvent, *e)
		}
	}
}

// fill clicks a field and types over what it holds.
func (p *tab) fill(selector, text string) {
	p.Helper()
	p.click(selector)
	p.until("document.activeElement.matches(" + literal(selector) + ")")
	p.overtype(text)
}

// overtype replaces what the focused field holds.
func (p *tab) overtype(text string) {
	p.Helper()
	eval[bool](p, "document.activeElement.select(), true")
	p.press(kb.Delete + text)
}

// paste replaces what a field holds, all at once: 200 letters typed are 400 events,
// each of which the page answers.
func (p *tab) paste(selector, text string) {
	p.Helper()
	p.click(selector)
	p.until("document.activeElement.matches(" + literal(selector) + ")")
	eval[bool](p, "document.activeElement.select(), true")
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// text returns what an element shows, every run of space as one; "" where it is
// hidden or not there.
func (p *tab) text(selector string) string {
	p.Helper()
	return eval[string](p, textOf(selector))
}

func textOf(selector string) string {
	return `(e => e?.checkVisibility() ? e.innerText.replace(/\s+/g, " ").trim() : "")(document.querySelector(` + literal(selector) + `))`
}

// sees waits until an element shows all of the pieces.
func (p *tab) sees(selector string, pieces ...string) {
	p.Helper()
	for _, piece := range pieces {
		p.until(textOf(selector) + ".includes(" + literal(piece) + ")")
	}
}

// add puts one of a product into an empty cart, from the product's page.
func (p *tab) add(sku string) {
	p.Helper()
	p.open("/products/" + sku)
	p.click("#add")
	p.counts(1)
}

// counts waits until the header counts n things in the cart, and the shop has answered
// all presses; 0 shows nothing.
func (p *tab) counts(n int) {
	p.Helper()
	want := ""
	if n > 0 {
		want = fmt.Sprint(n)
	}
	p.until(textOf(".to-cart b") + " === " + literal(want) + ` && !document.body.matches("[data-pending]")`)
}

// at waits until the tab is on a path.
func (p *tab) at(path string) {
	p.Helper()
	p.until("location.pathname === " + literal(path))
}

// status returns the HTTP status of the document.
func (p *tab) status() int {
	p.Helper()
	return eval[int](p, `performance.getEntriesByType("navigation")[0].responseStatus`)
}

// cartLines is the cart as its page shows it: "SKU quantity", one for each line.
const cartLines = `[...document.querySelectorAll(".line input[id^=quantity-]")].map(e => e.id.slice(9) + " " + e.value)`

// holds waits until the page of the cart shows these lines, with commas between.
func (p *tab) holds(lines string) {
	p.Helper()
	p.until(cartLines + `.join(", ") === ` + literal(lines))
}

// cookie returns the cookie of the session, nil for none.
func (p *tab) cookie() *network.Cookie {
	p.Helper()
	for _, c := range call(p, network.GetCookies, network.GetCookiesParams{URLs: []string{p.server.url + "/"}}).Cookies {
		if c.Name == "trolley_session" {
			return c
		}
	}
	return nil
}

// switchOff switches JavaScript off.
func (p *tab) switchOff() {
	p.Helper()
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.plain = true
}

// prefers sets media features: names and values in turn. A tab starts with less
// motion, for the sake of time.
func (p *tab) prefers(features ...string) {
	p.Helper()
	var all []*emulation.MediaFeature
	for i := 0; i < len(features); i += 2 {
		all = append(all, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all})
}

// resize sets the size of the window, in CSS pixels.
func (p *tab) resize(width, height int64) {
	p.Helper()
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(width, height)); err != nil {
		p.Fatal(err)
	}
}
