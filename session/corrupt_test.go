package session

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// alien rows are what a session's row may hold that is none.
func alien(t *testing.T) map[string][]byte {
	t.Helper()
	gob.Register(0)
	stock, err := scs.GobCodec{}.Encode(time.Now().Add(time.Hour), map[string]any{"count": 1})
	if err != nil {
		t.Fatal(err)
	}
	const deadline = `"2999-01-01T00:00:00Z"`
	return map[string][]byte{
		"empty":                {},
		"gob of stock scs":     stock,
		"binary":               {0, 0xff, 0xfe, '\'', 0x80},
		"huge":                 bytes.Repeat([]byte("x"), 4<<20),
		"deep":                 []byte(`{"v":1,"deadline":` + deadline + `,"values":{"a":` + strings.Repeat("[", 20_000)),
		"text":                 []byte("hello"),
		"null":                 []byte("null"),
		"array":                []byte("[]"),
		"object of another":    []byte(`{"user":"ada"}`),
		"cut off":              []byte(`{"v":1,"deadline":` + deadline + `,"values":{"count":`),
		"two in one":           []byte(`{"v":1,"deadline":` + deadline + `,"values":{}}{}`),
		"no version":           []byte(`{"deadline":` + deadline + `,"values":{"count":1}}`),
		"version 0":            []byte(`{"v":0,"deadline":` + deadline + `,"values":{"count":1}}`),
		"version as text":      []byte(`{"v":"1","deadline":` + deadline + `,"values":{}}`),
		"no deadline":          []byte(`{"v":1,"values":{"count":1}}`),
		"deadline as number":   []byte(`{"v":1,"deadline":99999999999,"values":{}}`),
		"deadline beyond time": []byte(`{"v":1,"deadline":"9999-12-31T23:59:59-12:00","values":{}}`),
		"values as array":      []byte(`{"v":1,"deadline":` + deadline + `,"values":[1]}`),
	}
}

// A row that cannot be read is a fresh session, one warning, and gone;
// whoever sees the cookie next, by a read or a write, meets no error.
func TestUnreadableRowIsAFreshSession(t *testing.T) {
	t.Parallel()
	for name, data := range alien(t) {
		for _, method := range []string{"GET", "POST"} {
			t.Run(method+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, Options{})
				cookie := s.begin()
				s.exec("UPDATE sessions SET data = $1", data)
				a := ask(s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					if Current(r.Context()).Exists() || len(Values(r.Context())) > 0 {
						t.Errorf("the handler finds %+v with %v", Current(r.Context()), Values(r.Context()))
					}
				})), newRequest(method, cookie, ""))
				if got, want := a.status, http.StatusOK; got != want {
					t.Errorf("status %d, want %d; error %v", got, want, s.failed)
				}
				if got, want := len(s.log.lines(t, "session unreadable, deleted")), 1; got != want {
					t.Errorf("%d warnings, want %d", got, want)
				}
				if got := s.rows(); got != 0 || s.Stats().Unreadable != 1 {
					t.Errorf("%d rows, want none; %d unreadable, want 1", got, s.Stats().Unreadable)
				}
				if a := s.post(cookie, s.put(3)); s.count(cookieOf(a)) != 3 || cookieOf(a) == cookie {
					t.Errorf("the next write: status %d, cookie %q, error %v", a.status, cookieOf(a), s.failed)
				}
			})
		}
	}
}

// The visitor of an unreadable row can log out, and begin anew at once.
func TestUnreadableRowCanBeReplacedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.exec("UPDATE sessions SET data = x'00'")
	a := s.post(cookie, s.put(5))
	if got, want := s.count(cookieOf(a)), 5; got != want || s.rows() != 1 {
		t.Errorf("count %d, want %d; %d rows", got, want, s.rows())
	}
	s.exec("UPDATE sessions SET data = x'00'")
	if a := s.post(cookieOf(a), s.do(Destroy)); !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("Set-Cookie %q, want a deletion", a.header.Get("Set-Cookie"))
	}
}

