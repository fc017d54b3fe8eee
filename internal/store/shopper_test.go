package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"trolley/internal/cart"
	"trolley/session"
)

const (
	cartKey  session.Key[cart.Cart] = "cart"
	countKey session.Key[int]       = "count"
)

// shop is a shop of the real store and the real sessions, whose pages do one
// thing each.
type shop struct {
	*Store
	t        testing.TB
	products map[string]cart.Product
	sessions *session.Manager
	handler  http.Handler
	// inside and release hold a request to /slow between reading and writing.
	inside, release chan struct{}
	waited          sync.Once
}

func openShop(t *testing.T, dsn string) *shop {
	t.Helper()
	s := &shop{Store: openAt(t, dsn), t: t, products: map[string]cart.Product{}, inside: make(chan struct{}), release: make(chan struct{})}
	for sku, price := range map[string]int{"test-mug": 1850, "test-towel": 900} {
		s.products[sku] = addProduct(t, s.Store, sku, price, 1_000_000)
	}
	o := session.Options{Engine: s.Engine(), Reader: s.Read(), MaxWait: time.Minute, Log: slog.New(slog.DiscardHandler)}
	if db := s.SQLite(); db != nil {
		o.Cache = db.SessionCache()
	}
	sessions, err := session.New(s.Write(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.sessions = sessions
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

func (s *shop) do(f func(context.Context) (string, error)) http.HandlerFunc {
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
func (s *shop) add(ctx context.Context) (string, error) {
	c, _ := cartKey.Get(ctx)
	for _, p := range s.products {
		c, _ = c.Add(p, 1)
	}
	return fmt.Sprint(c.Quantity()), cartKey.Put(ctx, c)
}

// count adds one to a number.
func (s *shop) count(ctx context.Context) (string, error) {
	n, _ := countKey.Get(ctx)
	return fmt.Sprint(n + 1), countKey.Put(ctx, n+1)
}

// slow is add for a request that is under way for as long as the test says.
func (s *shop) slow(ctx context.Context) (string, error) {
	s.wait()
	return s.add(ctx)
}

// slowRenew is slow for one that gives the session a new token as well.
func (s *shop) slowRenew(ctx context.Context) (string, error) {
	s.wait()
	if err := session.Renew(ctx); err != nil {
		return "", err
	}
	return s.add(ctx)
}

// wait waits for the test, but not when the handler runs again.
func (s *shop) wait() {
	s.waited.Do(func() {
		s.inside <- struct{}{}
		<-s.release
	})
}

// order makes the cart an order, and returns its number.
func (s *shop) order(ctx context.Context) (string, error) {
	c, _ := cartKey.Get(ctx)
	quote, err := c.Quote(s.products)
	if err != nil {
		return "", err
	}
	o, err := s.PlaceOrder(ctx, Placement{Cart: c, Shown: quote.Shown(), Contact: testContact},
		func(txCtx context.Context, tx *sql.Tx, _ cart.Order) error {
			cartKey.Remove(ctx)
			return session.CommitTx(ctx, tx)
		})
	return string(o.Number), err
}

// answer is what a shopper gets.
type answer struct {
	status       int
	body, cookie string // the cookie is the one to send from now on
}

// post sends one request; cookie "" is that of a new shopper.
func (s *shop) post(path, cookie string) answer { return s.send(http.MethodPost, path, cookie) }

func (s *shop) send(method, path, cookie string) answer {
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if set := w.Header().Get("Set-Cookie"); set != "" {
		cookie, _, _ = strings.Cut(set, ";")
	}
	return answer{w.Code, strings.TrimSpace(w.Body.String()), cookie}
}

// must is a request that has to succeed.
func (s *shop) must(path, cookie string) answer {
	s.t.Helper()
	a := s.post(path, cookie)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: status %d: %s", path, a.status, a.body)
	}
	return a
}

// sendAtLast sends a request again for as long as the shop is busy.
func (s *shop) sendAtLast(method, path, cookie string) answer {
	s.t.Helper()
	for {
		a := s.send(method, path, cookie)
		if a.status != http.StatusServiceUnavailable || s.t.Context().Err() != nil {
			return a
		}
	}
}
