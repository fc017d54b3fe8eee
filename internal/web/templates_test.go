package web

import (
	"testing"
	"time"
)

func TestFunctionsOfTemplates(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 14, 5, 0, time.FixedZone("", 2*60*60))
	for _, tt := range []struct{ got, want string }{
		{rfc3339(at), "2026-11-23T10:14:05Z"},
		{rfc3339(time.Time{}), ""},
		{SitePath("cart", "items", "a/b?c"), "/cart/items/a%2Fb%3Fc"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
