package contract

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
)

const (
	countKey session.Key[int]    = "count"
	noteKey  session.Key[string] = "note"
)

// node is one server process of a small application that counts.
type node struct {
	t        *testing.T
	store    *store.Store
	sessions *session.Manager
	server   *httptest.Server
	arrived  chan struct{} // one value for each POST, up to a thousand
	stop     chan struct{} // for those who use the node without end

	mu    sync.Mutex
	holds map[string]hold // by the value of the header Hold
}

// hold stops a handler between reading and changing its session, once.
type hold struct{ reached, release chan struct{} }

// patience is the MaxWait of tests that are not about it: no machine is so busy.
const patience = time.Minute

func start(t *testing.T, dsn string, o session.Options) *node {
	t.Helper()
	n := &node{t: t, store: open(t, dsn), arrived: make(chan struct{}, 1000), stop: make(chan struct{}), holds: make(map[string]hold)}
	o.Engine, o.Reader = n.store.Engine(), n.store.Read()
	if db := n.store.SQLite(); db != nil {
		o.Cache = db.SessionCache()
	}
	o.Log, o.MaxWait = slog.New(slog.DiscardHandler), cmp.Or(o.MaxWait, patience)
	var err error
	if n.sessions, err = session.New(n.store.Write(), o); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		count, _ := countKey.Get(r.Context())
		fmt.Fprint(w, count)
	})
	mux.HandleFunc("POST /add", n.add)
	mux.HandleFunc("POST /note", func(w http.ResponseWriter, r *http.Request) {
		answer(w, noteKey.Put(r.Context(), r.Header.Get("Note")))
	})
	mux.HandleFunc("POST /renew", func(w http.ResponseWriter, r *http.Request) { answer(w, session.Renew(r.Context())) })
	mux.HandleFunc("POST /destroy", func(w http.ResponseWriter, r *http.Request) { answer(w, session.Destroy(r.Context())) })
	mux.HandleFunc("POST /buy", n.buy)
	handler := n.sessions.Handler(mux)
	n.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			select {
			case n.arrived <- struct{}{}:
			default:
			}
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(n.server.Close)
	return n
}

// answer says what became of a handler.
func answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
	case errors.Is(err, session.ErrEnded):
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}

// add adds one to the count.
func (n *node) add(w http.ResponseWriter, r *http.Request) {
	count, _ := countKey.Get(r.Context())
	n.wait(r)
	answer(w, countKey.Put(r.Context(), count+1))
}

// buy takes a mug and counts it, in one transaction; with the header Fail, the
// transaction is rolled back at the last moment.
func (n *node) buy(w http.ResponseWriter, r *http.Request) {
	count, _ := countKey.Get(r.Context())
	n.wait(r)
	err := n.store.Transact(r.Context(), func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE products SET stock = stock - 1 WHERE sku = 'enamel-mug'"); err != nil {
			return err
		}
		if err := errors.Join(countKey.Put(ctx, count+1), session.CommitTx(ctx, tx)); err != nil {
			return err
		}
		if r.Header.Get("Fail") != "" {
			return errors.New("failed after CommitTx")
		}
		return nil
	})
	if store.IsConflict(err) {
		session.RunAgain(r.Context())
	}
	answer(w, err)
}

func (n *node) stock() int {
	n.t.Helper()
	return n.number("SELECT stock FROM products WHERE sku = 'enamel-mug'")
}

func (n *node) wait(r *http.Request) {
	n.mu.Lock()
	name := r.Header.Get("Hold")
	h, ok := n.holds[name]
	delete(n.holds, name)
	n.mu.Unlock()
	if ok {
		close(h.reached)
		<-h.release
	}
}

func (n *node) hold(name string) hold {
	h := hold{make(chan struct{}), make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.holds[name] = h
	return h
}

// reply is an answer that was read to its end.
type reply struct {
	status int
	body   string
	cookie string // as the browser sends it back; "" where none was set
}

// send answers a request with a cookie, "" for none, and headers, names and
// values in turn.
func (n *node) send(method, path, cookie string, header ...string) reply {
	return n.sendBody(method, path, cookie, strings.NewReader("x"), header...)
}

func (n *node) sendBody(method, path, cookie string, body io.Reader, header ...string) reply {
	r, err := http.NewRequest(method, n.server.URL+path, body)
	if err != nil {
		n.t.Error(err)
		return reply{}
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Error(err)
		return reply{}
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		n.t.Error(err)
	}
	set, _, _ := strings.Cut(resp.Header.Get("Set-Cookie"), ";")
	return reply{resp.StatusCode, string(read), set}
}

// begin starts a session with one add and returns its cookie.
func (n *node) begin() string {
	n.t.Helper()
	r := n.send("POST", "/add", "")
	if r.status != http.StatusOK || r.cookie == "" {
		n.t.Fatalf("first add: %+v", r)
	}
	<-n.arrived
	n.wantCount(r.cookie, 1) // it comes back
	return r.cookie
}

// wantCount fails the test unless the session counts so much.
func (n *node) wantCount(cookie string, want int) {
	n.t.Helper()
	if got := n.send("GET", "/", cookie).body; got != fmt.Sprint(want) {
		n.t.Errorf("the session counts %s, want %d", got, want)
	}
}
