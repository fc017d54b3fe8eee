package e2e

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"trolley/test/proctest"
)

// shop is a process that serves.
type shop struct {
	*process
	url    string
	ops    string // the inspector's listener
	db     string
	client *http.Client // keeps no cookies and follows no redirects
}

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
	args = append([]string{"-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-db", db}, args...)
	s := &shop{process: runBuilt(t, build, nil, args...), db: db, client: newClient(t, nil)}
	s.url = s.WaitFor(t, proctest.SaysShop)
	s.ops = s.WaitFor(t, proctest.SaysInspector)
	return s
}

func newClient(t testing.TB, config *tls.Config) *http.Client {
	const enough = 256 // connections
	transport := &http.Transport{
		TLSClientConfig: config, MaxIdleConns: enough, MaxIdleConnsPerHost: enough,
		// A held body (see overlap) waits for the server, not for the clock.
		ExpectContinueTimeout: time.Minute,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// request is what a visitor sends: a POST where form is not nil.
type request struct {
	shop   *shop
	path   string
	cookie string // "name=value", or ""
	form   url.Values
	json   bool // ask for JSON
}

// reply is the answer. Its err is set where the connection broke: before the
// status (0 then), or in the middle of the body.
type reply struct {
	status   int
	header   http.Header
	location string
	cookie   string // "name=value" as a browser sends it back, "" where none was set
	body     string
	err      error
}

// form returns fields, names and values in turn, as a form.
func form(fields ...string) url.Values {
	values := make(url.Values)
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return values
}

// send sends r and reads the whole answer.
func send(ctx context.Context, r request) reply {
	if r.form == nil {
		return r.send(ctx, http.MethodGet, nil)
	}
	return r.send(ctx, http.MethodPost, strings.NewReader(r.form.Encode()))
}

func (r request) send(ctx context.Context, method string, body io.Reader) reply {
	req, err := http.NewRequestWithContext(ctx, method, r.shop.url+r.path, body)
	if err != nil {
		return reply{err: err}
	}
	if r.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.ContentLength = int64(len(r.form.Encode()))
	}
	if _, held := body.(*heldBody); held {
		req.Header.Set("Expect", "100-continue")
	}
	if r.cookie != "" {
		req.Header.Set("Cookie", r.cookie)
	}
	if r.json {
		req.Header.Set("Accept", "application/json")
	}
	response, err := r.shop.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	return read(response)
}

func read(response *http.Response) reply {
	defer response.Body.Close()
	a := reply{status: response.StatusCode, header: response.Header, location: response.Header.Get("Location")}
	for _, c := range response.Cookies() {
		a.cookie = c.Name + "=" + c.Value
	}
	body, err := io.ReadAll(response.Body)
	a.body, a.err = string(body), err
	return a
}

// get fetches a page.
func (s *shop) get(t testing.TB, path, cookie string) reply {
	t.Helper()
	return s.must(t, request{path: path, cookie: cookie})
}

// post sends a form: names and values in turn.
func (s *shop) post(t testing.TB, path, cookie string, fields ...string) reply {
	t.Helper()
	return s.must(t, request{path: path, cookie: cookie, form: form(fields...)})
}

// must sends a request whose answer arrives, whatever it is.
func (s *shop) must(t testing.TB, r request) reply {
	t.Helper()
	r.shop = s
	a := patiently(t.Context(), send(t.Context(), r), r)
	if a.err != nil {
		t.Fatalf("%s: %v", r.path, a.err)
	}
	return a
}

// patiently sends r again, a few times, while the answer is "busy, nothing was
// changed, try again" (503), which a slow machine may give with good reason.
func patiently(ctx context.Context, a reply, r request) reply {
	const tries = 5
	for range tries {
		if a.err != nil || a.status != http.StatusServiceUnavailable {
			break
		}
		a = send(ctx, r)
	}
	return a
}

// want fails the test unless the answer has the status.
func (a reply) want(t testing.TB, status int) reply {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d\n%s", a.status, status, a.body)
	}
	return a
}

// wantTo fails the test unless the answer is a redirect to a path that starts
// with prefix, and returns that path.
func (a reply) wantTo(t testing.TB, prefix string) string {
	t.Helper()
	a.want(t, http.StatusSeeOther)
	if !strings.HasPrefix(a.location, prefix) {
		t.Fatalf("redirect to %q, want %s", a.location, prefix)
	}
	return a.location
}

// isTruncated says whether the answer broke off after it had begun.
func (a reply) isTruncated() bool { return a.status != 0 && a.err != nil }
