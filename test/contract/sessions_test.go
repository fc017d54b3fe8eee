package contract

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
)

const parallel = 50

// addAll sends parallel requests with one cookie to the nodes in turn, and lets
// none finish its body before all have arrived. It returns how many were done.
func addAll(path, cookie string, nodes ...*node) (done int) {
	release, results := make(chan struct{}), make(chan int, parallel)
	for i := range parallel {
		go func() {
			body, w := io.Pipe()
			go func() { <-release; w.Close() }()
			results <- nodes[i%len(nodes)].sendBody("POST", path, cookie, body).status
		}()
	}
	for i := range parallel {
		<-nodes[i%len(nodes)].arrived
	}
	close(release)
	for range parallel {
		if <-results == http.StatusOK {
			done++
		}
	}
	return done
}

func TestParallelAddsOnTwoNodesAreAllKept(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
		cookie := a.begin()
		if done := addAll("/add", cookie, a, b); done != parallel {
			t.Errorf("%d of %d adds were done", done, parallel)
		}
		b.wantCount(cookie, parallel+1)
	})
}

// Each buys a mug and counts it, in one transaction.
func TestSessionAndStockStayTogether(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
		a.exec("UPDATE products SET stock = 1000 WHERE sku = 'enamel-mug'")
		cookie := a.begin()
		if done := addAll("/buy", cookie, a, b); done != parallel {
			t.Errorf("%d of %d purchases were done", done, parallel)
		}
		b.wantCount(cookie, parallel+1)
		if got := a.stock(); got != 1000-parallel {
			t.Errorf("stock %d, want %d", got, 1000-parallel)
		}
	})
}

func TestARolledBackTransactionTakesTheSessionWithIt(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
		cookie, before := a.begin(), a.stock()
		if r := a.send("POST", "/buy", cookie, "Fail", "1"); r.status != http.StatusServiceUnavailable || r.cookie != "" {
			t.Errorf("%+v, want 503 without a cookie", r)
		}
		b.wantCount(cookie, 1)
		if got := b.stock(); got != before {
			t.Errorf("stock %d, want %d", got, before)
		}
	})
}

// meanwhile sends one request to a and, while its handler holds the session that
// it loaded, another one to b; then it lets the first one go on.
func meanwhile(a, b *node, cookie, first, second string) (was, other reply) {
	h := a.hold("first")
	var wg sync.WaitGroup
	wg.Go(func() { was = a.send("POST", first, cookie, "Hold", "first") })
	<-h.reached
	other = b.send("POST", second, cookie)
	close(h.release)
	wg.Wait()
	return was, other
}

func TestAnOvertakenRequestRunsAgain(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/add", "/buy"} {
		t.Run(path[1:], func(t *testing.T) {
			t.Parallel()
			onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
				cookie, before := a.begin(), a.stock()
				was, other := meanwhile(a, b, cookie, path, "/add")
				if was.status != http.StatusOK || other.status != http.StatusOK {
					t.Errorf("status %d and %d, want 200", was.status, other.status)
				}
				a.wantCount(cookie, 3)
				if got := a.sessions.Stats().Conflicts; got != 1 {
					t.Errorf("%d conflicts, want 1", got)
				}
				if took := before - a.stock(); path == "/buy" && took != 1 {
					t.Errorf("it took %d mugs, want 1", took)
				}
			})
		})
	}
}

func TestEndedIsEnded(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/destroy", "/renew"} {
		t.Run(path[1:], func(t *testing.T) {
			t.Parallel()
			onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
				old := a.begin()
				was, end := meanwhile(a, b, old, "/add", path)
				if end.status != http.StatusOK || was.status != http.StatusConflict || was.cookie != "" {
					t.Errorf("%s %d, the add in flight %+v; want 200, and 409 without a cookie", path, end.status, was)
				}
				if late := b.send("POST", "/add", old); late.status != http.StatusConflict || late.cookie != "" {
					t.Errorf("a late add: %+v, want 409 without a cookie", late)
				}
				a.wantCount(old, 0)
				if path == "/renew" {
					a.wantCount(end.cookie, 1)
				}
				if n := a.number("SELECT COUNT(*) FROM ended_sessions"); n != 1 {
					t.Errorf("%d ended sessions are remembered, want 1", n)
				}
			})
		})
	}
}

