package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"trolley/internal/locale"
	"trolley/session"
)

// sessionPage is the data of ui/html/pages/session.html.
type sessionPage struct {
	page
	Info           session.Info
	Values         []valueView
	Row            rowView
	Cookie         []attribute
	CookieLine     string // the Set-Cookie header, without the token
	Command        string // shows the same row in a shell
	Remembered     bool
	ProcessStarted time.Time
	Form           valueForm
	Message        *message
}

// valueView is a value of the session.
type valueView struct {
	Key, JSON string
	Own       bool // the visitor can remove it
}

// rowView is the session's row in the table. The token column, a hash, is cut:
// whoever can open the database does not need this page, and nobody else
// needs the hash.
type rowView struct {
	Token, Data, Expiry string
}

// valueForm is the form that sets a value: what was typed and what is wrong.
type valueForm struct {
	Key, Value string
	Errors     map[string]string // by field
}

// session answers GET /session.
func (app *application) session(w http.ResponseWriter, r *http.Request) error {
	data, err := app.sessionPage(r)
	if err != nil {
		return err
	}
	return app.render(w, "session", data)
}

func (app *application) sessionPage(r *http.Request) (sessionPage, error) {
	base, err := app.private(r, "Your session")
	base.Path = "/session" // also where a form below it is shown again
	ctx := r.Context()
	data := sessionPage{page: base, Info: session.Current(ctx), Values: valuesOf(ctx), Remembered: session.Remembered(ctx),
		ProcessStarted: app.Started.Truncate(time.Second)} // as Info.Created is, to be compared with it
	if data.Info.Exists() {
		data.Row = app.row(data.Info)
		data.Cookie, data.CookieLine = app.cookie(data.Info, data.Remembered)
		data.Command = app.command(data.Info.ID)
	}
	return data, err
}

func valuesOf(ctx context.Context) []valueView {
	var views []valueView
	for _, v := range session.Values(ctx) {
		views = append(views, valueView{v.Key, pretty(v.JSON), !isReserved(v.Key)})
	}
	return views
}

// pretty returns JSON as people read it, and what is no JSON as it is.
func pretty(data []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, data, "", "  ") != nil {
		return string(data)
	}
	return b.String()
}

func (app *application) row(info session.Info) rowView {
	row := rowView{Token: info.ID + "…", Data: pretty(info.Data), Expiry: locale.Time(info.Expires)}
	if !app.isPostgres() {
		row.Expiry = fmt.Sprintf("%.6f, a Julian day: %s", julianDay(info.Expires), row.Expiry)
	}
	return row
}

// sessionProblem returns a problem of status 422, shown at the form.
func (app *application) sessionProblem(r *http.Request, typed valueForm, field, sentence string) error {
	data, err := app.sessionPage(r)
	if err != nil {
		return err
	}
	typed.Errors = map[string]string{field: sentence}
	data.Form = typed
	return unprocessable(field, sentence).on("session", data)
}
