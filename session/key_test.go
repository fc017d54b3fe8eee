package session

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"
	"weak"
)

const quantities Key[map[string]int] = "quantities"

// To change a value that Get returned is to change a copy; only Put stores.
func TestValuesAreCopies(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	mine := map[string]int{"mug": 1}
	cookie := cookieOf(s.post("", func(_ http.ResponseWriter, r *http.Request) {
		if err := quantities.Put(r.Context(), mine); err != nil {
			t.Error(err)
		}
		mine["mug"] = 99 // after the Put: too late
	}))
	s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
		got, _ := quantities.Get(r.Context())
		got["mug"]++
		if again, _ := quantities.Get(r.Context()); again["mug"] != 1 {
			t.Errorf("a change without Put is seen by the next Get: %v", again)
		}
	})
	s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if got, _ := quantities.Get(r.Context()); !maps.Equal(got, map[string]int{"mug": 1}) {
			t.Errorf("got %v, want one mug", got)
		}
	})
}

// Nothing is shared, so that a handler's goroutines cannot crash a commit.
func TestChangingAValueDuringTheCommitIsHarmless(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	stop, stopped := make(chan struct{}), make(chan struct{})
	s.post("", func(_ http.ResponseWriter, r *http.Request) {
		mine := map[string]int{"mug": 1}
		if err := quantities.Put(r.Context(), mine); err != nil {
			t.Error(err)
		}
		go func() {
			defer close(stopped)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					mine[fmt.Sprint(n%100)] = n
				}
			}
		}()
	})
	close(stop)
	<-stopped
}

func TestStockDropsAChangeWithoutPut(t *testing.T) {
	t.Parallel()
	gob.Register(map[string]int{})
	s, _ := newStockSite(t, table(t), 5000)
	cookie := cookieOf(s.post("", func(_ http.ResponseWriter, r *http.Request) {
		s.Put(r.Context(), "quantities", map[string]int{"mug": 1})
	}))
	s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
		value := s.Get(r.Context(), "quantities").(map[string]int)
		value["mug"]++ // every Get of this request sees it
		if s.Get(r.Context(), "quantities").(map[string]int)["mug"] != 2 {
			t.Error("stock scs hands out copies, so the tests above prove nothing")
		}
	})
	s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if s.Get(r.Context(), "quantities").(map[string]int)["mug"] != 1 {
			t.Error("stock scs stores it, so the tests above prove nothing")
		}
	})
}

func TestAbsentAndRemovedValues(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := Key[string]("absent").Get(r.Context()); ok || got != "" {
			t.Errorf("absent value: %q, %v", got, ok)
		}
		countKey.Remove(r.Context())
		Key[string]("absent").Remove(r.Context())
		if got, ok := countKey.Get(r.Context()); ok || got != 0 {
			t.Errorf("removed value: %d, %v", got, ok)
		}
	})
	if got, want := s.count(cookie), -1; got != want {
		t.Errorf("count %d after its removal", got)
	}
	if got, want := s.rows(), 1; got != want { // the visitor keeps the session
		t.Errorf("%d rows, want %d", got, want)
	}
}

// A nil that was put is no value.
func TestNilReadsAsAbsent(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := cookieOf(s.post("", s.do(func(ctx context.Context) error { return Key[[]string]("list").Put(ctx, nil) })))
	s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := Key[[]string]("list").Get(r.Context()); ok || got != nil {
			t.Errorf("got %v, %v", got, ok)
		}
	})
}

// Values are what applications put, sorted, and not what the package keeps there.
func TestValuesListsTheApplications(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.post(cookie, s.do(func(ctx context.Context) error { return Key[string]("a").Put(ctx, "<b>") }))
	s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
		want := []Value{{"a", json.RawMessage(`"<b>"`)}, {"count", json.RawMessage("1")}}
		got := Values(r.Context())
		if !slices.EqualFunc(got, want, func(a, b Value) bool { return a.Key == b.Key && string(a.JSON) == string(b.JSON) }) {
			t.Errorf("values %s, want %s", got, want)
		}
	})
}

