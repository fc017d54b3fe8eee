package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
)

// retryAfter is how many seconds a shopper is asked to wait.
const retryAfter = 2

// errorPage is the data of ui/html/pages/error.html.
type errorPage struct {
	Page
	Status          int
	Heading, Advice string
	RequestID       string // "" where there is nothing to look for in the log
	RetryAfter      int    // seconds; 0 for a moment, or where waiting does not help
	Again           *again // nil where it should not be sent again
}

// Refuse answers a request outside any session with an error. It reads nothing
// from the database, so that it works when nothing else does.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.Answer(w, r, s.ProblemOf(err), s.Bare(r))
}

// Answer writes a problem. It is the only function that writes an error.
func (s *Site) Answer(w http.ResponseWriter, r *http.Request, p *Problem, base Page) {
	s.Metrics.count(p)
	s.logProblem(r, p)
	body, contentType := s.body(r, p, base)
	h := w.Header()
	VaryByAccept(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	if after := p.retryAfter(); after > 0 {
		h.Set("Retry-After", strconv.Itoa(after))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

// body renders a problem as the request accepts it. A page that cannot be
// rendered turns p itself into a problem of status 500.
func (s *Site) body(r *http.Request, p *Problem, base Page) (body []byte, contentType string) {
	if WantsJSON(r) {
		body, _ := encode(p.json()) // strings and a number: nothing that can fail
		return body, JSONType
	}
	name, data := p.Page, p.Data
	if name == "" {
		name, data = "error", newErrorPage(p, base, RequestID(r.Context()), tryAgain(r, p))
	}
	var b bytes.Buffer
	err := s.render(&b, name, data)
	if err == nil {
		return b.Bytes(), HTMLType
	}
	*p = *Internal()
	p.Cause = err
	s.logProblem(r, p)
	return bytes.ReplaceAll(s.failure, []byte(idPlaceholder), []byte(RequestID(r.Context()))), HTMLType
}

// idPlaceholder stands for the request id in the page of status 500, which is rendered
// at the start: it is needed where the templates fail.
const idPlaceholder = "0000-request-0000"

func newErrorPage(p *Problem, base Page, id string, retry *again) errorPage {
	base.Title, base.NoIndex = p.Heading, true
	if p.Status == http.StatusNotFound {
		id = ""
	}
	return errorPage{Page: base, Status: p.Status, Heading: p.Heading, Advice: p.Text, RequestID: id, RetryAfter: p.wait(), Again: retry}
}

// wait returns the seconds after which to try again, 0 for a moment, or where waiting
// does not help.
func (p *Problem) wait() int { return int(math.Ceil(p.RetryAfter.Seconds())) }

// retryAfter is wait for the header, which has a second for a moment.
func (p *Problem) retryAfter() int {
	if p.Status == http.StatusServiceUnavailable {
		return cmp.Or(p.wait(), retryAfter)
	}
	return p.wait()
}

// logProblem keeps what people are not told.
func (s *Site) logProblem(r *http.Request, p *Problem) {
	level := slog.LevelInfo
	switch {
	case errors.Is(p.Cause, context.Canceled):
		level = slog.LevelDebug // the visitor went away
	case p.Cause == nil && (p.Status == http.StatusNotFound || p.Status == http.StatusMethodNotAllowed):
		level = slog.LevelDebug // crawlers would fill the log
	case p.Status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case p.Status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	s.Log.LogAttrs(r.Context(), level, "request refused", slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.String("request", RequestID(r.Context())),
		slog.Int("status", p.Status), slog.String("error", p.Error()))
}
