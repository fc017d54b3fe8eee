package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

// offices are the addresses of the second listener.
var offices = []string{"/", "/sessions", "/sessions?page=2", "/sessions/000000000000", "/plots", "/metrics", "/readyz", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=1", "/nowhere"}

// A page of another site can have its own name resolve to this machine, and then
// read what it likes (DNS rebinding). It cannot choose what the browser says it
// asked for.
func TestBackOfficeAnswersToThisMachineAlone(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	s.Visitor(t).Settle()
	ops := s.Ops
	for host, own := range map[string]bool{
		"localhost": true, "localhost:4001": true, "LOCALHOST:4001": true, "127.0.0.1:4001": true, "127.0.0.1": true, "[::1]:4001": true, "127.9.9.9:80": true,
		"": false, "evil.example": false, "evil.example:4001": false, "localhost.evil.example:4001": false, "127.0.0.1.evil.example": false, "evil.localhost.example": false,
		"0.0.0.0:4001": false, "[::]:4001": false, "192.168.1.1:4001": false, "169.254.169.254": false, "[fe80::1]:4001": false, "2130706433": false, "0x7f000001": false,
		"127.1": false, "0177.0.0.1": false, "127.0.0.1:4001:4001": false, "localhost@evil.example": false, "localhost#evil.example": false, "localhost:evil.example:1": false, "host.docker.internal:4001": false,
	} {
		for _, path := range append(offices, s.Asset(t, "app.css")) {
			r := shoptest.AskOps(ops, "GET", host, path, "X-Forwarded-Host", "localhost", "Forwarded", "host=localhost")
			if refused := r.StatusCode == http.StatusBadRequest; refused == own {
				t.Errorf("%s for %q: status %d", path, host, r.StatusCode)
			}
			if !own && (strings.Contains(r.Body, "mug") || strings.Contains(r.Body, "trolley_") || len(r.Body) > 4000) {
				t.Errorf("%s for %q: %s", path, host, r.Body)
			}
		}
	}
}

// R25, R37, R38, R40, R41: what holds for the shop's answers holds here, but for
// HSTS: this is never HTTPS.
func TestBackOfficeCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v := s.Visitor(t)
	v.Settle()
	ops := s.Ops
	for _, path := range append(offices, s.Asset(t, "app.css"), "/static/nothing") {
		for _, host := range []string{"localhost", "evil.example"} {
			for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
				name := method + " " + path + " for " + host
				r := shoptest.AskOps(ops, method, host, path, "Cookie", "__Host-trolley_session="+v.Token(), "Origin", "http://"+host)
				checkProtections(t, name, r.Header, false)
				checkUnshared(t, kind{name: name, Reply: r})
				contentType := r.Header.Get("Content-Type")
				if r.Body != "" && !strings.Contains(contentType, "charset=utf-8") {
					t.Errorf("%s: Content-Type %q", name, contentType)
				}
				if contentType == web.HTMLType && r.StatusCode != http.StatusSeeOther {
					checkInert(t, kind{name: name, Reply: r})
				}
				if got := r.Header.Get("Set-Cookie"); got != "" {
					t.Errorf("%s sets %q", name, got)
				}
				if got := r.Header.Get("Cache-Control"); strings.HasPrefix(path, "/sessions") && r.StatusCode == http.StatusOK && got != noStore {
					t.Errorf("%s: Cache-Control %q for everybody's sessions", name, got)
				}
			}
		}
	}
}

// R31, R36: to look is all that these addresses are for, and no page of another
// site gets a form in.
func TestBackOfficeTakesNoForeignForms(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	s.Visitor(t).Settle()
	changed, ops := watch(t, s), s.Ops
	for _, path := range append(offices, "/sessions/000000000000/revoke") {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
			if r := shoptest.AskOps(ops, method, "localhost:4001", path); r.StatusCode != http.StatusMethodNotAllowed && r.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: status %d", method, path, r.StatusCode)
			}
			for _, o := range origins {
				headers := strings.Split(strings.ReplaceAll(strings.Join(o.headers, "\n"), "OWN", "localhost:4001"), "\n")
				if !o.taken {
					shoptest.AskOps(ops, method, "localhost:4001", path, headers...).Want(t, http.StatusForbidden)
				}
			}
		}
	}
	if changed() {
		t.Error("the database was written to")
	}
}

// The back office asks nobody for a password: it must not be a part of the shop,
// nor the shop of it.
func TestBackOfficeIsNoPartOfTheShop(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	for _, path := range offices[1:] {
		for _, host := range []string{"", "localhost", "localhost:4001", "127.0.0.1:4001"} {
			headers := []string{"X-Forwarded-For", "127.0.0.1", "X-Real-IP", "127.0.0.1"}
			if host != "" {
				headers = append(headers, "Host", host)
			}
			v.Ask("GET", path, "", headers...).Want(t, http.StatusNotFound)
		}
	}
	for _, path := range []string{"/cart", "/checkout", "/session", "/products/mug", "/healthz"} {
		s.AtOps("GET", "localhost", path).Want(t, http.StatusNotFound)
	}
	if r := s.AtOps("GET", "localhost", "/"); r.Header.Get("Location") != "/sessions" {
		t.Errorf("the way in leads to %q", r.Header.Get("Location"))
	}
}

