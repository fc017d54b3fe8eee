package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// R55, R56: each request has a number of its own, which the visitor is told and
// the log knows.
func TestEachRequestHasANumberOfItsOwn(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	var ids []string
	for range 20 {
		// A number that somebody sends along is not taken for it.
		page := v.ask("GET", "/nowhere", "", "X-Request-Id", "AAAAAAAAAAAA", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		ids = append(ids, requestName.FindString(page.body))
	}
	slices.Sort(ids)
	if got := slices.Compact(ids); len(got) != 20 || strings.Contains(strings.Join(got, ""), "AAAAAAAAAAAA") || got[0] == "" {
		t.Errorf("numbers %q, want 20 different ones", got)
	}
}

func TestHandlersHaveADeadline(t *testing.T) {
	t.Parallel()
	var left time.Duration
	var number string
	h := newShop(t).observe(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		deadline, _ := r.Context().Deadline()
		left, number = time.Until(deadline), requestID(r.Context())
	}))
	through(h, "GET", "/")
	if left <= 0 || left > handleTimeout || len(number) != 12 {
		t.Errorf("%v left, want %v at most; number %q", left, handleTimeout, number)
	}
	if got := requestID(context.Background()); got != "" {
		t.Errorf("a number %q outside of any request", got)
	}
}

// A handler that has begun its answer cannot take it back, and nothing is added
// to it.
func TestPanicAfterTheAnswerAddsNothing(t *testing.T) {
	t.Parallel()
	h := newShop(t).observe(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("half"))
		panic("late")
	}))
	if r := through(h, "GET", "/"); r.StatusCode != http.StatusTeapot || r.body != "half" {
		t.Errorf("status %d, %q", r.StatusCode, r.body)
	}
}

// What panics with http.ErrAbortHandler wants its answer broken off.
func TestAbortedAnswerIsBrokenOff(t *testing.T) {
	t.Parallel()
	h := newShop(t).observe(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("recovered %v, want http.ErrAbortHandler", p)
		}
	}()
	through(h, "GET", "/")
}

func TestStatusIsTheFirstFinalOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer func(*observed)
		want   int
	}{
		"hints first":  {func(w *observed) { w.WriteHeader(http.StatusEarlyHints); w.WriteHeader(http.StatusNotFound) }, 404},
		"twice":        {func(w *observed) { w.WriteHeader(http.StatusNotFound); w.WriteHeader(http.StatusOK) }, 404},
		"none":         {func(w *observed) { _, _ = w.Write(nil) }, 200},
		"a body first": {func(w *observed) { _, _ = w.Write([]byte("x")); w.WriteHeader(http.StatusNotFound) }, 200},
	} {
		w := &observed{ResponseWriter: httptest.NewRecorder()}
		tt.answer(w)
		if w.status != tt.want || w.Unwrap() != w.ResponseWriter {
			t.Errorf("%s: status %d, want %d", name, w.status, tt.want)
		}
	}
}

// Requests are counted by route: a number of series that no visitor can add to.
func TestVisitorsCannotAddMetrics(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	visit := func(text string) {
		for _, path := range []string{"/" + text, "/products/" + text, "/orders/" + text, "/static/" + text, "/?q=" + text, "/cart?x=" + text} {
			v.ask("GET", path, "", "User-Agent", text)
		}
		v.ask("X-"+text, "/cart", "")
		v.ask("POST", "/cart/items/"+text, "quantity=1")
		v.ask("POST", "/session/values/"+text+"/remove", "", "Sec-Fetch-Site", "cross-site")
	}
	series := func() string {
		var lines []string
		for line := range strings.Lines(s.atOps("GET", "localhost", "/metrics").body) {
			if name, _, ok := strings.Cut(line, " "); ok && strings.HasPrefix(line, "trolley_http_request_duration_seconds_count") {
				lines = append(lines, name)
			}
		}
		return strings.Join(lines, "\n")
	}
	visit("a")
	before := series()
	for _, text := range []string{"b", "c", "d"} {
		visit(text)
	}
	if after := series(); after != before || !strings.Contains(before, `route="/products/{sku}",status="404"`) || !strings.Contains(before, `route="none"`) {
		t.Errorf("series\n%s\nand before\n%s", after, before)
	}
}
