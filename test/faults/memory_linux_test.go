package faults

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// The shop is told to get along with 150 MiB and gets all at once that it keeps in
// memory: carts, searches, the inspector's pages, and forms as large as can be that
// never end. It may refuse, and does not end; nothing is lost.
func TestLittleMemoryIsEnough(t *testing.T) {
	const told, most, limit = 150 << 20, 250 << 20, 512 << 20
	proctest.Need(t, "sh", "env")
	// What Linux counts as data is all memory that the process could write to: some
	// 180 MiB before it does anything.
	s := startBuilt(t, proctest.Quick, []string{"sh", "-c", fmt.Sprintf(`ulimit -d %d; exec env GOMEMLIMIT=%d "$0" "$@"`, limit>>10, told)}, blackbox.NewDB(t))
	blackbox.Change(t, s.DB, blackbox.Shelves)
	cookies := s.manyCarts(t, proctest.Times(t, "TROLLEY_CARTS", 6_000))
	inspector, operator := s.inspector(t), s.Operator(t)
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	hold(t, s, 3000)
	refused := wantEach(t, 8, len(cookies), func(n int) blackbox.Reply {
		switch {
		case n%50 == 0:
			return inspector.get(t, "/sessions?sort=busiest&q="+strconv.Itoa(n), operator)
		case n%3 == 0:
			return s.get(t, "/?q=thing+"+strconv.Itoa(n), cookies[n])
		}
		return s.get(t, "/cart", cookies[n])
	})
	close(stop)
	wait()
	peak := s.statusBytes(t, "VmHWM")
	late, slowest := l.summary()
	t.Logf("%d carts: at most %d MiB; %d pages refused; %d adds taken and %d refused, the slowest in %v",
		len(cookies), peak>>20, refused, l.acked.Load(), late, slowest)
	if peak > most {
		t.Errorf("the shop took %d MiB", peak>>20)
	}
	l.wantAnswers(t)
	l.wantTold(t, s)
	blackbox.WantWhole(t, s.DB)
	s.Stop(t)
}

// manyCarts makes sessions with nearly as much in the cart as can be, and returns
// their cookies.
func (s *shop) manyCarts(t testing.TB, many int) (cookies []string) {
	t.Helper()
	first := s.begin(t)
	for n := 2; n <= maxAdds; n++ {
		if a := s.add(t.Context(), first, "thing-"+strconv.Itoa(n), 1+n%4); !a.IsAcknowledged() {
			t.Fatalf("an add: status %d", a.Status)
		}
	}
	tx, err := blackbox.Open(t, s.DB).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(first, "=")
	for n := range many {
		secret := sha256.Sum256([]byte(strconv.Itoa(n)))
		cookie := name + "=" + base64.RawURLEncoding.EncodeToString(secret[:])
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO sessions SELECT ?, data, expiry FROM sessions ORDER BY rowid LIMIT 1",
			blackbox.RowToken(cookie)); err != nil {
			t.Fatal(err)
		}
		cookies = append(cookies, cookie)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return cookies
}

// hold sends forms as large as can be but for their last byte.
func hold(t testing.TB, s *shop, forms int) {
	t.Helper()
	const largest = 64 << 10
	body := strings.Repeat("a", largest)
	text := s.raw("/cart/items", "", blackbox.Form("sku", body[len("sku="):]))
	for range forms {
		conn := s.Dial(t).(*net.TCPConn)
		go func() { _, _ = conn.Write([]byte(text[:len(text)-1])) }() // it may be refused amid it
	}
}

// wantEach asks so many times, from so many clients at once, and wants a page or a
// 503 each time. It returns how often it was a 503.
func wantEach(t testing.TB, clients, times int, ask func(n int) blackbox.Reply) (refused int64) {
	t.Helper()
	var next, busy atomic.Int64
	var done sync.WaitGroup
	for range clients {
		done.Go(func() {
			for n := next.Add(1) - 1; n < int64(times); n = next.Add(1) - 1 {
				switch a := ask(int(n)); {
				case a.IsRefused():
					busy.Add(1)
				case a.Err != nil || a.Status != http.StatusOK:
					t.Errorf("page %d: status %d, %v", n, a.Status, a.Err)
					return
				}
			}
		})
	}
	done.Wait()
	return busy.Load()
}
