package web

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// The request to try again is one to this shop, whatever address it came by.
func TestTryAgainStaysInTheShop(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/cart?page=2":           "/cart?page=2",
		"//evil.example/x":       "/evil.example/x",
		`/\evil.example`:         "/%5Cevil.example",
		"/a/../..//evil.example": "/evil.example",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		path, query, _ := strings.Cut(target, "?")
		r.URL.Path, r.URL.RawQuery = path, query
		if got := tryAgain(r, Unavailable()); got.URL != want {
			t.Errorf("%s: %s, want %s", target, got.URL, want)
		}
	}
}

// What may have been done is not offered once more.
func TestAnUncertainFormIsNotSentTwice(t *testing.T) {
	t.Parallel()
	for _, p := range []*Problem{Uncertain(), Malformed("x")} {
		r := httptest.NewRequest("POST", "/checkout", strings.NewReader("name=Ada"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := tryAgain(r, p); got != nil {
			t.Errorf("%v: %+v", p, got)
		}
	}
}

// A large form does not make a large page, which a slow reader would keep in memory.
func TestALargeFormIsNotInThePage(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]bool{maxAgain: true, maxAgain + 1: false} {
		r := httptest.NewRequest("POST", "/cart/items", strings.NewReader("sku="+strings.Repeat("a", size-len("sku="))))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := tryAgain(r, Unavailable()); (got != nil) != want {
			t.Errorf("%d bytes: %v, want %v", size, got != nil, want)
		}
	}
}