// What cannot be deleted either still fails no page, and is tried again.
func TestUnreadableRowUnderALockIsAFreshSession(t *testing.T) {
	t.Parallel()
	path := table(t)
	s := newSiteOn(t, path, 60_000, Options{MaxWait: 20 * time.Millisecond})
	cookie := s.begin()
	s.exec("UPDATE sessions SET data = x'00'")
	release := lock(t, path)
	if a := s.get(cookie, s.do(noop)); a.status != http.StatusOK || s.rows() != 1 {
		t.Errorf("status %d, error %v", a.status, s.failed)
	}
	release()
	patient := newSiteOn(t, path, 60_000, Options{})
	if a := patient.get(cookie, patient.do(noop)); a.status != http.StatusOK || s.rows() != 0 {
		t.Errorf("after the lock: status %d, %d rows, want none", a.status, s.rows())
	}
}

// A row that was mended while it was being read is not deleted.
func TestMendedRowIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	good, _ := s.row(cookie)
	s.exec("UPDATE sessions SET data = x'00'")
	s.spy.onStatement(func(query string) error {
		if query == deleteLoadedSQL {
			s.exec("UPDATE sessions SET data = $1", good.data)
		}
		return nil
	})
	s.get(cookie, s.do(noop))
	if got, want := s.count(cookie), 1; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}

// One unreadable row concerns its own visitor and nobody else. There is
// no operation on all sessions that it could stop.
func TestUnreadableRowConcernsNobodyElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	bad, good := s.begin(), s.begin()
	s.exec("UPDATE sessions SET data = x'00' WHERE token = $1", hash(tokenOf(bad)))
	s.get(bad, s.do(noop))
	if got, want := s.count(good), 1; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
	s.post(good, s.do(Destroy))
	if got := s.rows(); got != 0 {
		t.Errorf("%d rows after the logout, want none", got)
	}
	var all any = (*session)(nil)
	if _, ok := all.(scs.IterableStore); ok {
		t.Error("the store offers All, which scs.Iterate would use")
	}
	if _, ok := all.(scs.IterableCtxStore); ok {
		t.Error("the store offers AllCtx, which scs.Iterate would use")
	}
}

func TestStockAnswers500ToAnUnreadableRow(t *testing.T) {
	t.Parallel()
	path := table(t)
	s, _ := newStockSite(t, path, 5000)
	cookie := s.begin()
	if _, err := open(t, path).Exec("UPDATE sessions SET data = x'00'"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if a := s.get(cookie, func(http.ResponseWriter, *http.Request) {}); a.status != http.StatusInternalServerError {
			t.Errorf("stock scs answers %d, so the tests above prove nothing", a.status)
		}
	}
}

// A value of another type is no value, for want of which a visitor is
// anonymous and not user 0; it is logged, and left for whoever can read it.
func TestMistypedValueIsAbsent(t *testing.T) {
	t.Parallel()
	for _, stored := range []string{`"7"`, `7.5`, `1e99`, `true`, `null`, `[7]`, `{"n":7}`, `99999999999999999999`} {
		t.Run(stored, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{})
			cookie := s.begin()
			s.exec("UPDATE sessions SET data = CAST(json_set(CAST(data AS TEXT), '$.values.count', json($1)) AS BLOB)", stored)
			if got, want := s.count(cookie), -1; got != want {
				t.Errorf("count %d, want %d", got, want)
			}
			if got := len(s.log.lines(t, "session value unreadable")); got != 1 && stored != "null" {
				t.Errorf("%d warnings, want 1", got)
			}
			s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
				if got := fmt.Sprintf("%s", Values(r.Context())); got != "[{count "+stored+"}]" {
					t.Errorf("values %s", got)
				}
			})
		})
	}
}

// A value that was half read is not handed out.
func TestMistypedPartMakesTheWholeAbsent(t *testing.T) {
	t.Parallel()
	type line struct {
		SKU      string
		Quantity int
	}
	s := newSite(t, Options{})
	a := s.post("", s.do(func(ctx context.Context) error {
		return Key[map[string]any]("line").Put(ctx, map[string]any{"SKU": "mug", "Quantity": "two"})
	}))
	s.get(cookieOf(a), func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := Key[line]("line").Get(r.Context()); ok || got != (line{}) {
			t.Errorf("got %+v, %v; want nothing", got, ok)
		}
	})
}

func TestStockReadsAMistypedValueAsZero(t *testing.T) {
	t.Parallel()
	s, _ := newStockSite(t, table(t), 5000)
	s.post("", func(_ http.ResponseWriter, r *http.Request) {
		s.Put(r.Context(), "user", int64(7))
		if s.GetInt(r.Context(), "user") != 0 || !s.Exists(r.Context(), "user") {
			t.Error("stock scs tells it from a value, so the tests above prove nothing")
		}
	})
}
