package contract

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trolley/session"
	"trolley/test/pgtest"
)

// shopper buys mugs, one after the other, and remembers what was promised.
type shopper struct {
	cookie         string
	tried, granted atomic.Int64
}

func (s *shopper) buy(nodes ...*node) {
	for i := 0; ; i++ {
		select {
		case <-nodes[0].t.Context().Done():
			return
		case <-nodes[0].stop:
			return
		default:
		}
		s.tried.Add(1)
		if nodes[i%len(nodes)].send("POST", "/buy", s.cookie).status == http.StatusOK {
			s.granted.Add(1)
		}
	}
}

// await returns when every shopper was granted so many more than now.
func await(t *testing.T, shoppers []*shopper, more int64) {
	t.Helper()
	for _, s := range shoppers {
		for want := s.granted.Load() + more; s.granted.Load() < want; time.Sleep(time.Millisecond) {
			if t.Context().Err() != nil {
				t.Fatal("purchases do not go on")
			}
		}
	}
}

// The primary crashes while everybody buys, and its standby takes over. Both
// nodes know both servers. Each purchase is a session and a stock that are
// committed together.
func TestNothingGrantedIsLostWithThePrimary(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t)
	a := start(t, primary.URL("postgres"), session.Options{}) // makes the tables
	a.exec("UPDATE products SET stock = 1000000 WHERE sku = 'enamel-mug'")
	standby := primary.Standby()
	a.exec("ALTER SYSTEM SET synchronous_standby_names = '*'")
	a.exec("SELECT pg_reload_conf()")
	dsn := fmt.Sprintf("postgres://trolley@%s,%s/postgres?sslmode=disable", primary.Host, standby.Host)
	nodes := []*node{start(t, dsn, session.Options{MaxWait: 2 * time.Second}), start(t, dsn, session.Options{MaxWait: 2 * time.Second})}
	shoppers := make([]*shopper, 6)
	var buying sync.WaitGroup
	for i := range shoppers {
		s := &shopper{cookie: a.begin()}
		shoppers[i] = s
		buying.Go(func() { s.buy(nodes...) })
	}
	await(t, shoppers, 10)
	primary.Crash()
	standby.Promote()
	await(t, shoppers, 10)
	close(nodes[0].stop)
	buying.Wait()

	sold := 0
	for _, s := range shoppers {
		count, err := strconv.Atoi(nodes[1].send("GET", "/", s.cookie).body)
		bought := count - 1 // begin counted as well
		if err != nil || int64(bought) < s.granted.Load() || int64(bought) > s.tried.Load() {
			t.Errorf("a session counts %d purchases (%v), of %d granted and %d tried", bought, err, s.granted.Load(), s.tried.Load())
		}
		sold += bought
	}
	if stock := nodes[1].stock(); stock != 1000000-sold {
		t.Errorf("stock %d, want %d: sessions and stock fell apart", stock, 1000000-sold)
	}
}
