package e2e

import (
	"crypto/tls"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"trolley/test/blackbox"
)

func TestSessionOutlivesARestart(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Client.Jar = jar
	s.post(t, "/cart/items", "", "sku", "thing-1", "quantity", "3").WantTo(t, "/cart")
	s.post(t, "/session/values", "", "key", "username", "value", "Ada").WantTo(t, "/session?stored=username")
	before := s.cart(t, "")
	s.Signal(t, syscall.SIGTERM)
	if code := s.Exit(t); code != 0 {
		t.Fatalf("exit code %d", code)
	}

	s = start(t, s.DB)
	s.Client.Jar = jar // a cookie belongs to a host, whatever its port
	if after := s.cart(t, ""); after.ID != before.ID || after.String() != "thing-1 3" {
		t.Errorf("the cart %s with %q became %s with %q", before.ID, before, after.ID, after)
	}
	if page := s.get(t, "/session", ""); !strings.Contains(page.Body, "Ada") {
		t.Error("the name is forgotten")
	}
}

func TestEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	cookie := s.begin(t, "thing-1")
	renewed := s.post(t, "/session/renew", cookie).Cookie
	if renewed == "" || renewed == cookie {
		t.Fatalf("renewed, %q became %q", cookie, renewed)
	}
	if c := s.cart(t, cookie); c.Quantity != 0 {
		t.Errorf("the old cookie still opens %q", c)
	}
	if c := s.cart(t, renewed); c.String() != "thing-1 1" {
		t.Errorf("the new cookie opens %q", c)
	}
	gone := s.post(t, "/session/destroy", renewed)
	if line := gone.Header.Get("Set-Cookie"); !strings.HasPrefix(line, "trolley_session=;") || !strings.Contains(line, "Max-Age=0") {
		t.Errorf("the cookie is not taken back: %q", line)
	}
	s.post(t, "/cart/items", renewed, "sku", "thing-2").Want(t, http.StatusConflict) // just too late

	s.Signal(t, syscall.SIGTERM)
	s.Exit(t)
	s = start(t, s.DB)
	for _, old := range []string{cookie, renewed} {
		if c := s.cart(t, old); c.Quantity != 0 {
			t.Errorf("after a restart the old cookie opens %q", c)
		}
	}
}

// month is -lifetime where nothing else is asked for.
const month = 30 * 24 * time.Hour

func TestCookieIsExactlyAsPromised(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	began := time.Now()
	a := s.post(t, "/cart/items", "", "sku", "enamel-mug")
	wantCookie(t, a.Header, "trolley_session", began, "HttpOnly", "Path=/", "SameSite=Lax")
	if got := a.Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("plain HTTP says Strict-Transport-Security: %s", got)
	}

	// Forgotten with the browser: no end of its own.
	line := s.post(t, "/session/remember", a.Cookie, "remember", "off").Header.Get("Set-Cookie")
	if want := a.Cookie + "; Path=/; HttpOnly; SameSite=Lax"; line != want {
		t.Errorf("Set-Cookie: %s, want %s", line, want)
	}
}

func TestCookieOverTLSIsBoundToTheHost(t *testing.T) {
	t.Parallel()
	cert, key, roots := blackbox.Certificate(t)
	s := start(t, blackbox.NewDB(t), "-tls-cert", cert, "-tls-key", key)
	if !strings.HasPrefix(s.URL, "https://") {
		t.Fatalf("the shop is at %s", s.URL)
	}
	s.Client = blackbox.NewClient(t, &tls.Config{RootCAs: roots})
	began := time.Now()
	a := s.post(t, "/cart/items", "", "sku", "enamel-mug")
	wantCookie(t, a.Header, "__Host-trolley_session", began, "HttpOnly", "Path=/", "SameSite=Lax", "Secure")
	if got := a.Header.Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=") {
		t.Errorf("Strict-Transport-Security: %q", got)
	}
	if c := s.cart(t, a.Cookie); c.Quantity != 1 {
		t.Errorf("the cart has %q", c)
	}
	// The plain name is no way in.
	if c := s.cart(t, strings.Replace(a.Cookie, "__Host-trolley_session", "trolley_session", 1)); c.Quantity != 0 {
		t.Errorf("a cookie without the prefix opens %q", c)
	}
}

// wantCookie fails the test unless one cookie is set, with these attributes, and
// an end a month after began.
func wantCookie(t *testing.T, header http.Header, name string, began time.Time, attributes ...string) {
	t.Helper()
	lines := header.Values("Set-Cookie")
	if len(lines) != 1 {
		t.Fatalf("Set-Cookie: %q, want one", lines)
	}
	parts := strings.Split(lines[0], "; ")
	if got, token, _ := strings.Cut(parts[0], "="); got != name || len(token) != 43 {
		t.Errorf("cookie %s, want %s with 43 characters", parts[0], name)
	}
	var others []string
	for _, part := range parts[1:] {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "Expires":
			expires, err := http.ParseTime(value)
			if early := began.Add(month - time.Minute); err != nil || expires.Before(early) || expires.After(time.Now().Add(month+2*time.Second)) {
				t.Errorf("Expires=%s, want a month from %v (%v)", value, began, err)
			}
		case "Max-Age":
			seconds, err := strconv.Atoi(value)
			if age := time.Duration(seconds) * time.Second; err != nil || age < month-time.Minute || age > month+time.Second {
				t.Errorf("Max-Age=%s, want a month", value)
			}
		default:
			others = append(others, part)
		}
	}
	slices.Sort(others)
	if !slices.Equal(others, attributes) || len(parts) != len(attributes)+3 {
		t.Errorf("Set-Cookie: %s, want an end and %v", lines[0], attributes)
	}
}
