package faults

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"trolley/internal/proctest"
)

// A crowd opens connections and sends half a header on each. Shoppers are served
// meanwhile, and the shop soon hangs up on the crowd.
func TestSlowCrowdHoldsUpNobody(t *testing.T) {
	s := plenty(t, proctest.Quick, newDB(t))
	cookie := s.begin(t)
	before := s.descriptors(t)
	crowd := proctest.Times(t, "TROLLEY_CROWD", 1000)
	for range crowd {
		fmt.Fprintf(s.dial(t).(*net.TCPConn), "GET / HTTP/1.1\r\nHost: %s\r\nX-Slow: ", s.url)
	}
	began := time.Now()
	eventually(t, "the crowd is let in", func() bool { return s.descriptors(t) >= before+crowd*9/10 })
	for range 20 {
		s.wantPages(t, cookie)
		if a := s.add(t.Context(), cookie, "thing-2", 1); !a.isAcknowledged() || a.took > promptRead {
			t.Errorf("an add: status %d, %v, after %v", a.status, a.err, a.took)
		}
	}
	memory := s.memory(t)
	eventually(t, "the crowd is gone", func() bool { return s.descriptors(t) <= before+10 })
	t.Logf("%d connections, %d MiB, all gone after %v", crowd, memory>>20, time.Since(began))
	if most := int64(250) << 20; memory > most {
		t.Errorf("the shop takes %d bytes of memory", memory)
	}
}

// descriptors is how many files and connections the process has open.
func (s *shop) descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/" + strconv.Itoa(s.PID()) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

var residentKiB = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)

// memory is how many bytes of it the process has in use.
func (s *shop) memory(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.PID()) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	m := residentKiB.FindSubmatch(status)
	if m == nil {
		t.Fatalf("no VmRSS in\n%s", status)
	}
	kib, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
