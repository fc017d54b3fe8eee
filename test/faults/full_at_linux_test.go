package faults

import (
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// The disk is full at the n-th page that the shop writes to the empty log, for
// each n: within a header, within the pages of a transaction, at its last one.
func TestDiskFullAtEveryWrite(t *testing.T) {
	t.Parallel()
	d := newTmpfs(t, "16m")
	s := plenty(t, proctest.Quick, d.db())
	cookie := s.begin(t)
	var l ledger
	for n := range proctest.Times(t, "TROLLEY_FULL_AT", 12) {
		visitor := s.begin(t)
		blackbox.Change(t, s.DB, "PRAGMA wal_checkpoint(TRUNCATE)")
		free := d.fillBut(t, n+1)
		before, _ := l.summary()
		stop := make(chan struct{})
		wait := l.visitAs(t.Context(), s, []string{visitor}, stop)
		eventually(t, "the full disk is noticed", func() bool { refused, _ := l.summary(); return refused > before })
		s.wantPages(t, cookie)
		free()
		s.wantRecovery(t, cookie)
		close(stop)
		wait()
	}
	l.wantAnswers(t)
	l.wantTold(t, s)
	blackbox.WantWhole(t, s.DB)
	s.Stop(t)
	l.wantTold(t, start(t, d.db()))
}
