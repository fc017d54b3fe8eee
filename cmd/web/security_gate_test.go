package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"trolley/test/shoptest"
)

// unguarded are the addresses of the second listener that ask for nothing.
var unguarded = map[string]bool{"/metrics": true, "/readyz": true}

// Any user of the machine reaches the listener on TCP: names and addresses are for who has
// the secret, and so is every change.
func TestInspectorAsksForItsSecret(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withGate)
	v := s.Visitor(t)
	v.Settle()
	id := shoptest.HashOf(v.Token())[:12]
	secret, err := s.Store.NewSecret(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entered := s.AtOps("GET", "localhost", "/enter?secret="+secret).Want(t, http.StatusSeeOther)
	cookie, attributes, _ := strings.Cut(entered.Header.Get("Set-Cookie"), ";")
	if entered.Header.Get("Location") != "/sessions" || !strings.Contains(attributes, "HttpOnly; SameSite=Strict") || entered.Header.Get("Cache-Control") != noStore {
		t.Errorf("it enters to %q with %q, %q", entered.Header.Get("Location"), attributes, entered.Header.Get("Cache-Control"))
	}
	s.Exec(t, "INSERT INTO inspector_secrets (hash, expires_at) VALUES ($1, $2)", shoptest.HashOf("late"), time.Now().Add(-time.Second).UnixMilli())
	wrong := []string{"", "trolley_inspector=", "trolley_inspector=late", "trolley_inspector=readyz", "trolley_inspector=" + strings.ToLower(secret),
		"trolley_inspector=" + shoptest.HashOf(secret), "other=" + secret, "__Host-trolley_session=" + v.Token()}
	for _, path := range append(offices, "/sessions/"+id, "/sessions/events", "/orders", "/stock") {
		for _, c := range wrong {
			r := s.AtOps("GET", "localhost", path, "Cookie", c)
			if open := r.StatusCode != http.StatusForbidden; open != unguarded[path] {
				t.Errorf("%s with %q: status %d", path, c, r.StatusCode)
			}
			if strings.Contains(r.Body, "mug") || strings.Contains(r.Body, id) {
				t.Errorf("%s with %q shows %s", path, c, r.Text())
			}
		}
	}
	for _, c := range append(wrong, cookie) {
		r := s.AtOps("POST", "localhost", "/sessions/"+id+"/revoke", "Cookie", c)
		if ended := r.StatusCode == http.StatusSeeOther; ended != (c == cookie) {
			t.Errorf("POST with %q: status %d", c, r.StatusCode)
		}
	}
	for _, query := range []string{"", "?secret=", "?secret=late", "?secret=" + secret + "x"} {
		if r := s.AtOps("GET", "localhost", "/enter"+query).Want(t, http.StatusForbidden); r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%q lets in", query)
		}
	}
	s.AtOps("GET", "localhost", s.Asset(t, "app.css")).Want(t, http.StatusOK)
	again := s.Again(t, shoptest.Discard(), nil) // after a restart, and on another node
	again.AtOps("GET", "localhost", "/sessions", "Cookie", cookie).Want(t, http.StatusOK)
}

// Who reads the database, or a backup of it, gets in nowhere.
func TestDatabaseHoldsNoSecretOfTheInspector(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withGate)
	secret, err := s.Store.NewSecret(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var hash string
	if err := s.Store.Read().QueryRowContext(t.Context(), "SELECT hash FROM inspector_secrets").Scan(&hash); err != nil || hash != shoptest.HashOf(secret) {
		t.Errorf("the database holds %q of %q (%v)", hash, secret, err)
	}
}

// A page of another site, or on another port, may neither look nor change, whatever the
// method: profiles take processor time, and streams have 16 places.
func TestInspectorIsOpenedByItsOwnPagesAlone(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	for _, path := range append(offices, "/sessions/events", "/debug/pprof/profile", s.Asset(t, "app.css")) {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
			for _, site := range []string{"cross-site", "same-site", "nonsense"} {
				s.AtOps(method, "localhost", path, "Sec-Fetch-Site", site).Want(t, http.StatusForbidden)
			}
		}
	}
	for _, site := range []string{"none", "same-origin"} {
		s.AtOps("GET", "localhost", "/sessions", "Sec-Fetch-Site", site).Want(t, http.StatusOK)
	}
}

// The command line may hold the password of the database.
func TestInspectorDoesNotShowTheCommandLine(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	s.AtOps("GET", "localhost", "/debug/pprof/cmdline").Want(t, http.StatusNotFound)
}

// Visitors are sent to a node that can store what they do.
func TestReadinessNeedsAWriteThatSucceeds(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	shoptest.AboutSQLite(t)
	s.SetReadiness(inspectorOf(s).Readiness)
	await := func(status int) {
		t.Helper()
		for s.AtOps("GET", "localhost", "/readyz").StatusCode != status {
			select {
			case <-t.Context().Done():
				t.Fatalf("it never answers %d", status)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	await(http.StatusOK)
	resume := stopWrites(t, s)
	await(http.StatusServiceUnavailable)
	resume()
	await(http.StatusOK)
}
