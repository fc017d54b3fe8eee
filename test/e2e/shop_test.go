package e2e

import (
	"context"
	"net/http"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// shop is a shop whose log must have no error.
type shop struct{ *blackbox.Shop }

// start starts a shop on a database and free ports.
func start(t testing.TB, db string, args ...string) *shop {
	t.Helper()
	return startBuilt(t, proctest.Trolley, db, args...)
}

// startQuick is start without the race detector, which takes ten times as long.
func startQuick(t testing.TB, db string) *shop {
	t.Helper()
	return startBuilt(t, proctest.Quick, db)
}

func startBuilt(t testing.TB, build proctest.Build, db string, args ...string) *shop {
	t.Helper()
	s := blackbox.Start(t, proctest.Command{Build: build, Args: args}, db)
	s.Never = append(s.Never, anError...)
	return &shop{s}
}

// get fetches a page.
func (s *shop) get(t testing.TB, path, cookie string) blackbox.Reply {
	t.Helper()
	return s.must(t, blackbox.Request{Path: path, Cookie: cookie})
}

// post sends a form: names and values in turn.
func (s *shop) post(t testing.TB, path, cookie string, fields ...string) blackbox.Reply {
	t.Helper()
	return s.must(t, blackbox.Request{Path: path, Cookie: cookie, Form: blackbox.Form(fields...)})
}

// must sends a request whose answer arrives, whatever it is.
func (s *shop) must(t testing.TB, r blackbox.Request) blackbox.Reply {
	t.Helper()
	r.Shop = s.Shop
	a := patiently(t.Context(), r.Send(t.Context()), r)
	if a.Err != nil {
		t.Fatalf("%s: %v", r.Path, a.Err)
	}
	return a
}

// patiently sends r again, a few times, while the answer is "busy, nothing was
// changed, try again" (503), which a slow machine may give with good reason.
func patiently(ctx context.Context, a blackbox.Reply, r blackbox.Request) blackbox.Reply {
	const tries = 5
	for range tries {
		if a.Err != nil || a.Status != http.StatusServiceUnavailable {
			break
		}
		a = r.Send(ctx)
	}
	return a
}
