package shop

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"trolley/internal/account"
	"trolley/internal/web"
	"trolley/session"
)

// accessPage is the data of ui/html/pages/access.html: a form with a password.
type accessPage struct {
	web.Page
	accessForm
	Email    string // as typed, or the member's
	For      string // the page to go on to; of confirmForm alone
	Remember bool
	Errors   map[string]string // by field
}

// accessForm is one of the forms with a password.
type accessForm struct {
	Action, Heading, Lede, Button string
	Fixed                         bool // the email is the member's
	Choose                        bool // the password is a new one
}

var (
	loginForm = accessForm{Action: "/account/login", Heading: "Sign in", Button: "Sign in",
		Lede: "Your cart moves into your account, and all your devices share it."}
	newForm = accessForm{Action: "/account/new", Heading: "Create an account", Button: "Create the account", Choose: true,
		Lede: "Just an email and a password. Your cart moves into the account. You can also buy without one."}
	confirmForm = accessForm{Action: "/account/confirm", Heading: "Enter your password again", Button: "Continue", Fixed: true,
		Lede: "The next page is for you alone, so the shop asks for your password every five minutes."}
	passwordForm = accessForm{Action: "/account/password", Heading: "Change your password", Button: "Change password", Fixed: true, Choose: true,
		Lede: "This device stays signed in, with a new token. All others are signed out."}
)

// access answers GET of a form with a password.
func (app *Shop) access(form accessForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if account.Current(r.Context()) != nil && !form.Fixed {
			return web.SeeOther(w, "/account")
		}
		data := app.accessPage(r, form, "")
		data.For = r.URL.Query().Get("for")
		return app.Render(w, "access", data)
	}
}

func (app *Shop) accessPage(r *http.Request, form accessForm, email string) accessPage {
	base := app.private(r, form.Heading)
	base.Path = form.Action
	if m := account.Current(r.Context()); m != nil {
		email = m.Email
	}
	return accessPage{Page: base, accessForm: form, Email: email, Remember: true}
}

// accessProblem returns a problem of status 422, shown at the form.
func (app *Shop) accessProblem(r *http.Request, form accessForm, f url.Values, field, sentence string) error {
	data := app.accessPage(r, form, f.Get("email"))
	data.Remember, data.For = f.Has("remember"), f.Get("for")
	data.Errors = map[string]string{field: sentence}
	return web.Unprocessable(field, sentence).On("access", data)
}

// signUp answers POST /account/new.
func (app *Shop) signUp(w http.ResponseWriter, r *http.Request, f url.Values) error {
	if account.Current(r.Context()) != nil {
		return web.SeeOther(w, "/account")
	}
	email := account.Email(f.Get("email"))
	if email == "" {
		return app.accessProblem(r, newForm, f, "email", "Enter an email address like name@example.com.")
	}
	if sentence := account.CheckPassword(f.Get("password"), email); sentence != "" {
		return app.accessProblem(r, newForm, f, "password", sentence)
	}
	if err := app.limit(r, ""); err != nil {
		return err
	}
	found, err := app.Accounts.ByEmail(r.Context(), email)
	switch {
	case err != nil:
		return err
	case found.ID != "":
		return app.accessProblem(r, newForm, f, "email", "This email has an account. Sign in instead.")
	}
	made, err := app.Accounts.NewAccount(r.Context(), email, f.Get("password"))
	if err != nil {
		return err
	}
	return app.enter(w, r, made, f.Has("remember"))
}

// wrongPassword is the one sentence for an email without an account and for a wrong
// password: it does not tell who has one.
const wrongPassword = "Email and password do not match. Check both and try again."

// login answers POST /account/login.
func (app *Shop) login(w http.ResponseWriter, r *http.Request, f url.Values) error {
	ctx, email := r.Context(), account.Email(f.Get("email"))
	if account.Current(ctx) != nil {
		return web.SeeOther(w, "/account")
	}
	if err := app.limit(r, email); err != nil {
		return err
	}
	found, err := app.Accounts.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	ok, err := app.Accounts.Verify(ctx, &found, f.Get("password"))
	switch {
	case err != nil:
		return err
	case !ok:
		return app.accessProblem(r, loginForm, f, "password", wrongPassword)
	}
	app.Accounts.Limits.Passed(web.Network(app.Client(r)), email)
	return app.enter(w, r, found, f.Has("remember"))
}

// limit refuses a password that comes too soon after others, once a request. email is ""
// for a new account.
func (app *Shop) limit(r *http.Request, email string) error {
	wait, err := session.Once(r.Context(), "limit", func() (time.Duration, error) {
		return app.Accounts.Limits.Wait(web.Network(app.Client(r)), email), nil
	})
	if err == nil && wait > 0 {
		err = web.TooMany("passwords", wait)
	}
	return err
}

// enter signs the session in: what it has in its cart comes along.
func (app *Shop) enter(w http.ResponseWriter, r *http.Request, into account.Account, remember bool) error {
	ctx := r.Context()
	guest, _ := cartKey.GetShared(ctx)
	priced, err := app.price(ctx, guest)
	if err != nil {
		return err
	}
	c, merged := into.Cart.Merge(guest, priced.products)
	orders, _ := ordersKey.Get(ctx)
	// A refusal stores what the session holds by then, so what may be refused comes first.
	if err := app.Accounts.Begin(ctx, into, remember); err != nil {
		return err
	}
	cartKey.Remove(ctx)
	ordersKey.Remove(ctx)
	to := "/account"
	if len(merged) > 0 && mergedKey.Put(ctx, merged) == nil { // a full session has no room for the receipt
		to = "/cart"
	}
	arrival := account.Arrival{Browser: account.Browser(r.UserAgent()), Cart: c, Orders: orders}
	if err := app.Accounts.SignIn(ctx, into, arrival); err != nil {
		return err
	}
	return web.SeeOther(w, to)
}

// logout answers POST /account/logout. A second one has nothing to do.
func (app *Shop) logout(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	if account.Current(r.Context()) == nil {
		return web.SeeOther(w, "/account/login")
	}
	return app.forget(w, r, "/")
}

// mergedLine is a line of the receipt for a cart that came along at a sign-in.
type mergedLine struct{ Name, Text string }

// merged returns that receipt.
func (app *Shop) merged(ctx context.Context) (lines []mergedLine, err error) {
	receipt, _ := mergedKey.Get(ctx)
	var skus []string
	for _, o := range receipt {
		skus = append(skus, o.SKU)
	}
	products, err := app.cache.ProductsBySKU(ctx, skus)
	for _, o := range receipt {
		line := mergedLine{Name: o.SKU, Text: fmt.Sprintf("%d added.", o.Got)}
		if p, ok := products[o.SKU]; ok {
			line.Name = isolate(p.Name)
		}
		if why := because[o.Limit]; why != "" {
			line.Text = fmt.Sprintf("%s of %d added. %s", only(o.Got), o.Asked, why)
		}
		lines = append(lines, line)
	}
	return lines, err
}

// settleMerged answers POST /cart/merged: what came along at the sign-in stays, or goes again.
func (app *Shop) settleMerged(w http.ResponseWriter, r *http.Request, f url.Values) error {
	ctx := r.Context()
	receipt, _ := mergedKey.Get(ctx)
	mergedKey.Remove(ctx)
	if m := account.Current(ctx); m != nil && len(receipt) > 0 && f.Has("undo") {
		if err := app.Accounts.PutCartWithSession(ctx, m, m.Cart.Unmerge(receipt)); err != nil {
			return err
		}
	}
	return web.SeeOther(w, "/cart")
}