// Somebody holds all connections that there are. Who has nothing in the cart
// yet waits no longer than all the others, and what was refused does not happen.
func TestANewSessionDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{MaxWait: 200 * time.Millisecond}, func(t *testing.T, a, _ *node) {
		if a.store.Engine() == store.Postgres {
			a.store.Write().SetMaxOpenConns(1) // on SQLite one transaction at a time is all that there is
		}
		holder, err := a.store.Write().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		refused := make(chan reply, 1)
		go func() { refused <- a.send("POST", "/add", "") }()
		select {
		case r := <-refused:
			if r.status != http.StatusServiceUnavailable || r.cookie != "" {
				t.Errorf("%+v, want 503 without a cookie", r)
			}
		case <-time.After(patience):
			t.Error("the first add of a session waits for ever")
		}
		if err := holder.Rollback(); err != nil {
			t.Fatal(err)
		}
		a.begin()
		if n := a.number("SELECT COUNT(*) FROM sessions"); n != 1 {
			t.Errorf("%d sessions, want the one that was not refused", n)
		}
	})
}

func TestRenewalKeepsTheDeadline(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
		cookie := a.begin()
		before := a.only()
		renewed := b.send("POST", "/renew", cookie)
		if after := b.only(); after.Token == before.Token || after.Expires.Sub(before.Expires).Abs() > time.Second {
			t.Errorf("%s until %v, was %s until %v", after.Token, after.Expires, before.Token, before.Expires)
		}
		a.wantCount(renewed.cookie, 1)
	})
}

func TestReadingTouchesAnIdleSessionOnceAMinute(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{IdleTimeout: time.Hour}, func(t *testing.T, a, b *node) {
		cookie := a.begin()
		for _, n := range []*node{a, b, a} {
			n.wantCount(cookie, 1)
		}
		if got := a.sessions.Stats().Touches + b.sessions.Stats().Touches; got != 0 {
			t.Errorf("%d touches of a session that was just used, want none", got)
		}
		a.exec("UPDATE sessions SET expiry = $1", a.expiry(time.Now().Add(30*time.Minute)))
		data := a.only().Data
		b.wantCount(cookie, 1)
		row := a.only()
		if left := time.Until(row.Expires); left < 59*time.Minute || left > time.Hour || string(row.Data) != string(data) {
			t.Errorf("%v are left and the data is %s, want an hour and %s", left, row.Data, data)
		}
		a.wantCount(cookie, 1)
		if got := a.sessions.Stats().Touches + b.sessions.Stats().Touches; got != 1 {
			t.Errorf("%d touches, want 1", got)
		}
		a.exec("UPDATE sessions SET expiry = $1", a.expiry(time.Now().Add(-time.Second)))
		a.wantCount(cookie, 0)
	})
}

func TestARowThatCannotBeReadIsAFreshSession(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
		for _, data := range []string{`{}`, `{"v":1}`, `{"v":1,"deadline":"soon","values":{}}`} {
			cookie := a.begin()
			a.exec("UPDATE sessions SET data = $1", []byte(data))
			b.wantCount(cookie, 0)
			if n := a.number("SELECT COUNT(*) FROM sessions"); n != 0 {
				t.Errorf("%s: the row is still there", data)
			}
			if again := b.send("POST", "/add", cookie); again.status != http.StatusOK || again.cookie == "" {
				t.Errorf("%s: the next add: %+v", data, again)
			}
			a.exec("DELETE FROM sessions")
		}
	})
}

// What people type comes back as it was, and is compared as it was.
func TestOddTextIsKept(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
		cookie := a.begin()
		for _, text := range []string{"Ünï ☃ 🛒", `\ " ' \u0000 %`, "\u2028", "e\u0301 é", "ﬀ", strings.Repeat("x", 5000)} {
			if r := a.send("POST", "/note", cookie, "Note", text); r.status != http.StatusOK {
				t.Fatalf("%.20q: %+v", text, r)
			}
			if r := b.send("POST", "/add", cookie); r.status != http.StatusOK {
				t.Fatalf("an add after %.20q: %+v", text, r)
			}
		}
		b.wantCount(cookie, 7)
		if got := a.sessions.Stats().Conflicts + b.sessions.Stats().Conflicts; got != 0 {
			t.Errorf("%d conflicts, though nobody was first", got)
		}
	})
}

// A trigger or a rule may leave a row out without an error.
func TestASessionThatIsNotKeptIsNotConfirmed(t *testing.T) {
	t.Parallel()
	n := start(t, migrated.New(t), session.Options{})
	n.exec("CREATE RULE no AS ON INSERT TO sessions DO INSTEAD NOTHING")
	if r := n.send("POST", "/add", ""); r.status == http.StatusOK {
		t.Errorf("a session that no row holds is confirmed: %+v", r)
	}
}
