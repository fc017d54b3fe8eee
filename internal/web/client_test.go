package web_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/ui"
)

func TestTheClientIsTheLastAddressThatNoTrustedProxyHas(t *testing.T) {
	t.Parallel()
	p := web.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"203.0.113.7:99", "", "203.0.113.7"},
		{"203.0.113.7:99", "127.0.0.1", "203.0.113.7"}, // forged
		{"10.0.0.1:99", "", "10.0.0.1"},
		{"10.0.0.1:99", "203.0.113.7", "203.0.113.7"},
		{"10.0.0.1:99", "127.0.0.1, 203.0.113.7", "203.0.113.7"}, // the first is forged
		{"10.0.0.1:99", "198.51.100.2, 203.0.113.7, 10.9.9.9", "203.0.113.7"},
		{"10.0.0.1:99", "198.51.100.2, nonsense", "10.0.0.1"},
		{"10.0.0.1:99", "198.51.100.2, nonsense, 10.9.9.9", "10.9.9.9"},
		{"127.0.0.1:99", "2001:db8::1", "2001:db8::1"},
		{"[::ffff:10.0.0.1]:99", "::ffff:203.0.113.7", "203.0.113.7"},
		{"@", "203.0.113.7", "203.0.113.7"}, // a Unix socket
		{"", "", "127.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := p.Client(r).String(); got != c.want {
			t.Errorf("from %q for %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestAProxyThatIsNotTrustedIsToldOfOnce(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"X-Forwarded-For", "Forwarded"} {
		for peer, told := range map[string]int{"192.0.2.1:99": 1, "10.0.0.1:99": 0} {
			var log bytes.Buffer
			site, err := web.New(ui.Files, web.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Problem: shop.Explain,
				TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				r := httptest.NewRequest("GET", "/", nil)
				r.RemoteAddr = peer
				r.Header.Set(header, "203.0.113.7")
				site.Redirect().ServeHTTP(httptest.NewRecorder(), r)
			}
			if got := strings.Count(log.String(), "-trusted-proxies"); got != told {
				t.Errorf("%s from %s: told %d times, want %d\n%s", header, peer, got, told, &log)
			}
		}
	}
}
