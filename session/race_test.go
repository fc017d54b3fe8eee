package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
)

const parallel = 50

// addAll sends parallel adds with one cookie, spread over nodes, and lets none
// finish its body before all have arrived. It returns how many were answered 200.
func addAll(t *testing.T, cookie string, nodes ...*node) (acknowledged int) {
	t.Helper()
	release := make(chan struct{})
	results := make(chan int, parallel)
	for i := range parallel {
		go func() { results <- addHeld(nodes[i%len(nodes)], cookie, release) }()
	}
	for i := range parallel {
		<-nodes[i%len(nodes)].arrived
	}
	close(release)
	for range parallel {
		if <-results == http.StatusOK {
			acknowledged++
		}
	}
	return acknowledged
}

func addHeld(n *node, cookie string, release <-chan struct{}) int {
	body, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, "quantity=")
		<-release
		_, _ = io.WriteString(w, "1")
		w.Close()
	}()
	r, err := http.NewRequest(http.MethodPost, n.URL+"/add", body)
	if err != nil {
		return 0
	}
	r.Header.Set("Cookie", cookie)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestParallelAddsAreAllKept(t *testing.T) {
	t.Parallel()
	for trial := range 20 {
		t.Run(strconv.Itoa(trial), func(t *testing.T) {
			t.Parallel()
			n := start(t, newSafe(t, table(t), Options{}))
			wantAllKept(t, n)
		})
	}
}

func TestParallelAddsOnTwoNodesAreAllKept(t *testing.T) {
	t.Parallel()
	for trial := range 20 {
		t.Run(strconv.Itoa(trial), func(t *testing.T) {
			t.Parallel()
			path := table(t)
			wantAllKept(t, start(t, newSafe(t, path, Options{})), start(t, newSafe(t, path, Options{})))
		})
	}
}

func wantAllKept(t *testing.T, nodes ...*node) {
	t.Helper()
	cookie := begin(t, nodes[0])
	<-nodes[0].arrived
	if got := addAll(t, cookie, nodes...); got != parallel {
		t.Errorf("acknowledged %d of %d adds", got, parallel)
	}
	if got, want := count(t, nodes[0], cookie), fmt.Sprint(parallel+1); got != want {
		t.Errorf("the session counts %s adds, want %s", got, want)
	}
}

func TestStockLosesParallelAdds(t *testing.T) {
	t.Parallel()
	n := start(t, newStock(t, table(t)))
	cookie := begin(t, n)
	<-n.arrived
	acknowledged := addAll(t, cookie, n)
	kept, err := strconv.Atoi(count(t, n, cookie))
	if err != nil || kept >= acknowledged+1 {
		t.Errorf("kept %d of %d (%v): stock scs keeps them all, so the tests above prove nothing", kept, acknowledged+1, err)
	}
}

// inFlight starts an add on one node and, while its handler holds the loaded
// session, sends a request to the other node; then it lets the add go on.
func inFlight(t *testing.T, a, b *node, cookie, path string) (add, other answer) {
	t.Helper()
	h := a.hold("add")
	var wg sync.WaitGroup
	wg.Go(func() {
		add = send(t, http.DefaultClient, http.MethodPost, a.URL+"/add", cookie, "Hold", "add")
	})
	<-h.reached
	other = send(t, http.DefaultClient, http.MethodPost, b.URL+path, cookie)
	close(h.release)
	wg.Wait()
	return add, other
}

func TestInFlightRequestDoesNotReviveADestroyedSession(t *testing.T) {
	t.Parallel()
	path := table(t)
	a, b := start(t, newSafe(t, path, Options{})), start(t, newSafe(t, path, Options{}))
	cookie := begin(t, a)
	add, destroy := inFlight(t, a, b, cookie, "/destroy")
	if destroy.status != http.StatusOK || add.status != http.StatusConflict || add.setsCookie() {
		t.Errorf("destroy %d, add %d with cookie %q; want 200, 409 and no cookie", destroy.status, add.status,
			add.header.Get("Set-Cookie"))
	}
	if got := count(t, a, cookie); got != "0" {
		t.Errorf("the destroyed session counts %s", got)
	}
}

func TestStockRevivesADestroyedSession(t *testing.T) {
	t.Parallel()
	path := table(t)
	a, b := start(t, newStock(t, path)), start(t, newStock(t, path))
	cookie := begin(t, a)
	inFlight(t, a, b, cookie, "/destroy")
	if got := count(t, a, cookie); got == "0" {
		t.Error("stock scs does not revive it, so the test above proves nothing")
	}
}

