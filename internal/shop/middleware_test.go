package shop_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

// R55, R56: each request has a number of its own, which the visitor is told and
// the log knows.
func TestEachRequestHasANumberOfItsOwn(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	var ids []string
	for range 20 {
		// A number that somebody sends along is not taken for it.
		page := v.Ask("GET", "/cart/items", "", "X-Request-Id", "AAAAAAAAAAAA", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		ids = append(ids, shoptest.RequestName.FindString(page.Body))
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
	h := shoptest.New(t).Observe(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		deadline, _ := r.Context().Deadline()
		left, number = time.Until(deadline), web.RequestID(r.Context())
	}))
	shoptest.Through(h, "GET", "/")
	if left <= 0 || left > web.HandleTimeout || len(number) != 12 {
		t.Errorf("%v left, want %v at most; number %q", left, web.HandleTimeout, number)
	}
	if got := web.RequestID(context.Background()); got != "" {
		t.Errorf("a number %q outside of any request", got)
	}
}

// A handler that has begun its answer cannot take it back, and nothing is added
// to it.
func TestPanicAfterTheAnswerAddsNothing(t *testing.T) {
	t.Parallel()
	h := shoptest.New(t).Observe(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("half"))
		panic("late")
	}))
	if r := shoptest.Through(h, "GET", "/"); r.StatusCode != http.StatusTeapot || r.Body != "half" {
		t.Errorf("status %d, %q", r.StatusCode, r.Body)
	}
}

// What panics with http.ErrAbortHandler wants its answer broken off.
func TestAbortedAnswerIsBrokenOff(t *testing.T) {
	t.Parallel()
	h := shoptest.New(t).Observe(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("recovered %v, want http.ErrAbortHandler", p)
		}
	}()
	shoptest.Through(h, "GET", "/")
}
