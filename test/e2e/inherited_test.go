package e2e

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// journald restarts, and the reader of the shop's log is gone: lines are lost then,
// and no visitor notices.
func TestTheShopOutlivesTheReaderOfItsLog(t *testing.T) {
	t.Parallel()
	const script = `mkfifo log; head -c 1 log >/dev/null & exec "$0" "$@" 2>log`
	p := proctest.Start(t, proctest.Command{Build: proctest.Trolley, Wrapper: []string{"sh", "-c", script}, Args: free()})
	s := &shop{&blackbox.Shop{Process: p, URL: p.WaitFor(t, proctest.SaysShop), Client: blackbox.NewClient(t, nil)}}
	for range 20 {
		s.raw(t, s.begins("POST /cart/clear")+aForm+"Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}
	s.get(t, "/", "").Want(t, 200)
	s.Stop(t)
}

// SIGHUP is what logrotate and certbot send.
func TestHangupEndsNothing(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	s.Signal(t, syscall.SIGHUP)
	waitLog(t, s.Process, "hangup")
	s.get(t, "/", "").Want(t, 200)
	s.Stop(t)
}

// waitLog waits until the log says something.
func waitLog(t testing.TB, p *process, text string) {
	t.Helper()
	for end := time.Now().Add(proctest.Patience); !strings.Contains(p.Stderr.String(), text); {
		if time.Now().After(end) {
			t.Fatalf("the log does not say %q:\n%s", text, &p.Stderr)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// The first files that a process opens would be its standard streams, and a database
// would get the log.
func TestClosedStandardStreamsDoNotReachTheDatabase(t *testing.T) {
	t.Parallel()
	db := blackbox.NewDB(t)
	const script = `exec "$0" "$@" 0<&- 2>&-`
	p := proctest.Start(t, proctest.Command{Build: proctest.Trolley, Wrapper: []string{"sh", "-c", script}, Args: free("-db", db)})
	s := &shop{&blackbox.Shop{Process: p, URL: p.WaitFor(t, proctest.SaysShop), DB: db, Client: blackbox.NewClient(t, nil)}}
	s.begin(t, "enamel-mug")
	s.Stop(t)
	blackbox.WantWhole(t, db)
	if text, err := os.ReadFile(db); err != nil || strings.Contains(string(text), "level=INFO") {
		t.Errorf("the database holds the log (%v)", err)
	}
}
