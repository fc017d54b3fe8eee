package faults

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"trolley/test/proctest"
)

func newClient(t testing.TB) *http.Client {
	const enough = 256 // connections
	transport := &http.Transport{MaxIdleConns: enough, MaxIdleConnsPerHost: enough}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: proctest.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reply is an answer. Its err is set where the connection broke.
type reply struct {
	status   int
	header   http.Header
	location string
	cookie   string // "name=value" as a browser sends it back, "" where none was set
	body     string
	took     time.Duration
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

// send sends a request, a POST where fields is not nil, and reads the answer.
func (s *shop) send(ctx context.Context, path, cookie string, fields url.Values, header ...string) (a reply) {
	began := time.Now()
	defer func() { a.took = time.Since(began) }()
	method, body := http.MethodGet, io.Reader(nil)
	if fields != nil {
		method, body = http.MethodPost, strings.NewReader(fields.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return reply{err: err}
	}
	if fields != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := s.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	a = reply{status: response.StatusCode, header: response.Header, location: response.Header.Get("Location"), body: string(text), err: err}
	for _, c := range response.Cookies() {
		a.cookie = c.Name + "=" + c.Value
	}
	return a
}

func (s *shop) get(t testing.TB, path, cookie string) reply {
	t.Helper()
	return s.send(t.Context(), path, cookie, nil)
}

// add adds to the cart.
func (s *shop) add(ctx context.Context, cookie, sku string, quantity int) reply {
	return s.send(ctx, "/cart/items", cookie, form("sku", sku, "quantity", fmt.Sprint(quantity)))
}

// isAcknowledged says whether the answer to an add promises that it is kept.
func (a reply) isAcknowledged() bool {
	return a.err == nil && a.status == http.StatusSeeOther && strings.HasPrefix(a.location, "/cart?added=") && !strings.Contains(a.location, "limit=")
}

// isRefused says whether the answer is a 503 as it should be.
func (a reply) isRefused() bool {
	return a.err == nil && a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != ""
}

// want fails the test unless the answer has the status.
func (a reply) want(t testing.TB, status int) reply {
	t.Helper()
	if a.err != nil || a.status != status {
		t.Fatalf("status %d, want %d (%v)\n%s", a.status, status, a.err, a.body)
	}
	return a
}

// begin starts a session with one of thing-1 in its cart, and returns its cookie.
func (s *shop) begin(t testing.TB) (cookie string) {
	t.Helper()
	a := s.add(t.Context(), "", "thing-1", 1)
	if !a.isAcknowledged() || a.cookie == "" {
		t.Fatalf("no session begins: status %d, %q, %v\n%s", a.status, a.location, a.err, a.body)
	}
	return a.cookie
}

// cart returns how many of each product are in the cart of a session.
func (s *shop) cart(t testing.TB, cookie string) map[string]int {
	t.Helper()
	a := s.send(t.Context(), "/cart", cookie, nil, "Accept", "application/json").want(t, http.StatusOK)
	var cart struct {
		Lines []struct {
			SKU      string
			Quantity int
		}
	}
	if err := json.Unmarshal([]byte(a.body), &cart); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	quantities := map[string]int{}
	for _, l := range cart.Lines {
		quantities[l.SKU] = l.Quantity
	}
	return quantities
}

// pages are what must be shown as long as anything can be read.
var pages = []string{"/", "/products/enamel-mug", "/cart", "/checkout"}

// wantPages fails the test unless a session's pages are shown at once.
func (s *shop) wantPages(t testing.TB, cookie string) {
	t.Helper()
	for _, path := range pages {
		a := s.get(t, path, cookie)
		if a.err != nil || a.status != http.StatusOK {
			t.Errorf("%s: status %d, %v\n%s", path, a.status, a.err, a.body)
		}
		if a.took > promptRead {
			t.Errorf("%s took %v", path, a.took)
		}
	}
}

// A write waits for 2 s at most, a read for no writer. What is added is for a
// machine that does other things as well.
const (
	promptWrite = 3 * time.Second
	promptRead  = time.Second
)

// wantRefused fails the test unless an add is answered with 503 in time.
func (s *shop) wantRefused(t testing.TB, cookie string) {
	t.Helper()
	a := s.add(t.Context(), cookie, "thing-50", 1)
	if !a.isRefused() {
		t.Errorf("an add that cannot be stored: status %d, %q, %v\n%s", a.status, a.location, a.err, a.body)
	}
	if a.took > promptWrite {
		t.Errorf("it took %v to refuse an add", a.took)
	}
}

// wantRecovery waits until adds are taken again.
func (s *shop) wantRecovery(t testing.TB, cookie string) {
	t.Helper()
	eventually(t, "adds are taken again", func() bool { return s.add(t.Context(), cookie, "thing-49", 1).isAcknowledged() })
}

// inspector is the shop's other listener.
func (s *shop) inspector(t testing.TB) *shop {
	t.Helper()
	return &shop{Process: s.Process, client: s.client, url: s.WaitFor(t, proctest.SaysInspector)}
}

// rowToken is what the sessions table has in its column token for a cookie.
func rowToken(cookie string) string {
	_, token, _ := strings.Cut(cookie, "=")
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}
