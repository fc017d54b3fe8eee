package sqlite

import (
	"errors"
	"fmt"
	"testing"
)

// However many sessions there are, memory is bounded; the one that came last stays.
func TestTheSessionCacheIsBounded(t *testing.T) {
	t.Parallel()
	const size = 24 << 10
	c := newSessionCache(func(string) (uint64, bool) { return 1, true })
	for i := range 4 * sessionBytes / size {
		token := fmt.Sprint(i)
		for _, want := range []int{1, 0} { // reads
			reads := 0
			v, err := c.Load(token, func() (any, int, error) { reads++; return i, size, nil })
			if v != i || err != nil || reads != want {
				t.Fatalf("session %d: %v, error %v after %d reads, want %d", i, v, err, reads, want)
			}
		}
	}
	if n := len(c.cached); c.bytes > sessionBytes || n*size != c.bytes || n == 0 {
		t.Errorf("%d sessions are cached, %d bytes, want at most %d", n, c.bytes, sessionBytes)
	}
}

// A session is cached under the version that was there before its row was read, and
// never when the row changed once more while it was written.
func TestTheVersionIsTakenBeforeTheRow(t *testing.T) {
	t.Parallel()
	version, known := uint64(1), true
	c := newSessionCache(func(string) (uint64, bool) { return version, known })
	load := func(change func()) (v any, read bool) {
		v, err := c.Load("a", func() (any, int, error) { read = true; change(); return version, 1, nil })
		if err != nil {
			t.Error(err)
		}
		return v, read
	}
	nothing := func() {}
	load(func() { version++ }) // another request, while the row is read
	if v, read := load(nothing); !read || v != uint64(2) {
		t.Errorf("a change during a read: %v, read %v", v, read)
	}
	if v, read := load(nothing); read || v != uint64(2) {
		t.Errorf("no change: %v, read %v", v, read)
	}
	refused := errors.New("refused")
	for name, write := range map[string]struct {
		changes uint64
		bytes   int
		err     error
		cached  bool
	}{
		"its own":             {1, 1, nil, true},
		"another as well":     {2, 1, nil, false},
		"refused":             {1, 1, refused, false},
		"nothing to be kept":  {1, 0, nil, false},
		"not seen in version": {0, 1, nil, false},
	} {
		version += 10
		err := c.Store("a", func() (any, int, error) { version += write.changes; return version, write.bytes, write.err })
		if !errors.Is(err, write.err) {
			t.Errorf("%s: error %v", name, err)
		}
		if _, read := load(nothing); read == write.cached {
			t.Errorf("%s: cached %v, want %v", name, !read, write.cached)
		}
	}
	known = false
	if _, read := load(nothing); !read {
		t.Error("it is cached though nothing is known of the version")
	}
}
