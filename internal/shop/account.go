package shop

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/web"
)

// maxListed is how many orders the page of an account lists. Its export has all.
const maxListed = 100

// accountPage is the data of ui/html/pages/account.html.
type accountPage struct {
	web.Page
	Created time.Time
	Orders  []cart.Order
}

// member runs h for a session that is signed in, and leads others to the sign-in.
func member(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if account.Current(r.Context()) == nil {
			return web.SeeOther(w, "/account/login")
		}
		return h(w, r)
	}
}

// confirmed is member for what needs the password to have been typed a moment ago.
// Otherwise nothing is changed, and the password is asked for.
func confirmed(h web.Handler) web.Handler {
	return member(func(w http.ResponseWriter, r *http.Request) error {
		if account.Current(r.Context()).IsConfirmed() {
			return h(w, r)
		}
		return web.SeeOther(w, web.Address("/account/confirm", url.Values{"for": {r.URL.Path}}))
	})
}

// account answers GET /account.
func (app *Shop) account(w http.ResponseWriter, r *http.Request) error {
	m := account.Current(r.Context())
	orders, err := app.Accounts.Orders(r.Context(), m.ID, maxListed)
	if err != nil {
		return err
	}
	return app.Render(w, "account", accountPage{app.private(r, "Your account"), m.Created, orders})
}

// confirm answers POST /account/confirm.
func (app *Shop) confirm(w http.ResponseWriter, r *http.Request, f url.Values) error {
	m := account.Current(r.Context())
	if err := app.limit(r, m.Email); err != nil {
		return err
	}
	ok, err := app.Accounts.Verify(r.Context(), &m.Account, f.Get("password"))
	switch {
	case err != nil:
		return err
	case !ok:
		return app.accessProblem(r, confirmForm, f, "password", "That is not your password. Try again.")
	}
	if err := app.Accounts.Confirm(r.Context(), m); err != nil {
		return err
	}
	return web.SeeOther(w, cmp.Or(afterConfirm[f.Get("for")], "/account/devices"))
}

// afterConfirm are the pages to which the password leads on, but the list of devices.
// Anybody could have made the form, so they are a few.
var afterConfirm = map[string]string{
	"/account/password": "/account/password", "/account/erase": "/account/erase", "/account/export": "/account",
}

// changePassword answers POST /account/password.
func (app *Shop) changePassword(w http.ResponseWriter, r *http.Request, f url.Values) error {
	m := account.Current(r.Context())
	if sentence := account.CheckPassword(f.Get("password"), m.Email); sentence != "" {
		return app.accessProblem(r, passwordForm, f, "password", sentence)
	}
	if err := app.Accounts.SetPassword(r.Context(), m, f.Get("password")); err != nil {
		return err
	}
	return web.SeeOther(w, "/account/devices")
}

// export answers GET /account/export with all that the shop keeps of the member.
func (app *Shop) export(w http.ResponseWriter, r *http.Request) error {
	data, err := app.Accounts.Export(r.Context(), account.Person{Account: account.Current(r.Context()).Account})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("trolley-%s.json", time.Now().UTC().Format(time.DateOnly))
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return web.WriteJSON(w, data)
}

// askErase answers GET /account/erase.
func (app *Shop) askErase(w http.ResponseWriter, r *http.Request) error {
	return app.Render(w, "erase", app.private(r, "Erase your account"))
}

// erase answers POST /account/erase.
func (app *Shop) erase(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	if _, err := app.Accounts.Erase(r.Context(), account.Person{Account: account.Current(r.Context()).Account}); err != nil {
		return err
	}
	app.clearSiteData(w)
	return web.SeeOther(w, "/")
}