// What somebody has put into the table by hand is shown like the rest.
func TestBackOfficeShowsRowsOfAnyKind(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	for _, token := range []string{"a", "", "0123456789012", "<script>alert(1)</script>", strings.Repeat("x", 10_000)} {
		s.Exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", token, []byte(shoptest.OnEngine("<script>\xff\x00"+token, `{"<script>":5}`)), s.Tomorrow())
	}
	page := s.AtOps("GET", "localhost", "/sessions").Want(t, http.StatusOK)
	checkInert(t, kind{name: "the inspector", Reply: page})
}

// The second listener is on this machine alone whatever -addr says, and there is
// none where it is turned off.
func TestBackOfficeListensOnLoopback(t *testing.T) {
	t.Parallel()
	for ops, want := range map[string]bool{"localhost:0": true, "127.0.0.1:0": true, "": false} {
		l, err := listen(config{addr: "localhost:0", opsAddr: ops})
		if err != nil || (l.ops != nil) != want {
			t.Fatalf("%q: %v, want one: %v (%v)", ops, l.ops, want, err)
		}
		if want && !l.ops.Addr().(*net.TCPAddr).IP.IsLoopback() {
			t.Errorf("%q: it listens on %v", ops, l.ops.Addr())
		}
		l.close()
	}
}

// A server that is starting, or stopping, or has lost its database, says so.
func TestReadinessIsThatOfTheDatabaseAndTheServer(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	ask := func(status int, text string) {
		t.Helper()
		r := s.AtOps("GET", "localhost", "/readyz").Want(t, status, text)
		if retry := r.Header.Get("Retry-After"); (retry != "") != (status == http.StatusServiceUnavailable) || r.Header.Get("Cache-Control") != noStore {
			t.Errorf("Retry-After %q, Cache-Control %q", retry, r.Header.Get("Cache-Control"))
		}
	}
	ask(http.StatusServiceUnavailable, "not ready")
	s.SetReadiness(inspectorOf(s).Readiness)
	ask(http.StatusOK, "ready")
	s.Store.Close()
	ask(http.StatusServiceUnavailable, "not ready")
	if r := s.AtOps("GET", "localhost", "/sessions"); r.StatusCode < http.StatusInternalServerError || strings.Contains(r.Body, "sql") {
		t.Errorf("status %d without a database: %s", r.StatusCode, r.Text())
	}
}

// redirecting starts the listener for plain HTTP of a shop at shop.example.
func redirecting(t *testing.T) *httptest.Server {
	t.Helper()
	s := shoptest.New(t, withInspector).Again(t, shoptest.Discard(), func(o *shoptest.Settings) { o.BaseURL = "https://shop.example" })
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.NewServer(s.Redirect(), shoptest.Discard())
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// R39, R42: plain HTTP leads to the same page over HTTPS, at the shop's own name
// whatever the request says, and carries no HSTS.
func TestPlainHTTPLeadsToTheShop(t *testing.T) {
	t.Parallel()
	server := redirecting(t)
	for target, want := range map[string]string{
		"/":                           "https://shop.example/",
		"/products/mug?a=b&c=%20d":    "https://shop.example/products/mug?a=b&c=%20d",
		"//evil.example/":             "https://shop.example//evil.example/",
		"/%2fevil.example":            "https://shop.example/%2fevil.example",
		"/@evil.example":              "https://shop.example/@evil.example",
		"http://evil.example/cart":    "https://shop.example/cart",
		"http://evil.example":         "https://shop.example/",
		"http://evil.example//a?b":    "https://shop.example//a?b",
		"/%0d%0aSet-Cookie:%20a=b":    "https://shop.example/%0d%0aSet-Cookie:%20a=b",
		"/\\evil.example":             "https://shop.example/%5Cevil.example",
		"x:.evil.example":             "",
		"x:@evil.example":             "",
		"x:evil":                      "",
		"http:.evil.example/":         "",
		"x://evil.example/y":          "https://shop.example/y",
		"javascript:alert(1)//@evil/": "",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			r := shoptest.Wire(t, conn, method, method+" "+target+" HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n")
			status := http.StatusPermanentRedirect
			if want == "" {
				status = http.StatusBadRequest
			}
			if got := r.Header.Get("Location"); r.StatusCode != status || got != want {
				t.Errorf("%s %s: %d to %q, want %d to %q", method, target, r.StatusCode, got, status, want)
			}
			checkProtections(t, method+" "+target, r.Header, false)
		}
	}
}

// R39: a form has travelled in the open by then; to send it on would hide that.
func TestPlainHTTPTakesNoForms(t *testing.T) {
	t.Parallel()
	server := redirecting(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} {
		r, _ := http.NewRequestWithContext(t.Context(), method, server.URL+"/checkout", strings.NewReader("name=Ada"))
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden || response.Header.Get("Location") != "" || response.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: status %d to %q", method, response.StatusCode, response.Header.Get("Location"))
		}
		checkProtections(t, method, response.Header, false)
	}
}
