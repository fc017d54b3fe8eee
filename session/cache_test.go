package session

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// unchanged is a Stamp of a table that nobody else writes, of which all rows
// count as changed with each commit.
func unchanged(m *atomic.Pointer[Manager]) func(string) (uint64, bool) {
	return func(string) (uint64, bool) {
		if m := m.Load(); m != nil {
			return uint64(m.Stats().Commits), true
		}
		return 0, false
	}
}

func newKept(t *testing.T) *site {
	t.Helper()
	var manager atomic.Pointer[Manager]
	s := newSite(t, Options{Stamp: unchanged(&manager)})
	manager.Store(s.Manager)
	return s
}

// A session in memory is read from there, and only there.
func TestKeptSessionsReadNoRow(t *testing.T) {
	t.Parallel()
	s := newKept(t)
	cookie := s.begin()
	s.get(cookie, s.do(noop)) // reads the row, and keeps it
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
		t.Errorf("a kept session runs %q", got)
	}
	if kept := s.Stats().Kept; kept != 3 {
		t.Errorf("%d loads were from memory, want 3", kept)
	}
}

// What a handler puts into a session that is not stored, nobody else sees.
func TestKeptSessionsAreNotWrittenTo(t *testing.T) {
	t.Parallel()
	s := newKept(t)
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

// What is shared is decoded once, and put back as it is.
func TestSharedValues(t *testing.T) {
	t.Parallel()
	const tags Key[[]string] = "tags"
	s := newKept(t)
	cookie := cookieOf(s.post("", s.do(func(ctx context.Context) error { return tags.PutShared(ctx, []string{"a", "b"}) })))
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

// However many sessions there are, memory is bounded; the one that came last stays.
func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(func(string) (uint64, bool) { return 1, true })
	data := []byte(strings.Repeat("x", 8<<10))
	for i := range 4 * cacheBytes / len(data) {
		token := fmt.Sprint(i)
		c.put(&kept{row: row{token: token, data: data}, stamp: 1})
		if found, _, _ := c.get(token); found == nil {
			t.Fatalf("session %d is not kept", i)
		}
	}
	size, n := 0, 0
	for i := range c.shards {
		size += c.shards[i].size
		n += len(c.shards[i].kept)
	}
	if size > cacheBytes || n*len(data) > cacheBytes {
		t.Errorf("%d sessions are kept, %d bytes, want at most %d", n, size, cacheBytes)
	}
	if n == 0 {
		t.Error("none is kept")
	}
}
