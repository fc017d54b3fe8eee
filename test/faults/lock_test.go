package faults

import (
	"database/sql"
	"strconv"
	"sync"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// Another process, perhaps somebody's sqlite3, has begun to write and takes its
// time. Several visitors add, each from several tabs at once, and look around.
func TestLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Quick, blackbox.NewDB(t))
	const visitors, tabs, held = 4, 3, 5 * time.Second
	var cookies []string
	for range visitors {
		cookies = append(cookies, s.begin(t))
	}
	release := holdLock(t, s.DB)
	var l ledger
	var done sync.WaitGroup
	for _, cookie := range cookies {
		for tab := range tabs {
			done.Go(func() {
				// From each tab, other products than from the others.
				for n, end := 2+tab, time.Now().Add(held); time.Now().Before(end) && n <= maxAdds; n += tabs {
					l.add(t.Context(), s, cookie, "thing-"+strconv.Itoa(n), 2)
				}
			})
		}
	}
	wrote := make(chan struct{})
	go func() { done.Wait(); close(wrote) }()
	looks := 0
	for ; !isClosed(wrote); looks++ {
		s.wantPages(t, cookies[looks%visitors])
	}
	refused, slowest := l.summary()
	t.Logf("locked for %v: %d adds refused, %d taken, the slowest answer after %v; %d times %d pages read meanwhile",
		held, refused, l.acked.Load(), slowest, looks, len(pages))
	if l.acked.Load() > 0 || refused == 0 {
		t.Errorf("under lock, %d adds were acknowledged and %d refused", l.acked.Load(), refused)
	}
	if slowest > promptWrite {
		t.Errorf("a visitor waited %v for an answer", slowest)
	}
	l.wantAnswers(t)
	release()
	for _, cookie := range cookies {
		if a := s.add(t.Context(), cookie, "thing-49", 1); !a.IsAcknowledged() {
			t.Errorf("after the lock, an add is answered with %d %q (%v)", a.Status, a.Location, a.Err)
		}
	}
	l.wantTold(t, s)
	blackbox.WantWhole(t, s.DB)
}

// holdLock takes the write lock as another process does: the locks of SQLite in
// this one are not those of the shop.
func holdLock(t testing.TB, db string) (release func()) {
	t.Helper()
	conn, err := blackbox.Open(t, db).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"BEGIN IMMEDIATE", "UPDATE products SET stock = stock WHERE sku = 'thing-1'"} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	release = sync.OnceFunc(func() { end(t, conn) })
	t.Cleanup(release)
	return release
}

func end(t testing.TB, conn *sql.Conn) {
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil && t.Context().Err() == nil {
		t.Error(err)
	}
	conn.Close()
}
