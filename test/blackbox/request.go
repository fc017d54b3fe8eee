package blackbox

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Request is what a visitor sends: a POST where Form is not nil.
type Request struct {
	Shop   *Shop
	Path   string
	Cookie string // "name=value", or ""
	Form   url.Values
	JSON   bool   // ask for JSON
	From   string // the address of the client, for a shop that trusts 127.0.0.1 as a proxy; "" for none
}

// NewClient returns a client of many connections that keeps no cookies and follows no
// redirects. config may be nil.
func NewClient(t testing.TB, config *tls.Config) *http.Client {
	const enough = 256 // connections
	transport := &http.Transport{
		TLSClientConfig: config.Clone(), MaxIdleConns: enough, MaxIdleConnsPerHost: enough,
		// A body sent by SendBody may wait for the server, not for the clock.
		ExpectContinueTimeout: time.Minute,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Form returns fields, names and values in turn, as a form.
func Form(fields ...string) url.Values {
	values := make(url.Values)
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return values
}

// Send sends r and reads the whole answer.
func (r Request) Send(ctx context.Context) Reply {
	if r.Form == nil {
		return r.send(ctx, http.MethodGet, nil)
	}
	return r.send(ctx, http.MethodPost, strings.NewReader(r.Form.Encode()))
}

// SendBody sends r with a body that holds r.Form encoded. The body is first read when
// the server begins to read it ("Expect: 100-continue").
func (r Request) SendBody(ctx context.Context, body io.Reader) Reply {
	return r.send(ctx, http.MethodPost, body, "Expect", "100-continue")
}

func (r Request) send(ctx context.Context, method string, body io.Reader, header ...string) (a Reply) {
	began := time.Now()
	defer func() { a.Took = time.Since(began) }()
	req, err := http.NewRequestWithContext(ctx, method, r.Shop.URL+r.Path, body)
	if err != nil {
		return Reply{Err: err}
	}
	if r.Form != nil {
		header = append(header, "Content-Type", "application/x-www-form-urlencoded")
		req.ContentLength = int64(len(r.Form.Encode()))
	}
	if r.Cookie != "" {
		header = append(header, "Cookie", r.Cookie)
	}
	if r.From != "" {
		header = append(header, "X-Forwarded-For", r.From)
	}
	if r.JSON {
		header = append(header, "Accept", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	response, err := r.Shop.Client.Do(req)
	if err != nil {
		return Reply{Err: err}
	}
	return read(response)
}

func read(response *http.Response) Reply {
	defer response.Body.Close()
	a := Reply{Status: response.StatusCode, Header: response.Header, Location: response.Header.Get("Location"), Closes: response.Close}
	for _, c := range response.Cookies() {
		if a.Cookie == "" || c.Value != "" { // the end of a former cookie comes after the new one
			a.Cookie = c.Name + "=" + c.Value
		}
	}
	body, err := io.ReadAll(response.Body)
	a.Body, a.Err = string(body), err
	return a
}