// A Put beyond the limit changes nothing: neither the session nor the value.
func TestPutBeyondTheLimitChangesNothing(t *testing.T) {
	t.Parallel()
	const limit = 1000
	s := newSite(t, Options{MaxBytes: limit})
	cookie := s.begin()
	const note Key[string] = "note"
	s.post(cookie, s.do(func(ctx context.Context) error { return note.Put(ctx, "short") }))
	before, _ := s.row(cookie)
	a := s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if err := note.Put(r.Context(), strings.Repeat("x", limit)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("error %v, want %v", err, ErrTooLarge)
		}
		if got, _ := note.Get(r.Context()); got != "short" {
			t.Errorf("the value is now %.20q", got)
		}
	})
	if after, _ := s.row(cookie); !after.holds(before.data) || a.status != http.StatusOK {
		t.Errorf("status %d, data %s", a.status, after.data)
	}
}

// The limit is that of the row, to the few bytes of its frame, whatever keys
// and values it is filled with: many, escaped, overwritten.
func TestRowsStayWithinTheLimit(t *testing.T) {
	t.Parallel()
	const limit, frame = 2000, 160
	for name, fill := range map[string]func(n int) (key, value string){
		"one value that grows": func(n int) (string, string) { return "note", strings.Repeat("x", n) },
		"many short values":    func(n int) (string, string) { return fmt.Sprint(n), "" },
		"long keys":            func(n int) (string, string) { return fmt.Sprint(strings.Repeat("k", 100), n), "x" },
		"keys to be escaped":   func(n int) (string, string) { return fmt.Sprint(strings.Repeat("\x01\"\\", 5), n), "x" },
		"values to be escaped": func(n int) (string, string) { return fmt.Sprint(n), "\x01\"\\\xff" },
		"characters":           func(n int) (string, string) { return fmt.Sprint("ü", n), "漢字" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{MaxBytes: limit})
			a := s.post("", func(_ http.ResponseWriter, r *http.Request) {
				for n := 0; ; n++ {
					key, value := fill(n)
					if err := Key[string](key).Put(r.Context(), value); err != nil {
						return
					}
				}
			})
			r, _ := s.row(cookieOf(a))
			if got := len(r.data); got > limit || got < limit-frame-110 { // 110: the longest value above
				t.Errorf("the full row has %d bytes, want almost %d", got, limit)
			}
		})
	}
}

// What is taken out makes room again, also in a row beyond the limit.
func TestRemoveMakesRoom(t *testing.T) {
	t.Parallel()
	path := table(t)
	large := newSiteOn(t, path, 5000, Options{})
	const note Key[string] = "note"
	cookie := large.begin()
	large.post(cookie, large.do(func(ctx context.Context) error { return note.Put(ctx, strings.Repeat("x", 2000)) }))
	small := newSiteOn(t, path, 5000, Options{MaxBytes: 1000})
	small.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if err := countKey.Put(r.Context(), 2); !errors.Is(err, ErrTooLarge) {
			t.Errorf("error %v, want %v", err, ErrTooLarge)
		}
		note.Remove(r.Context())
		if err := countKey.Put(r.Context(), 3); err != nil {
			t.Error(err)
		}
	})
	if got, want := small.count(cookie), 3; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}

// A full session can be emptied, also one that is above the limit: a value that is
// shorter than the one before always fits.
func TestAFullSessionCanBeEmptied(t *testing.T) {
	t.Parallel()
	path := table(t)
	large := newSiteOn(t, path, 5000, Options{})
	const lines Key[[]string] = "lines"
	cookie := large.begin()
	large.post(cookie, large.do(func(ctx context.Context) error {
		return lines.Put(ctx, slices.Repeat([]string{"line"}, 300))
	}))
	small := newSiteOn(t, path, 5000, Options{MaxBytes: 1000})
	for n := 299; n >= 0; n-- {
		a := small.post(cookie, small.do(func(ctx context.Context) error {
			left, _ := lines.Get(ctx)
			Key[int]("none").Remove(ctx)
			return lines.Put(ctx, left[1:])
		}))
		if a.status != http.StatusOK {
			t.Fatalf("%d lines: status %d, error %v", n, a.status, small.failed)
		}
	}
	small.get(cookie, small.do(func(ctx context.Context) error {
		if left, ok := lines.Get(ctx); len(left) > 0 || !ok {
			t.Errorf("%d lines are left, %v", len(left), ok)
		}
		return nil
	}))
}

