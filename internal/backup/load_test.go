package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/test/minishop"
)

// ledger is what shoppers were told was stored.
type ledger struct {
	mu     sync.Mutex
	more   *sync.Cond
	orders map[cart.OrderNumber]bool
	counts map[string]int // by token column
	noted  int
}

func newLedger() *ledger {
	l := &ledger{orders: map[cart.OrderNumber]bool{}, counts: map[string]int{}}
	l.more = sync.NewCond(&l.mu)
	return l
}

func (l *ledger) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	l.noted++
	l.more.Broadcast()
}

// wait waits until n more entries were made.
func (l *ledger) wait(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for until := l.noted + n; l.noted < until; {
		l.more.Wait()
	}
}

// copy returns the ledger as it is now.
func (l *ledger) copy() *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := newLedger()
	for n := range l.orders {
		c.orders[n] = true
	}
	for h, n := range l.counts {
		c.counts[h] = n
	}
	return c
}

// buy places orders until stop is closed. What is refused is tried again.
func buy(s *minishop.Shop, l *ledger, stop <-chan struct{}) {
	var cookie string
	for running(stop) {
		if a := s.Post("/add", cookie); a.Status == http.StatusOK {
			cookie = a.Cookie
		}
		if a := s.Post("/order", cookie); a.Status == http.StatusOK {
			l.note(func() { l.orders[cart.OrderNumber(a.Body)] = true })
		}
	}
}

// countUp adds to the number in a session until stop is closed.
func countUp(s *minishop.Shop, l *ledger, stop <-chan struct{}) {
	var cookie string
	for running(stop) {
		a := s.Post("/count", cookie)
		if a.Status != http.StatusOK {
			continue
		}
		cookie = a.Cookie
		n, _ := strconv.Atoi(a.Body)
		l.note(func() { l.counts[minishop.HashOf(cookie)] = n })
	}
}

func running(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return false
	default:
		return true
	}
}

// missing returns, row by row, what was confirmed and is not in s.
func (l *ledger) missing(t *testing.T, s, original *store.Store) (problems []string) {
	t.Helper()
	for number := range l.orders {
		got, err := s.Order(t.Context(), number)
		want, wantErr := original.Order(t.Context(), number)
		if err := errors.Join(err, wantErr); err != nil {
			problems = append(problems, fmt.Sprintf("order %s: %v", number, err))
		} else if diff := cmp.Diff(want, got); diff != "" {
			problems = append(problems, fmt.Sprintf("order %s differs:\n%s", number, diff))
		}
	}
	for hash, want := range l.counts {
		row, err := s.FindSession(t.Context(), hash)
		var data struct{ Values struct{ Count int } }
		if err == nil {
			err = json.Unmarshal(row.Data, &data)
		}
		if err != nil || data.Values.Count < want {
			problems = append(problems, fmt.Sprintf("session %s counts %d, want %d: %v", hash, data.Values.Count, want, err))
		}
	}
	return problems
}

// busyShop returns a shop large enough to be seen while it is copied, shoppers at
// work in it, and how to send them home.
func busyShop(t *testing.T, path string) (s *minishop.Shop, l *ledger, quit func()) {
	t.Helper()
	s, l = minishop.Open(t, path), newLedger()
	minishop.Exec(t, s.Write(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO ended_sessions (token, ended_at) SELECT printf('%02000d', i), 1 FROM n`)
	stop := make(chan struct{})
	var shoppers sync.WaitGroup
	for range 2 {
		shoppers.Go(func() { buy(s, l, stop) })
		shoppers.Go(func() { countUp(s, l, stop) })
	}
	quit = sync.OnceFunc(func() { close(stop); shoppers.Wait() })
	t.Cleanup(quit)
	l.wait(20)
	return s, l, quit
}

// R67: what was confirmed before the start is in the backup, and of what was
// confirmed during the copy nothing is, though the writers did not wait for it.
func TestABackupUnderLoadIsOfOneMoment(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	s, l, quit := busyShop(t, path)
	before := l.copy()
	var late *ledger
	var b Backup
	for late == nil { // a copy may be complete before it was ever looked at
		var err error
		b, err = tryBackup(t, path, filepath.Join(t.TempDir(), "backup.db"), Options{Progress: func(stage Stage, done, total int64) {
			if stage == Copying && 0 < done && done < total && late == nil {
				l.wait(20) // what was placed before the copy began is noted
				early := l.copy()
				l.wait(20) // shoppers go on
				late = l.since(early)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	quit()
	if b.Broken() > 0 {
		_, text := describe(b.Checks)
		t.Fatalf("broken:\n%s", text)
	}
	copied := minishop.OpenStore(t, b.Path)
	if problems := before.missing(t, copied, s.Store); problems != nil {
		t.Errorf("the backup lacks:\n%s", strings.Join(problems, "\n"))
	}
	for number := range late.orders {
		if _, err := copied.Order(t.Context(), number); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("order %s was placed during the copy and is in it: %v", number, err)
		}
	}
	expectStockAndSalesAddUp(t, copied)
}

// since returns the orders that were noted after earlier was.
func (l *ledger) since(earlier *ledger) *ledger {
	now := l.copy()
	for number := range earlier.orders {
		delete(now.orders, number)
	}
	return now
}

func expectStockAndSalesAddUp(t *testing.T, s *store.Store) {
	t.Helper()
	const sum = `SELECT p.stock + COALESCE((SELECT SUM(l.quantity) FROM order_lines AS l WHERE l.sku = p.sku), 0)
FROM products AS p WHERE p.sku = $1`
	for _, sku := range []string{"test-mug", "test-towel"} {
		if got := minishop.Count(t, s.Read(), sum, sku); got != 1_000_000 {
			t.Errorf("%s: stock and sales are %d, want a million", sku, got)
		}
	}
}

// The proof that the test above would notice: a copy of the file, which is what
// people make who have no backup command, lacks what was confirmed.
func TestACopyOfTheFileIsNoBackup(t *testing.T) {
	t.Parallel()
	path, to := minishop.SQLite.New(t), minishop.SQLite.New(t)
	s, l := minishop.Open(t, path), newLedger()
	number := s.Must("/order", s.Must("/add", "").Cookie).Body
	l.note(func() { l.orders[cart.OrderNumber(number)] = true })
	if out, err := exec.CommandContext(t.Context(), "cp", path, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	copied, err := store.OpenReadOnly(t.Context(), to, slog.New(slog.DiscardHandler))
	if err != nil {
		return // not even a database
	}
	defer copied.Close()
	if l.missing(t, copied, s.Store) == nil {
		t.Error("nothing is missing: what would be?")
	}
}
