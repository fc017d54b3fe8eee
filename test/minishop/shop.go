// Package minishop is a shop of the real store and the real sessions in the process of
// a test, whose pages do one thing each.
package minishop

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/session"
)

const (
	cartKey  session.Key[cart.Cart] = "cart"
	countKey session.Key[int]       = "count"
)

// Shop is a shop of the real store and the real sessions, whose pages do one
// thing each.
type Shop struct {
	*store.Store
	t        testing.TB
	products map[string]cart.Product
	Sessions *session.Manager
	handler  http.Handler
	// Inside and Release hold a request to /slow between reading and writing.
	Inside, Release chan struct{}
	waited          sync.Once
}

// Open opens a shop until the test ends.
func Open(t testing.TB, dsn string) *Shop {
	t.Helper()
	s := &Shop{Store: OpenStore(t, dsn), t: t, products: map[string]cart.Product{}, Inside: make(chan struct{}), Release: make(chan struct{})}
	for sku, price := range map[string]int{"test-mug": 1850, "test-towel": 900} {
		s.products[sku] = AddProduct(t, s.Store, sku, price, 1_000_000)
	}
	o := session.Options{Engine: s.Engine(), Reader: s.Read(), MaxWait: time.Minute, Log: slog.New(slog.DiscardHandler)}
	if db := s.SQLite(); db != nil {
		o.Cache = db.SessionCache()
	}
	sessions, err := session.New(s.Write(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.Sessions = sessions
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", s.do(func(ctx context.Context) (string, error) {
		n, _ := countKey.Get(ctx)
		return fmt.Sprint(n), nil
	}))
	mux.HandleFunc("POST /add", s.do(s.add))
	mux.HandleFunc("POST /count", s.do(s.count))
	mux.HandleFunc("POST /slow", s.do(s.slow))
	mux.HandleFunc("POST /slow/renew", s.do(s.slowRenew))
	mux.HandleFunc("POST /order", s.do(s.order))
	mux.HandleFunc("GET /{$}", s.do(func(ctx context.Context) (string, error) {
		c, ok := cartKey.Get(ctx)
		return fmt.Sprintf("%d units, %v", c.Quantity(), ok), nil
	}))
	s.handler = sessions.Handler(mux)
	return s
}

func (s *Shop) do(f func(context.Context) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := f(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, text)
	}
}

// add puts one of each product into the cart.
func (s *Shop) add(ctx context.Context) (string, error) {
	c, _ := cartKey.Get(ctx)
	for _, p := range s.products {
		c, _ = c.Add(p, 1)
	}
	return fmt.Sprint(c.Quantity()), cartKey.Put(ctx, c)
}

// count adds one to a number.
func (s *Shop) count(ctx context.Context) (string, error) {
	n, _ := countKey.Get(ctx)
	return fmt.Sprint(n + 1), countKey.Put(ctx, n+1)
}

// slow is add for a request that is under way for as long as the test says.
func (s *Shop) slow(ctx context.Context) (string, error) {
	s.wait()
	return s.add(ctx)
}

// slowRenew is slow for one that gives the session a new token as well.
func (s *Shop) slowRenew(ctx context.Context) (string, error) {
	s.wait()
	if err := session.Renew(ctx); err != nil {
		return "", err
	}
	return s.add(ctx)
}

// wait waits for the test, but not when the handler runs again.
func (s *Shop) wait() {
	s.waited.Do(func() {
		s.Inside <- struct{}{}
		<-s.Release
	})
}

// order makes the cart an order, and returns its number.
func (s *Shop) order(ctx context.Context) (string, error) {
	c, _ := cartKey.Get(ctx)
	quote, err := c.Quote(s.products)
	if err != nil {
		return "", err
	}
	o, err := s.PlaceOrder(ctx, store.Placement{Cart: c, Shown: quote.Shown(), Contact: Contact},
		func(txCtx context.Context, tx *sql.Tx, _ cart.Order) error {
			cartKey.Remove(ctx)
			return session.CommitTx(ctx, tx)
		})
	return string(o.Number), err
}

// Answer is what a shopper gets.
type Answer struct {
	Status       int
	Body, Cookie string // the cookie is the one to send from now on
}

// Post sends one request; cookie "" is that of a new shopper.
func (s *Shop) Post(path, cookie string) Answer { return s.Send(http.MethodPost, path, cookie) }

func (s *Shop) Get(cookie string) Answer { return s.Send(http.MethodGet, "/", cookie) }

func (s *Shop) Send(method, path, cookie string) Answer {
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if set := w.Header().Get("Set-Cookie"); set != "" {
		cookie, _, _ = strings.Cut(set, ";")
	}
	return Answer{w.Code, strings.TrimSpace(w.Body.String()), cookie}
}

// Must is a request that has to succeed.
func (s *Shop) Must(path, cookie string) Answer {
	s.t.Helper()
	a := s.Post(path, cookie)
	if a.Status != http.StatusOK {
		s.t.Fatalf("%s: status %d: %s", path, a.Status, a.Body)
	}
	return a
}

// HashOf returns the token column of the session that a cookie names.
func HashOf(cookie string) string {
	_, token, _ := strings.Cut(cookie, "=")
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