// A route outside Manager.Handler is a mistake that shows at its first request.
func TestOutsideAHandlerItPanics(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(context.Context){
		"Get":    func(ctx context.Context) { countKey.Get(ctx) },
		"Put":    func(ctx context.Context) { _ = countKey.Put(ctx, 1) },
		"Values": func(ctx context.Context) { Values(ctx) },
		"Renew":  func(ctx context.Context) { _ = Renew(ctx) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "Manager.Handler") {
					t.Errorf("%s: panic %q, want one that names Manager.Handler", name, got)
				}
			}()
			f(t.Context())
		}()
	}
}

// A one-time value is there once; a response of 500 leaves it.
func TestPopHasClear(t *testing.T) {
	t.Parallel()
	const state = Key[string]("state")
	s := newSite(t, Options{})
	cookie := cookieOf(s.post("", s.do(func(ctx context.Context) error {
		return errors.Join(state.Put(ctx, "a"), countKey.Put(ctx, 1))
	})))
	pop := func(status int) (text string, ok bool) {
		s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
			if !state.Has(r.Context()) && status == http.StatusInternalServerError {
				t.Error("the value is not there")
			}
			text, ok = state.Pop(r.Context())
			if state.Has(r.Context()) {
				t.Error("the value is still there")
			}
			w.WriteHeader(status)
		})
		return text, ok
	}
	for i, want := range []bool{true, true, false} {
		status := []int{500, 200, 200}[i]
		if text, ok := pop(status); ok != want || (text == "a") != want {
			t.Errorf("pop %d: %q, %v; want %v", i, text, ok, want)
		}
	}
	before, _ := s.row(cookie)
	s.post(cookie, s.do(func(ctx context.Context) error { Remember(ctx, false); Clear(ctx); Clear(ctx); return nil }))
	s.get(cookie, s.do(func(ctx context.Context) error {
		if info := Current(ctx); len(Values(ctx)) > 0 || !info.Exists() || Remembered(ctx) || info.Created.IsZero() {
			t.Errorf("values %v, %+v", Values(ctx), info)
		}
		return nil
	}))
	if after, ok := s.row(cookie); !ok || !after.expiry.Equal(before.expiry) {
		t.Errorf("row %v, expiry %v, want %v", ok, after.expiry, before.expiry)
	}
}

// What Values and Current return belongs to the caller: no other request sees a change
// of it, though the session is in memory.
func TestValuesBelongToTheCaller(t *testing.T) {
	t.Parallel()
	s := newCached(t)
	cookie := s.begin()
	for range 3 {
		s.get(cookie, s.do(func(ctx context.Context) error {
			values, data := Values(ctx), Current(ctx).Data
			if string(values[0].JSON) != "1" || bytes.Contains(data, []byte("XX")) {
				t.Errorf("values %s, data %s", values[0].JSON, data)
			}
			values[0].JSON[0] = 'X'
			for i := range data {
				data[i] = 'X'
			}
			return nil
		}))
	}
}

// A session in memory holds nothing of the request that made it: a short key out of a
// long form would hold all of the form.
func TestSessionsHoldNothingOfARequest(t *testing.T) {
	t.Parallel()
	s := newCached(t)
	var form weak.Pointer[byte]
	s.post("", func(_ http.ResponseWriter, r *http.Request) {
		body := []byte("note" + strings.Repeat("x", 60_000))
		form = weak.Make(&body[0])
		key := Key[string](unsafe.String(&body[0], 4))
		if err := key.Put(r.Context(), unsafe.String(&body[4], 9)); err != nil {
			t.Error(err)
		}
	})
	for range 10 {
		runtime.GC()
	}
	if form.Value() != nil {
		t.Error("the form is still in memory")
	}
	runtime.KeepAlive(s)
}
