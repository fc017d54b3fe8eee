package shop

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"trolley/internal/account"
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
}

// valueView is a value of the session.
type valueView struct {
	session.Value
	Own bool // the visitor can remove it
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
	return app.Render(w, "session", data)
}

func (app *Shop) sessionPage(r *http.Request) (sessionPage, error) {
	base, err := app.private(r, "Your session")
	base.Path = "/session" // also where a form below it is shown again
	ctx := r.Context()
	data := sessionPage{Page: base, Info: session.Current(ctx), Values: valuesOf(ctx), Remembered: session.Remembered(ctx),
		ProcessStarted: app.Started.Truncate(time.Second)} // as Info.Created is, to be compared with it
	if m := account.Current(ctx); m != nil {
		data.Login = &m.Login
	}
	if data.Info.Exists() {
		data.Expiry = app.expiry(data.Info)
		data.Cookie, data.CookieLine = app.cookie(data.Info, data.Remembered)
		data.Command = web.SessionCommand(app.Database, app.isPostgres(), data.Info.ID)
	}
	return data, err
}

func valuesOf(ctx context.Context) []valueView {
	var views []valueView
	for _, v := range session.Values(ctx) {
		views = append(views, valueView{v, !isReserved(v.Key)})
	}
	return views
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
