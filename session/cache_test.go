package session

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"
	"weak"
)

// versioned is a Cache for a table that has one writer, all of whose rows count as
// changed with each commit.
type versioned struct {
	manager *Manager
	mu      sync.Mutex
	kept    map[string]keptValue
}

type keptValue struct {
	v       any
	version int64
}

func (c *versioned) Load(token string, read func() (any, int, error)) (any, error) {
	version := c.version()
	c.mu.Lock()
	kept, ok := c.kept[token]
	c.mu.Unlock()
	if ok && kept.version == version {
		return kept.v, nil
	}
	v, bytes, err := read()
	c.keep(token, v, bytes, version)
	return v, err
}

func (c *versioned) Store(token string, write func() (any, int, error)) error {
	c.keep(token, nil, 0, 0)
	v, bytes, err := write()
	if err == nil {
		c.keep(token, v, bytes, c.version()+1)
	}
	return err
}

// version counts the writes that are noted so far.
func (c *versioned) version() int64 {
	stats := c.manager.Stats()
	return stats.Commits + stats.Touches
}

func (c *versioned) keep(token string, v any, bytes int, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, token)
	if bytes > 0 {
		c.kept[token] = keptValue{v, version}
	}
}

func newCached(t *testing.T) *site {
	t.Helper()
	c := &versioned{kept: make(map[string]keptValue)}
	s := newSite(t, Options{Cache: c})
	c.manager = s.Manager
	return s
}

// A session in memory is read from there, and only there, also after a touch.
func TestCachedSessionsReadNoRow(t *testing.T) {
	t.Parallel()
	s := newCached(t)
	cookie := s.beginUnseen()
	s.get(cookie, s.do(noop)) // a touch
	before := s.Stats().Cached
	s.spy.take()
	for range 3 {
		s.get(cookie, s.do(func(ctx context.Context) error {
			if n, ok := countKey.Get(ctx); n != 1 || !ok {
				return fmt.Errorf("count is %d, %v", n, ok)
			}
			return nil
		}))
	}
	if got := s.spy.take(); len(got) != 0 {
		t.Errorf("a cached session runs %q", got)
	}
	if cached := s.Stats().Cached - before; cached != 3 {
		t.Errorf("%d loads were from memory, want 3", cached)
	}
}

// What a handler puts into a session that is not stored, nobody else sees.
func TestCachedSessionsAreNotWrittenTo(t *testing.T) {
	t.Parallel()
	s := newCached(t)
	cookie := s.begin()
	for range 3 {
		s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
			if n, _ := countKey.Get(r.Context()); n != 1 {
				t.Errorf("count is %d, want 1", n)
			}
			if err := countKey.Put(r.Context(), 99); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusInternalServerError)
		})
	}
}

// A cached session holds nothing of the request that stored it: a key or a value that
// was cut from a large form does not keep the form in memory.
func TestACachedSessionKeepsNoForm(t *testing.T) {
	t.Parallel()
	s := newCached(t)
	cookie := s.begin()
	store := func(put func(ctx context.Context, key, value string) error) weak.Pointer[byte] {
		form := bytes.Repeat([]byte("form"), 16<<10)
		text := unsafe.String(&form[0], len(form)) // as url.ParseQuery returns parts of one string
		s.post(cookie, s.do(func(ctx context.Context) error { return put(ctx, text[100:110], text[200:210]) }))
		return weak.Make(&form[0])
	}
	for name, put := range map[string]func(ctx context.Context, key, value string) error{
		"Put": func(ctx context.Context, key, value string) error { return Key[string](key).Put(ctx, value) },
		"PutShared": func(ctx context.Context, key, value string) error {
			return Key[string](key).PutShared(ctx, strings.Clone(value))
		},
		"Once": func(ctx context.Context, key, value string) error {
			_, err := Once(ctx, key, func() (string, error) { return value, addOne(ctx) })
			return err
		},
		"Get of another": func(ctx context.Context, key, value string) error {
			Key[string](key).Get(ctx)
			return addOne(ctx)
		},
	} {
		form := store(put)
		for range 200 { // a connection may hold the context of its last statement, and so the request
			if s.post(cookie, s.do(addOne)); form.Value() == nil {
				break
			}
			runtime.GC()
		}
		if form.Value() != nil {
			t.Errorf("%s: the form is still in memory", name)
		}
	}
	runtime.KeepAlive(s)
}

// What a row with many short values takes in memory is counted, too. Not parallel: it
// looks at the heap.
func TestManyShortValuesAreCounted(t *testing.T) {
	data := []byte(`{"v":1,"deadline":"2030-01-02T15:04:05Z","values":{"":0`)
	for i := range 1000 {
		data = fmt.Appendf(data, `,"%d":1`, i)
	}
	data = append(data, "}}"...)
	const rows = 50
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	kept, counted := make([]*record, rows), 0
	for i := range kept {
		deadline, vs, err := decode(data)
		if err != nil {
			t.Fatal(err)
		}
		kept[i] = &record{data: bytes.Clone(data), deadline: deadline, values: vs}
		counted += kept[i].bytes()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if took := int(after.HeapAlloc) - int(before.HeapAlloc); took > counted {
		t.Errorf("%d rows take %d bytes, and count for %d", rows, took, counted)
	}
	runtime.KeepAlive(kept)
}

// What is shared is decoded once, and put back as it is.
func TestSharedValues(t *testing.T) {
	t.Parallel()
	const tags Key[[]string] = "tags"
	s := newCached(t)
	cookie := s.begin()
	s.post(cookie, s.do(func(ctx context.Context) error { return tags.PutShared(ctx, []string{"a", "b"}) }))
	var first []string
	for range 3 {
		s.get(cookie, s.do(func(ctx context.Context) error {
			v, ok := tags.GetShared(ctx)
			if !ok || strings.Join(v, "") != "ab" {
				t.Errorf("got %q, %v", v, ok)
				return nil
			}
			if first == nil {
				first = v
			}
			if &v[0] != &first[0] {
				t.Error("the value was decoded again")
			}
			if own, _ := tags.Get(ctx); &own[0] == &first[0] {
				t.Error("Get returned the shared value")
			}
			return nil
		}))
	}
	s.get(cookie, s.do(func(ctx context.Context) error {
		if n, ok := Key[int]("tags").GetShared(ctx); ok {
			t.Errorf("tags read as %d", n)
		}
		return tags.PutShared(ctx, nil)
	}))
	s.get(cookie, s.do(func(ctx context.Context) error {
		if v, ok := tags.GetShared(ctx); ok {
			t.Errorf("a nil that was put is %q, want none, as from Get", v)
		}
		return nil
	}))
}
