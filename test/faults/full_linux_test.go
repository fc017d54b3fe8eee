package faults

import (
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, newDisk := range map[string]func() *disk{
		"ext4":  func() *disk { return newDisk(t, "64M") },
		"tmpfs": func() *disk { return newTmpfs(t, "16m") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fillAmidAdds(t, newDisk())
		})
	}
}

// fillAmidAdds fills the disk while visitors add, and gives the space back.
func fillAmidAdds(t *testing.T, d *disk) {
	t.Helper()
	s := plenty(t, proctest.Trolley, d.db())
	cookie := s.begin(t)
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	l.reach(t, 50)
	free := d.fill(t)
	eventually(t, "the full disk is noticed", func() bool {
		refused, _ := l.summary()
		return refused >= 20
	})
	s.wantPages(t, cookie)
	s.wantRefused(t, cookie)
	before := l.acked.Load()
	free()
	s.wantRecovery(t, cookie)
	l.reach(t, before+50)
	close(stop)
	wait()
	refused, slowest := l.summary()
	t.Logf("%d adds taken, %d refused, the slowest answer after %v", l.acked.Load(), refused, slowest)
	l.wantAnswers(t)
	l.wantTold(t, s)
	blackbox.WantWhole(t, s.DB)
	s.Stop(t)
	s = start(t, d.db())
	l.wantTold(t, s)
}
