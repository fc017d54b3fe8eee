package session

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// files returns all that is on disk of the database in path: -wal and -shm too.
func files(t *testing.T, path string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	if err != nil || len(names) < 3 {
		t.Fatalf("files %q, error %v; want the database, -wal and -shm", names, err)
	}
	contents := make(map[string]string)
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents[filepath.Base(name)] = string(b)
	}
	return contents
}

// A whole life of sessions leaves no token behind, on disk or in
// the log, and the log no more of the hash than its first 12 characters.
func TestTokensAreNowhereButInTheCookie(t *testing.T) {
	t.Parallel()
	path := table(t)
	s := newSiteOn(t, path, 5000, Options{})
	first := s.begin()
	renewed := cookieOf(s.post(first, s.do(Renew)))
	corrupt, other := s.begin(), s.begin()
	s.post(first, s.put(2))                // late: ErrEnded
	s.post(renewed+"; "+other, s.do(noop)) // tossed
	s.exec("UPDATE sessions SET data = x'00' WHERE token = $1", hash(tokenOf(corrupt)))
	s.get(corrupt, s.do(noop))
	s.post(renewed, s.do(Destroy))

	backup := filepath.Join(t.TempDir(), "backup.db")
	s.exec("VACUUM INTO $1", backup)
	contents := files(t, path)
	b, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	contents["the backup"], contents["log"] = string(b), s.log.String()
	for _, cookie := range []string{first, renewed, corrupt, other} {
		token := tokenOf(cookie)
		if !tokenPattern.MatchString(token) {
			t.Fatalf("no token in %q", cookie)
		}
		for name, content := range contents {
			if strings.Contains(content, token) {
				t.Errorf("%s holds a token", name)
			}
		}
		if strings.Contains(contents["log"], hash(token)[:16]) {
			t.Error("the log holds more of a hash than its short name")
		}
	}
}

// Tokens are not even arguments of a statement.
func TestTokensAreNotBound(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	renewed := cookieOf(s.post(cookie, s.do(Renew)))
	s.post(renewed, s.do(Destroy))
	for _, st := range s.spy.all() {
		for _, arg := range st.args {
			if arg.Value == tokenOf(cookie) || arg.Value == tokenOf(renewed) {
				t.Errorf("a token is bound to %s", st.query)
			}
		}
	}
}

// What the table holds opens no session.
func TestStoredHashIsNoToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.get("session="+hash(tokenOf(cookie)), func(_ http.ResponseWriter, r *http.Request) {
		if Current(r.Context()).Exists() {
			t.Error("the hash in the table opens the session")
		}
	})
}

func TestStockStoresTokens(t *testing.T) {
	t.Parallel()
	path := table(t)
	s, _ := newStockSite(t, path, 5000)
	token := tokenOf(s.begin())
	for _, content := range files(t, path) {
		if strings.Contains(content, token) {
			return
		}
	}
	t.Error("stock scs does not, so the tests above prove nothing")
}

// Nothing can be bound to a token or a name that is not there yet.
func TestNewSessionHasNoNameYet(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := cookieOf(s.post("", func(_ http.ResponseWriter, r *http.Request) {
		if err := countKey.Put(r.Context(), 1); err != nil {
			t.Error(err)
		}
		if got := Current(r.Context()); got.Exists() || got.ID != "" || got.Hash != "" || !got.Deadline.IsZero() {
			t.Errorf("before the first commit it is %+v", got)
		}
	}))
	var got Info
	for range 100 { // the cookie comes back, which moves the expiry (see unseen) unless the database is busy
		s.get(cookie, func(_ http.ResponseWriter, r *http.Request) { got = Current(r.Context()) })
		if got.Expires.Sub(got.Created) > unseen+time.Minute {
			break
		}
	}
	if want := hash(tokenOf(cookie)); got.Hash != want || got.ID != want[:12] || !got.Exists() {
		t.Errorf("after it, %+v; want hash %s", got, want)
	}
	// Created and Deadline are whole seconds, rounded down; Expires is not.
	if lifetime := got.Deadline.Sub(got.Created); (lifetime - s.o.Lifetime).Abs() > time.Second {
		t.Errorf("created %v, deadline %v; want a lifetime of %v", got.Created, got.Deadline, s.o.Lifetime)
	}
	if (got.Expires.Sub(got.Deadline)).Abs() > time.Second {
		t.Errorf("deadline %v, expires %v; want about the same", got.Deadline, got.Expires)
	}
}

// mattn/go-sqlite3, which sqlite3store's go.mod names, is not compiled in.
func TestNoSecondSQLiteDriver(t *testing.T) {
	t.Parallel()
	for _, name := range sql.Drivers() {
		if name == "sqlite3" {
			t.Error("mattn/go-sqlite3 is compiled in")
		}
	}
}
