package faults

import (
	"net"
	"strings"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// More connections come than there are descriptors, while visitors add. Nobody
// is told anything wrong meanwhile, and when they go the shop is as it was.
func TestOutOfDescriptors(t *testing.T) {
	t.Parallel()
	const limit = "64"
	proctest.Need(t, "sh")
	s := startBuilt(t, proctest.Trolley, []string{"sh", "-c", "ulimit -n " + limit + `; exec "$0" "$@" -max-connections 16`}, blackbox.NewDB(t))
	blackbox.Change(t, s.DB, blackbox.Shelves)
	cookie := s.begin(t)
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	l.reach(t, 10)
	const crowd = 200
	var connections []net.Conn
	for range crowd {
		connections = append(connections, s.Dial(t))
	}
	before := l.acked.Load()
	l.reach(t, before+50) // those who have a connection are served
	for _, c := range connections {
		c.Close()
	}
	s.Client.CloseIdleConnections()
	s.wantRecovery(t, cookie) // with connections of their own
	s.wantPages(t, cookie)
	close(stop)
	wait()
	if refused, _ := l.summary(); refused > 0 {
		t.Errorf("%d adds were refused: the connections took the database's descriptors", refused)
	}
	l.wantAnswers(t)
	l.wantTold(t, s)
	blackbox.WantWhole(t, s.DB)
	if strings.Contains(s.Stderr.String(), "too many open files") {
		t.Errorf("the shop ran out of descriptors:\n%s", &s.Stderr)
	}
}
