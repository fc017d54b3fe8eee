package faults

import (
	"net/http"
	"sync"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// Every fsync takes 200 ms. Adds and orders share theirs and are as slow as the
// disk: of a crowd of orders, which one by one would take 16 s, most are taken, and
// the rest are told after 2 s to come again. Pages wait for no disk.
func TestSlowDiskShedsLoad(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Quick, blackbox.NewDB(t))
	const shoppers = 40 // would wait for 16 s
	orders, answers := make([]checkout, shoppers), make([]blackbox.Reply, shoppers)
	for i := range orders {
		orders[i] = s.checkout(t)
	}
	cookie := s.begin(t)
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 8, stop)
	mend := s.inject(t, "delay_enter=200000")
	var sent sync.WaitGroup
	for i, o := range orders {
		sent.Go(func() { answers[i] = o.send(t, s) })
	}
	answered := make(chan struct{})
	go func() { sent.Wait(); close(answered) }()
	looks := 0
	for ; !isClosed(answered); looks++ {
		s.wantPages(t, cookie)
	}
	l.reach(t, l.acked.Load()+1) // adds go on as well
	close(stop)
	wait()
	mend()
	refused := wantShed(t, answers)
	late, slowest := l.summary()
	t.Logf("%d of %d orders refused; %d adds taken and %d refused, the slowest in %v; %d times %d pages read meanwhile",
		refused, shoppers, l.acked.Load(), late, slowest, looks, len(pages))
	for _, o := range orders { // also those who were told that they have one
		o.send(t, s).Want(t, http.StatusSeeOther)
	}
	wantOrders(t, s.DB, orders...)
	l.wantAnswers(t)
	l.wantTold(t, s)
	blackbox.WantWhole(t, s.DB)
}

// wantShed fails the test unless half of the orders were taken, and the rest refused, all of
// them in time. It returns how many were refused.
func wantShed(t testing.TB, answers []blackbox.Reply) (refused int) {
	t.Helper()
	for _, a := range answers {
		switch {
		case a.IsRefused():
			refused++
		case !a.IsOrdered():
			t.Errorf("an order: status %d, %q, %v\n%s", a.Status, a.Location, a.Err, a.Body)
		}
		if a.Took > promptWrite {
			t.Errorf("a shopper waited %v for an answer", a.Took)
		}
	}
	if refused > len(answers)/2 {
		t.Errorf("%d of %d orders were refused", refused, len(answers))
	}
	return refused
}
