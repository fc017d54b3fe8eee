package e2e

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"trolley/test/blackbox"
)

// Whoever stores nothing, a crawler above all, leaves nothing: no cookie, no
// row, and not one write to the file.
func TestViewsWithoutACookieLeaveNothing(t *testing.T) {
	t.Parallel()
	const connections, each = 16, 625 // 10,000 pages
	s := startQuick(t, blackbox.NewDB(t))
	paths := []string{"/", "/products/enamel-mug", "/cart", "/session", "/?q=steel&sort=price", "/products/tote", "/cart", "/session"}
	db := blackbox.Open(t, s.DB)
	before := version(t, db)
	var done sync.WaitGroup
	for n := range connections {
		done.Go(func() {
			turn := append(slices.Clone(paths[n%len(paths):]), paths[:n%len(paths)]...)
			answers := s.raw(t, s.pipeline(slices.Repeat(turn, each/len(turn)+1)[:each]))
			if got := strings.Count(answers, "HTTP/1.1 200 OK\r\n"); got != each {
				t.Errorf("%d of %d pages came", got, each)
			}
			if strings.Contains(answers, "\nSet-Cookie:") {
				t.Error("a page sets a cookie")
			}
		})
	}
	done.Wait()
	if after := version(t, db); after != before {
		t.Errorf("reading changed the database: version %d, was %d", after, before)
	}
	if n := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions of visitors who stored nothing", n)
	}
}

// pipeline returns requests for pages, one after the other, for one connection.
func (s *shop) pipeline(paths []string) string {
	var b strings.Builder
	for i, path := range paths {
		b.WriteString(s.begins("GET " + path))
		if i == len(paths)-1 {
			b.WriteString("Connection: close\r\n")
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// version changes when another connection changes the database.
func version(t testing.TB, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// countWrites makes the database count what is written to the sessions table.
const countWrites = `
CREATE TABLE writes (what TEXT) STRICT;
CREATE TRIGGER sessions_inserted AFTER INSERT ON sessions BEGIN INSERT INTO writes VALUES ('insert'); END;
CREATE TRIGGER sessions_updated AFTER UPDATE ON sessions BEGIN
	INSERT INTO writes VALUES (CASE WHEN new.token IS old.token AND new.data IS old.data THEN 'expiry' ELSE 'data' END);
END;
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions BEGIN INSERT INTO writes VALUES ('delete'); END`

func TestViewsOfASessionWriteItsExpiryAtMostOnce(t *testing.T) {
	t.Parallel()
	const idle = "-idle-timeout=1h" // an expiry is moved once a minute at most
	for _, c := range []struct {
		name  string
		age   string // how long ago the session was used
		wants []string
	}{
		{"used a moment ago", "+0 seconds", nil},
		{"used two minutes ago", "-2 minutes", []string{"expiry"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, blackbox.NewDB(t), idle)
			cookie := s.begin(t, "enamel-mug", "notebook")
			blackbox.Change(t, s.DB, "UPDATE sessions SET expiry = julianday(expiry, ?)", c.age)
			row := blackbox.Texts(t, s.DB, "SELECT token || ' ' || hex(data) FROM sessions")
			blackbox.Change(t, s.DB, countWrites)

			const views = 100
			paths := []string{"/", "/products/enamel-mug", "/cart", "/session", "/checkout"}
			for i := range views {
				if a := s.get(t, paths[i%len(paths)], cookie).Want(t, http.StatusOK); a.Cookie != "" {
					t.Fatal("a page view sets the cookie again")
				}
			}
			if got := blackbox.Texts(t, s.DB, "SELECT what FROM writes"); !slices.Equal(got, c.wants) {
				t.Errorf("%d views wrote %v, want %v", views, got, c.wants)
			}
			if got := blackbox.Texts(t, s.DB, "SELECT token || ' ' || hex(data) FROM sessions"); !slices.Equal(got, row) {
				t.Errorf("views changed the row %v to %v", row, got)
			}
		})
	}
}
