package session

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Equal sessions are equal bytes: the compare-and-swap relies on it.
func TestCodecIsDeterministic(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2027, 1, 2, 3, 4, 5, 678, time.FixedZone("CET", 3600))
	names := map[string]string{rememberKey: "true"}
	for i := range 20 {
		names[fmt.Sprint("key", i)] = fmt.Sprint(i)
	}
	var want []byte
	for range 100 { // in the order of a map: another one each time
		var vs values
		for name, raw := range names {
			vs = vs.with(name, &value{json: []byte(raw)})
		}
		got := encode(deadline, vs)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) || len(got) > vs.size() {
			t.Fatalf("encoded as %s, want %s", got, want)
		}
	}
	if prefix := `{"v":1,"deadline":"2027-01-02T02:04:05Z","values":{"__rememberMe":true,"key0":0,`; !strings.HasPrefix(string(want), prefix) {
		t.Errorf("encoded as %s, want %s...", want, prefix)
	}
}

// The row is for people: no escapes but those that JSON demands.
func TestRowIsReadable(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	const text = "<b>Käse & Brot</b> \u2028 €5"
	a := s.post("", s.do(func(ctx context.Context) error { return Key[string]("note").Put(ctx, text) }))
	if r, _ := s.row(cookieOf(a)); !strings.Contains(string(r.data), "<b>Käse & Brot</b>") ||
		strings.Contains(string(r.data), "\n") {
		t.Errorf("the row holds %s", r.data)
	}
	s.get(cookieOf(a), func(_ http.ResponseWriter, r *http.Request) {
		if got, _ := Key[string]("note").Get(r.Context()); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	})
}

var seeds = []string{
	`{"v":1,"deadline":"2027-01-02T03:04:05Z","values":{}}`,
	`{"v":1,"deadline":"2027-01-02T03:04:05.678+01:00","values":{"__rememberMe":false,"a":[1, 2.50,{"b":null}]}}`,
	`{"v":2,"deadline":"2027-01-02T03:04:05Z","values":{"n":123456789012345678901234567890},"new":1}`,
	"{\"v\":1,\"deadline\":\"2027-01-02T03:04:05Z\",\"values\":{\"\xff\":\"\xfe\",\"\xfe\":1}}",
	`{"v":1,"deadline":"2027-01-02T03:04:05Z","values":{"a":1,"a":2,"A":3,"":4}}`,
	`{"v":1,"deadline":"9999-12-31T23:59:59-23:59","values":{}}`,
	`{"v":1,"deadline":"0001-01-01T00:00:00Z","values":{}}`,
	`null`, `[]`, `{}`, ``, "\x00", `{"v":-1}`, `{"v":1,"deadline":"never"}`,
}

func TestCodecRoundTrip(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds {
		roundTrip(t, []byte(seed))
	}
}

// Nothing that a row may hold makes Decode panic, and what it
// accepts can be written again and comes back the same.
func FuzzCodecDecode(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { roundTrip(t, data) })
}

func roundTrip(t *testing.T, data []byte) {
	t.Helper()
	deadline, vs, err := decode(data)
	if err != nil {
		if vs != nil || !deadline.IsZero() {
			t.Fatalf("%q: error %v with values %v", data, err, vs)
		}
		return
	}
	first := encode(deadline, vs)
	again, more, err := decode(first)
	if err != nil || !again.Equal(deadline.Truncate(time.Second)) {
		t.Fatalf("%s: deadline %v, want %v; error %v", first, again, deadline, err)
	}
	if got, want := names(more), names(vs); !slices.Equal(got, want) || !slices.IsSorted(got) {
		t.Fatalf("%s: keys %q, want %q", first, got, want)
	}
	if second := encode(again, more); !bytes.Equal(first, second) {
		t.Fatalf("%s becomes %s", first, second)
	}
}

func names(vs values) (names []string) {
	for _, v := range vs {
		names = append(names, v.name)
	}
	return names
}

// While two versions run, each keeps what only the other one knows.
func TestUnknownValuesSurviveAnEdit(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	const theirs = `{"id": 12345678901234567890, "price": 1.50, "tags": ["<new>", null]}`
	s.exec(`UPDATE sessions SET data = CAST(json_set(CAST(data AS TEXT), '$.v', 2, '$.extra', 1) AS BLOB)`)
	s.exec(`UPDATE sessions SET data = CAST(replace(CAST(data AS TEXT), '"count"', '"loyalty":' || $1 || ',"count"') AS BLOB)`, theirs)
	if a := s.post(cookie, s.put(2)); a.status != http.StatusOK {
		t.Fatalf("status %d, error %v", a.status, s.failed)
	}
	r, _ := s.row(cookie)
	const want = `"loyalty":{"id":12345678901234567890,"price":1.50,"tags":["<new>",null]}`
	if !strings.Contains(string(r.data), want) || s.count(cookie) != 2 {
		t.Errorf("the row holds %s, want %s in it", r.data, want)
	}
}

// A value that this version cannot read survives its edits of others, too.
func TestUnreadableValueSurvivesAnEdit(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.post(cookie, s.do(func(ctx context.Context) error { return Key[string]("size").Put(ctx, "XL") }))
	s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		if _, ok := Key[int]("size").Get(r.Context()); ok {
			t.Error("a string reads as a number")
		}
		s.put(2)(w, r)
	})
	if r, _ := s.row(cookie); !strings.Contains(string(r.data), `"size":"XL"`) {
		t.Errorf("the row holds %s", r.data)
	}
}
