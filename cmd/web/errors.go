package main

import (
	"bytes"
	"context"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"strconv"

	"trolley/session"
)

// retryAfter is how many seconds a shopper is asked to wait.
const retryAfter = 2

// errorPage is the data of ui/html/pages/error.html.
type errorPage struct {
	page
	Status          int
	Heading, Advice string
	RequestID       string
	RetryAfter      int // seconds; 0 where waiting does not help
}

// fail answers a request inside its session with an error.
func (app *application) fail(w http.ResponseWriter, r *http.Request, err error) {
	if isConflict(err) {
		session.RunAgain(r.Context())
	}
	p := problemOf(err)
	base := app.bare(r)
	if p.status < http.StatusInternalServerError && p.page == "" {
		// Where even this fails, the bare page still says what is wrong.
		if full, err := app.base(r, p.heading); err == nil {
			base = full
		}
	}
	app.answer(w, r, p, base)
}

// refuse answers a request outside any session with an error. It reads nothing
// from the database, so that it works when nothing else does.
func (app *application) refuse(w http.ResponseWriter, r *http.Request, err error) {
	app.answer(w, r, problemOf(err), app.bare(r))
}

// answer writes a problem. It is the only function that writes an error.
func (app *application) answer(w http.ResponseWriter, r *http.Request, p *problem, base page) {
	app.logProblem(r, p)
	body, contentType := app.body(r, p, base)
	h := w.Header()
	varyByAccept(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	if p.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(body)
}

// body renders a problem as the request accepts it. A page that cannot be
// rendered turns p itself into a problem of status 500.
func (app *application) body(r *http.Request, p *problem, base page) (body []byte, contentType string) {
	if wantsJSON(r) {
		body, _ := encode(p.json()) // strings and a number: nothing that can fail
		return body, jsonType
	}
	name, data := p.page, p.data
	if name == "" {
		name, data = "error", newErrorPage(p, base, requestID(r.Context()))
	}
	if p.status != http.StatusInternalServerError {
		body, err := app.templates.execute(name, data)
		if err == nil {
			return body, htmlType
		}
		*p = *internal()
		p.cause = err
		app.logProblem(r, p)
	}
	id := html.EscapeString(requestID(r.Context()))
	return bytes.ReplaceAll(app.failure, []byte(idPlaceholder), []byte(id)), htmlType
}

func newErrorPage(p *problem, base page, id string) errorPage {
	base.Title, base.NoIndex = p.heading, true
	e := errorPage{page: base, Status: p.status, Heading: p.heading, Advice: p.text, RequestID: id}
	if p.status == http.StatusServiceUnavailable {
		e.RetryAfter = retryAfter
	}
	return e
}

// idPlaceholder stands for the request id in the prepared page of status 500.
const idPlaceholder = "0000-request-0000"

// renderFailure renders the page of status 500 in advance: when it is needed,
// nothing may be working any more, templates included.
func (app *application) renderFailure() ([]byte, error) {
	base := page{Theme: themeAuto}
	return app.templates.execute("error", newErrorPage(internal(), base, idPlaceholder))
}

// logProblem keeps what people are not told.
func (app *application) logProblem(r *http.Request, p *problem) {
	level := slog.LevelInfo
	switch {
	case errors.Is(p.cause, context.Canceled):
		level = slog.LevelDebug // the visitor went away
	case p.cause == nil && (p.status == http.StatusNotFound || p.status == http.StatusMethodNotAllowed):
		level = slog.LevelDebug // crawlers would fill the log
	case p.status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case p.status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	app.log.LogAttrs(r.Context(), level, "request refused", slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.String("request", requestID(r.Context())),
		slog.Int("status", p.status), slog.String("error", p.Error()))
}
