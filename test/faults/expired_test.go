package faults

import (
	"os"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// The shop was closed for long. It opens at once and takes adds while it clears
// away the sessions that have expired meanwhile.
func TestPurgeOfManySessionsHoldsUpNobody(t *testing.T) {
	s := plenty(t, proctest.Quick, blackbox.NewDB(t))
	s.Stop(t)
	expired := proctest.Times(t, "TROLLEY_EXPIRED", 200_000)
	fill(t, s.DB, expired, `printf('%043d', i), CAST(printf('{"v":1,"filler":"%0200d"}', i) AS BLOB), 2.4e6`)
	began := time.Now()
	s = startBuilt(t, proctest.Quick, nil, s.DB)
	started := time.Since(began)
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	largest := int64(0)
	left := func() int { return blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM sessions WHERE expiry < 2.41e6") }
	for purged := time.NewTimer(time.Duration(expired/1000)*time.Second + proctest.Patience); left() > 0; {
		select {
		case <-purged.C:
			t.Fatalf("%d expired sessions are left", left())
		case <-time.After(time.Second):
		}
		if log, err := os.Stat(s.DB + "-wal"); err == nil {
			largest = max(largest, log.Size())
		}
	}
	took := time.Since(began)
	close(stop)
	wait()
	refused, slowest := l.summary()
	t.Logf("%d expired sessions: started in %v, purged after %v; %d adds meanwhile, the slowest in %v; the log had %d KiB",
		expired, started, took, l.acked.Load(), slowest, largest>>10)
	const most = 64 << 20
	if largest == 0 || largest > most {
		t.Errorf("the write-ahead log grew to %d bytes", largest)
	}
	if slowest > promptRead {
		t.Errorf("a visitor waited %v for an answer", slowest)
	}
	if refused > 0 {
		t.Errorf("%d adds were refused", refused)
	}
	l.wantAnswers(t)
	l.wantKept(t, s)
}
