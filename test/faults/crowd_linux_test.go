package faults

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// A crowd opens connections and sends half a header on each. Shoppers are served
// meanwhile, and the shop soon hangs up on the crowd.
func TestSlowCrowdHoldsUpNobody(t *testing.T) {
	s := plenty(t, proctest.Quick, blackbox.NewDB(t))
	cookie := s.begin(t)
	before := s.descriptors(t)
	crowd := proctest.Times(t, "TROLLEY_CROWD", 1000)
	for range crowd {
		fmt.Fprintf(s.Dial(t).(*net.TCPConn), "GET / HTTP/1.1\r\nHost: %s\r\nX-Slow: ", s.URL)
	}
	began := time.Now()
	eventually(t, "the crowd is let in", func() bool { return s.descriptors(t) >= before+crowd*9/10 })
	for range 20 {
		s.wantPages(t, cookie)
		if a := s.add(t.Context(), cookie, "thing-2", 1); !a.IsAcknowledged() || a.Took > promptRead {
			t.Errorf("an add: status %d, %v, after %v", a.Status, a.Err, a.Took)
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

// memory is how many bytes of it the process has in use.
func (s *shop) memory(t testing.TB) int64 { t.Helper(); return s.statusBytes(t, "VmRSS") }

// statusBytes is a size in the status of the process:
// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html.
func (s *shop) statusBytes(t testing.TB, name string) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.PID()) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\n"+name+":")
	var kib int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
		t.Fatalf("%v: no %s in\n%s", err, name, status)
	}
	return kib << 10
}