func TestInFlightRequestDoesNotUndoARenewal(t *testing.T) {
	t.Parallel()
	path := table(t)
	a, b := start(t, newSafe(t, path, Options{})), start(t, newSafe(t, path, Options{}))
	old := begin(t, a)
	add, renew := inFlight(t, a, b, old, "/renew")
	if renew.status != http.StatusOK || add.status != http.StatusConflict || add.setsCookie() {
		t.Errorf("renew %d, add %d with cookie %q; want 200, 409 and no cookie", renew.status, add.status,
			add.header.Get("Set-Cookie"))
	}
	if got := count(t, a, old); got != "0" {
		t.Errorf("the old token counts %s", got)
	}
	if got := count(t, a, cookieOf(renew)); got != "1" {
		t.Errorf("the renewed session counts %s, want 1", got)
	}
}

// The browser that renewed stays in its session, whichever answer of
// the two comes last.
func TestBrowserKeepsItsRenewedSession(t *testing.T) {
	t.Parallel()
	path := table(t)
	a, b := start(t, newSafe(t, path, Options{})), start(t, newSafe(t, path, Options{}))
	client := browser(t) // its jar knows hosts, not ports: both nodes get its cookies
	send(t, client, http.MethodPost, a.URL+"/add", "")
	h := a.hold("add")
	var wg sync.WaitGroup
	wg.Go(func() { send(t, client, http.MethodPost, a.URL+"/add", "", "Hold", "add") })
	<-h.reached
	send(t, client, http.MethodPost, b.URL+"/renew", "")
	close(h.release)
	wg.Wait()
	if got := send(t, client, http.MethodGet, a.URL+"/", "").body; got != "1" {
		t.Errorf("the browser's session counts %s, want 1", got)
	}
}

func TestStockUndoesARenewal(t *testing.T) {
	t.Parallel()
	path := table(t)
	a, b := start(t, newStock(t, path)), start(t, newStock(t, path))
	old := begin(t, a)
	inFlight(t, a, b, old, "/renew")
	if got := count(t, a, old); got == "0" {
		t.Error("stock scs does not undo it, so the test above proves nothing")
	}
}

// A request that comes with the old cookie just after the renewal must not
// replace the new cookie in the browser either.
func TestLateRequestDoesNotReplaceARenewedCookie(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"/renew", "/destroy"} {
		n := start(t, newSafe(t, table(t), Options{}))
		old := begin(t, n)
		send(t, http.DefaultClient, http.MethodPost, n.URL+end, old)
		late := send(t, http.DefaultClient, http.MethodPost, n.URL+"/add", old)
		if late.status != http.StatusConflict || late.setsCookie() {
			t.Errorf("after %s: late add %d with cookie %q, want 409 without", end, late.status, late.header.Get("Set-Cookie"))
		}
	}
}

// An add that another process stores during a renewal is in the renewed
// session.
func TestRenewalDoesNotLoseAnAdd(t *testing.T) {
	t.Parallel()
	path := table(t)
	a, b := newSiteOn(t, path, 5000, Options{}), newSiteOn(t, path, 5000, Options{})
	old := a.begin()
	runs := 0
	renewed := a.post(old, func(w http.ResponseWriter, r *http.Request) {
		if runs++; runs == 1 {
			b.post(old, b.do(addOne))
		}
		a.do(Renew)(w, r)
	})
	if got, want := a.count(cookieOf(renewed)), 2; got != want || runs != 2 || a.rows() != 1 {
		t.Errorf("the renewed session counts %d, want %d; %d runs, %d rows", got, want, runs, a.rows())
	}
}

// Within one process the gate orders them: the add comes first and is kept.
func TestRenewalAfterAnAddKeepsIt(t *testing.T) {
	t.Parallel()
	n := start(t, newSafe(t, table(t), Options{}))
	cookie := begin(t, n)
	add, renew := inFlightGated(t, n, cookie, "/renew")
	if add.status != http.StatusOK || renew.status != http.StatusOK {
		t.Fatalf("add %d, renew %d", add.status, renew.status)
	}
	if got := count(t, n, cookieOf(renew)); got != "2" {
		t.Errorf("the renewed session counts %s, want 2", got)
	}
}

func inFlightGated(t *testing.T, n *node, cookie, path string) (add, other answer) {
	t.Helper()
	h := n.hold("add")
	var wg sync.WaitGroup
	wg.Go(func() { add = send(t, http.DefaultClient, http.MethodPost, n.URL+"/add", cookie, "Hold", "add") })
	<-h.reached
	drain(n.arrived)
	wg.Go(func() { other = send(t, http.DefaultClient, http.MethodPost, n.URL+path, cookie) })
	<-n.arrived
	close(h.release)
	wg.Wait()
	return add, other
}

// A goroutine that a handler leaves behind never has a change confirmed that the
// commit does not store.
func TestAPutDuringTheCommitIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	var ctx context.Context
	late := error(nil)
	s.spy.onStatement(func(query string) error {
		if query == swapDataSQL {
			late = countKey.Put(ctx, 3)
		}
		return nil
	})
	s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		ctx = r.Context()
		s.put(2)(w, r)
	})
	if got := s.count(cookie); got != 2 || !errors.Is(late, ErrReadOnly) {
		t.Errorf("count %d, the late Put returned %v", got, late)
	}
}
