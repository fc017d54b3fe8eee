package shop

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/locale"
	"trolley/internal/web"
	"trolley/session"
)

// sessionPage is the data of ui/html/pages/session.html.
type sessionPage struct {
	web.Page
	Info           session.Info
	Values         []valueView
	Expiry         string // the column as the database holds it
	Cookie         []attribute
	CookieLine     string // the Set-Cookie header, without the token
	Command        string // shows the same row in a shell
	Remembered     bool
	Login          *account.Login // nil for a guest
	ProcessStarted time.Time
	Form           valueForm
	Message        *web.Message
	Said           string // what the last action did
	Renewed        bool   // it was a new token
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
	Orders  []cart.OrderNumber
	Changed bool // by the last action
}

// valueForm is the form that sets a value: what was typed and what is wrong.
type valueForm struct {
	Key, Value string
	Errors     map[string]string // by field
}

// session answers GET /session.
func (app *Shop) session(w http.ResponseWriter, r *http.Request) error {
	data, err := app.sessionPage(r)
	if err != nil {
		return err
	}
	data.tell(r.URL.Query())
	return app.Render(w, "session", data)
}

func (app *Shop) sessionPage(r *http.Request) (sessionPage, error) {
	base, err := app.private(r, "What this shop remembers about you")
	base.Path = "/session" // also where a form below it is shown again
	ctx := r.Context()
	data := sessionPage{Page: base, Info: session.Current(ctx), Values: valuesOf(ctx), Remembered: session.Remembered(ctx),
		ProcessStarted: app.Started.Truncate(time.Second)} // as Info.Created is, to be compared with it
	if m := account.Current(ctx); m != nil {
		data.Login = &m.Login
	}
	if data.Info.Exists() {
		data.Expiry, data.Changes = app.expiry(data.Info), app.changesOf(data.Info)
		data.Cookie, data.CookieLine = app.cookie(data.Info, data.Remembered)
		data.Command = web.SessionCommand(app.Database, app.isPostgres(), data.Info.ID)
	}
	return data, err
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

func valuesOf(ctx context.Context) []valueView {
	var views []valueView
	for _, v := range session.Values(ctx) {
		view := valueView{Value: v, Own: isRemovable(v.Key)}
		switch v.Key {
		case string(cartKey):
			view.Text = "What is in your cart: " + locale.Plural(currentCart(ctx).Quantity(), "thing", "things")
		case string(contactKey):
			view.Text = "What you typed at the checkout, until you order"
		case string(ordersKey):
			view.Text = "The orders that this browser placed:"
			view.Orders, _ = ordersKey.Get(ctx)
		case string(account.LoginKey):
			view.Text = "The account that you are signed in to, and when you typed its password"
		case string(mergedKey):
			view.Text = "What came along into the cart of your account, until you keep it"
		case string(usernameKey):
			view.Text = "Your name, for the greeting"
		case string(viewedKey):
			view.Text = "The products that you looked at, the last one first"
		case string(themeKey):
			view.Text = "The theme that you chose"
		}
		views = append(views, view)
	}
	return views
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
		p.Renewed = true
		p.Said = fmt.Sprintf("New token. The row %s is gone, and the row %s holds the same data. The old cookie opens nothing.", was+"…", p.Info.ID+"…")
	case done.Get("remember") == "on" && p.Remembered && p.Info.Exists():
		p.Said = "Your browser now keeps the cookie when you close it."
	case done.Get("remember") == "off" && !p.Remembered && p.Info.Exists():
		p.Said = "Your browser now drops the cookie when you close it. The row stays until it expires."
	case done.Has("forgotten") && !p.Info.Exists():
		p.Said = "Everything is forgotten. The row is deleted, and your browser has dropped its cookie."
	}
}

// expiry returns the expiry column of the session's row, for people.
func (app *Shop) expiry(info session.Info) string {
	if app.isPostgres() {
		return locale.Time(info.Expires)
	}
	return fmt.Sprintf("%.6f, a Julian day: %s", julianDay(info.Expires), locale.Time(info.Expires))
}

// sessionProblem returns a problem of status 422, shown at the form.
func (app *Shop) sessionProblem(r *http.Request, typed valueForm, field, sentence string) error {
	data, err := app.sessionPage(r)
	if err != nil {
		return err
	}
	typed.Errors = map[string]string{field: sentence}
	data.Form = typed
	return web.Unprocessable(field, sentence).On("session", data)
}
