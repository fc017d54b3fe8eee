package faults

import (
	"strings"
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

// A start that finds no room says so, wherever it ends: at the file, the index of the log, or
// the migration. The next one begins anew.
func TestAStartOnAFullDiskSaysSo(t *testing.T) {
	t.Parallel()
	d := newTmpfs(t, "16m")
	for _, pages := range []int{0, 4, 20} {
		free := d.fillBut(t, pages)
		p := proctest.Start(t, proctest.Command{Build: proctest.Trolley, Args: []string{"-addr", "127.0.0.1:0", "-ops-addr", "", "-db", d.db()}})
		if code, says := p.Exit(t), p.Stderr.String(); code != 1 || !strings.Contains(says, "the disk is full") {
			t.Errorf("%d pages: exit code %d: %s", pages, code, says)
		}
		free()
	}
	start(t, d.db()).Stop(t)
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
