package shop

import (
	"net/http"
	"net/url"

	"trolley/internal/account"
	"trolley/internal/web"
	"trolley/session"
)

// devicesPage is the data of ui/html/pages/devices.html.
type devicesPage struct {
	web.Page
	Devices []account.Session
	This    string // the ID of the one that the page is for
}

// devices answers GET /account/devices.
func (app *Shop) devices(w http.ResponseWriter, r *http.Request) error {
	all, err := app.Accounts.Sessions(r.Context(), account.Current(r.Context()).ID)
	if err != nil {
		return err
	}
	return app.Render(w, "devices", devicesPage{app.private(r, "Your devices"), all, session.Current(r.Context()).ID})
}

// endDevices answers POST /account/devices/end: which is the ID of one, "others" or "all".
func (app *Shop) endDevices(w http.ResponseWriter, r *http.Request, f url.Values) error {
	which, own := f.Get("which"), session.Current(r.Context()).ID
	n, err := app.Accounts.End(r.Context(), account.Current(r.Context()).ID, func(s account.Session) bool {
		return which == "all" || which == "others" && s.ID != own || which == s.ID
	})
	switch {
	case err != nil:
		return err
	case n == 0 && which != "others" && which != "all":
		return web.NotFound("device")
	case which == "all" || which == own:
		app.clearSiteData(w)
		return web.SeeOther(w, "/account/login")
	}
	return web.SeeOther(w, "/account/devices")
}
