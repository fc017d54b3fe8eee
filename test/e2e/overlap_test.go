package e2e

import (
	"io"
	"strings"
	"sync"
	"testing"
	"trolley/test/blackbox"
)

// heldBody is a request body that waits: its reader says that it has arrived
// and lets nothing pass before release is closed. It is sent with "Expect:
// 100-continue", so it is first read when the server begins to read it, which
// is after everything that the server does before the body.
type heldBody struct {
	arrive  func()
	release <-chan struct{}
	text    io.Reader
}

// Read implements io.Reader.
func (b *heldBody) Read(p []byte) (int, error) {
	b.arrive()
	<-b.release
	return b.text.Read(p)
}

// overlap sends requests of which none can be done before all have begun: the
// server has read the headers of all of them, and started on their bodies,
// before the first body is complete. A program that loads a session before it
// has read the body then works on as many stale copies.
func overlap(t testing.TB, requests []blackbox.Request) []blackbox.Reply {
	t.Helper()
	return hold(t, requests)()
}

// hold sends requests and returns when the server has begun all of them. The
// function that it returns lets them go on, and returns the answers.
func hold(t testing.TB, requests []blackbox.Request) (finish func() []blackbox.Reply) {
	t.Helper()
	release := make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	t.Cleanup(let)
	replies := make([]blackbox.Reply, len(requests))
	var begun, done sync.WaitGroup
	for i, r := range requests {
		begun.Add(1)
		done.Go(func() {
			arrive := sync.OnceFunc(begun.Done)
			defer arrive() // also where the answer came without the body
			body := &heldBody{arrive, release, strings.NewReader(r.Form.Encode())}
			a := r.SendBody(t.Context(), body)
			replies[i] = patiently(t.Context(), a, r)
		})
	}
	begun.Wait()
	return func() []blackbox.Reply {
		let()
		done.Wait()
		return replies
	}
}
