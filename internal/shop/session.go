package shop

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/locale"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
)

// sessionPage is the data of ui/html/pages/session.html.
type sessionPage struct {
	web.Page
	Info           session.Info
	Values         []valueView
	Expiry         string // the column as the database holds it
	CartAmount     string // "" where the amounts do not add up
	Orders         []cart.OrderNumber
	CookieName     string
	CookieExpires  string // as the Set-Cookie header has it; "" if it ends with the browser
	Secure         bool   // the cookie is sent over HTTPS only
	Command        string // shows the same row in a shell
	Remembered     bool
	Login          *account.Login // nil for a guest
	ProcessStarted time.Time
	Form           valueForm
	Said           string // what the last action did
	Was            string // the hash before, where it was a new token
	Changes        []pastChange
}

// pastChange is a change of the session.
type pastChange struct {
	At   time.Time
	What string
}

// valueView is a value of the session.
type valueView struct {
	session.Value
	Own     bool   // the visitor can remove it
	Text    string // what it is, for people; "" where the JSON says it
	Changed bool   // by the last action
}

// valueForm is the form that sets a value: what was typed and what is wrong.
type valueForm struct {
	Key, Value string
	Errors     map[string]string // by field
}

// session answers GET /session.
func (app *Shop) session(w http.ResponseWriter, r *http.Request) error {
	data := app.sessionPage(r)
	data.tell(r.URL.Query())
	return app.Render(w, "session", data)
}

func (app *Shop) sessionPage(r *http.Request) sessionPage {
	base := app.private(r, "What this shop remembers about you")
	base.Path = "/session" // also where a form below it is shown again
	ctx := r.Context()
	data := sessionPage{Page: base, Info: session.Current(ctx), Remembered: session.Remembered(ctx),
		CookieName: app.sessions.CookieName(), Secure: app.Secure,
		ProcessStarted: app.Started.Truncate(time.Second)} // as Info.Created is, to be compared with it
	for _, v := range session.Values(ctx) {
		data.Values = append(data.Values, valueView{Value: v, Own: isRemovable(v.Key), Text: meanings[v.Key]})
	}
	data.Orders, _ = ordersKey.Get(ctx)
	if priced, err := app.price(ctx, currentCart(ctx)); err == nil {
		data.CartAmount = priced.quote.Subtotal.String()
	}
	if m := account.Current(ctx); m != nil {
		data.Login = &m.Login
	}
	if data.Info.Exists() {
		app.showRow(&data)
	}
	return data
}

// showRow adds what there is to say of the row and the cookie.
func (app *Shop) showRow(data *sessionPage) {
	postgres := app.store.Engine() == store.Postgres
	data.Changes = app.changesOf(data.Info)
	data.Command = web.SessionCommand(app.Database, postgres, data.Info.ID)
	data.Expiry = locale.Time(data.Info.Expires)
	if !postgres {
		data.Expiry = fmt.Sprintf("%.6f, a Julian day, which counts days since 4714 BC: %s", session.JulianDay(data.Info.Expires), data.Expiry)
	}
	if data.Remembered {
		data.CookieExpires = data.Info.Deadline.UTC().Format(http.TimeFormat)
	}
}

// maxChanges is how many changes the page shows.
const maxChanges = 5

func (app *Shop) changesOf(info session.Info) (changes []pastChange) {
	if app.History == nil {
		return nil
	}
	for at, what := range app.History(info.Hash) {
		if changes = append(changes, pastChange{at, what}); len(changes) == maxChanges {
			break
		}
	}
	return changes
}

// tell says what the last action did and marks what it changed. done may come from
// anybody's link, so it says nothing that the session does not bear out.
func (p *sessionPage) tell(done url.Values) {
	stored, deleted, was := done.Get("stored"), done.Get("deleted"), done.Get("renewed")
	changed := slices.IndexFunc(p.Values, func(v valueView) bool { return v.Own && v.Key == stored })
	kept := slices.ContainsFunc(p.Values, func(v valueView) bool { return v.Key == deleted })
	switch {
	case changed >= 0:
		p.Values[changed].Changed = true
		p.Said = fmt.Sprintf("Stored. The row holds %q now, and every page can read it.", stored)
	case freeKey.MatchString(deleted) && !kept:
		p.Said = fmt.Sprintf("Deleted. The row no longer holds %q.", deleted)
	case web.IsSessionID(was) && p.Info.Exists() && was != p.Info.ID:
		p.Was = was
		p.Said = fmt.Sprintf("New token. The row %s is gone, and the row %s holds the same values. The old cookie no longer works.", was+"…", p.Info.ID+"…")
	case done.Get("remember") == "on" && p.Remembered && p.Info.Exists():
		p.Said = "Your browser now keeps the cookie when you close it."
	case done.Get("remember") == "off" && !p.Remembered && p.Info.Exists():
		p.Said = "Your browser now drops the cookie when you close it. The row stays until it expires."
	case done.Has("forgotten") && !p.Info.Exists():
		p.Said = "Everything is forgotten. The row is deleted, and your browser has dropped its cookie."
	}
}

// sessionProblem returns a problem of status 422, shown at the form.
func (app *Shop) sessionProblem(r *http.Request, typed valueForm, field, sentence string) error {
	data := app.sessionPage(r)
	typed.Errors = map[string]string{field: sentence}
	data.Form = typed
	return web.Unprocessable(field, sentence).On("session", data)
}
