package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"trolley/internal/backup"
	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/session"
)

// Where one of these variables is set, the test binary is a trolley-admin that
// stops for good: see kill_test.go and move_test.go.
const (
	stopAt     = "TROLLEY_ADMIN_TEST_STOP"      // a backup, at this stage
	stopMoveAt = "TROLLEY_ADMIN_TEST_STOP_MOVE" // a move, at the nth step after the check of the source
)

// runMain is a variable that makes the test's program that of the command.
const runMain = "TROLLEY_ADMIN_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
	}
	if stage := os.Getenv(stopAt); stage != "" {
		os.Exit(backUpUntil(backup.Stage(stage), os.Args[1], os.Args[2]))
	}
	if step, err := strconv.Atoi(os.Getenv(stopMoveAt)); err == nil {
		os.Exit(moveUntil(step, os.Args[1], os.Args[2]))
	}
	os.Exit(m.Run())
}

// done is what became of a command.
type done struct {
	code           int
	stdout, stderr string
}

// admin runs the program on a database.
func admin(t *testing.T, db string, args ...string) done {
	t.Helper()
	return adminWith(t, map[string]string{"TROLLEY_DB": db}, args...)
}

func adminWith(t *testing.T, variables map[string]string, args ...string) done {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, env{
		getenv: func(name string) string { return variables[name] }, stdout: &stdout, stderr: &stderr, now: time.Now,
	})
	return done{code, stdout.String(), stderr.String()}
}

// must is a command that has to succeed, and to say on stderr only who changed what.
func must(t *testing.T, d done) done {
	t.Helper()
	if d.code != 0 || strings.Count(d.stderr, "\n") != strings.Count(d.stderr, " user=") {
		t.Fatalf("exit code %d\n%s%s", d.code, d.stdout, d.stderr)
	}
	return d
}

// shop is a running shop with two pages: one adds a mug to the cart, the other
// orders the cart.
type shop struct {
	*store.Store
	t       testing.TB
	handler http.Handler
}

func openShop(t *testing.T, path string) *shop {
	t.Helper()
	opened, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	sessions, err := session.New(opened.Write(), session.Options{Reader: opened.Read(), MaxWait: time.Minute, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{Store: opened, t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add", s.page(s.add))
	mux.HandleFunc("POST /order", s.page(s.order))
	mux.HandleFunc("GET /{$}", s.page(func(ctx context.Context) (string, error) {
		c, _ := cartKey.Get(ctx)
		return fmt.Sprint(c.Quantity()), nil
	}))
	s.handler = sessions.Handler(mux)
	return s
}

func newFile(t *testing.T) string { return filepath.Join(t.TempDir(), "trolley.db") }

func (s *shop) page(f func(context.Context) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := f(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, text)
	}
}

func (s *shop) add(ctx context.Context) (string, error) {
	mug, err := s.Product(ctx, "enamel-mug")
	if err != nil {
		return "", err
	}
	c, _ := cartKey.Get(ctx)
	c, _ = c.Add(mug, 1)
	return fmt.Sprint(c.Quantity()), cartKey.Put(ctx, c)
}

func (s *shop) order(ctx context.Context) (string, error) {
	mug, err := s.Product(ctx, "enamel-mug")
	if err != nil {
		return "", err
	}
	c, _ := cartKey.Get(ctx)
	quote, err := c.Quote(map[string]cart.Product{mug.SKU: mug})
	if err != nil {
		return "", err
	}
	contact := cart.Contact{Name: "Ada", Email: "ada@example.com", Address: "1 Analytical Row\nLondon"}
	o, err := s.PlaceOrder(ctx, store.Placement{Cart: c, Shown: quote.Shown(), Contact: contact},
		func(_ context.Context, tx *sql.Tx, _ cart.Order) error {
			cartKey.Remove(ctx)
			return session.CommitTx(ctx, tx)
		})
	return string(o.Number), err
}

// send returns the page and the cookie to send from now on.
func (s *shop) send(method, path, cookie string) (body, next string) {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s %s: status %d: %s", method, path, w.Code, w.Body)
	}
	if set := w.Header().Get("Set-Cookie"); set != "" {
		cookie, _, _ = strings.Cut(set, ";")
	}
	return w.Body.String(), cookie
}

// usedShop returns the file of a shop that is closed, with an order, and a
// session with a mug in its cart.
func usedShop(t *testing.T) string {
	t.Helper()
	path := newFile(t)
	s := openShop(t, path)
	_, buyer := s.send("POST", "/add", "")
	s.send("POST", "/order", buyer)
	s.send("POST", "/add", "")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
