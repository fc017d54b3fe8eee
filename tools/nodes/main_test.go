package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"trolley/test/pgtest"
)

// output passes on what the program writes, line by line.
type output chan string

// Write implements io.Writer.
func (o output) Write(p []byte) (int, error) {
	o <- string(p)
	return len(p), nil
}

var saysShop = regexp.MustCompile(`Shop +(http://\S+)`)

func TestOneCartIsAtHomeOnBothNodes(t *testing.T) {
	t.Parallel()
	said, ended := make(output, 100), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	db := pgtest.New(t)
	go func() { ended <- run(ctx, "127.0.0.1:0", 2, db, said); close(said) }()
	shop := ""
	for line := range said {
		if m := saysShop.FindStringSubmatch(line); m != nil {
			shop = m[1]
		}
		if strings.HasPrefix(line, "The table") {
			break
		}
	}
	if shop == "" {
		t.Fatalf("it does not serve: %v", <-ended)
	}
	cookie, first := add(t, shop, "")
	_, second := add(t, shop, cookie)
	if first == second {
		t.Errorf("both requests went to %s", first)
	}
	if body, _ := send(t, http.MethodGet, shop+"/cart", cookie, ""); !strings.Contains(body, `"quantity":2`) {
		t.Errorf("the cart is %s", body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// add adds a notebook and returns the session's cookie and the node.
func add(t *testing.T, shop, cookie string) (set, node string) {
	t.Helper()
	_, header := send(t, http.MethodPost, shop+"/cart/items", cookie, url.Values{"sku": {"notebook"}}.Encode())
	set, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
	return set, header.Get("X-Served-By")
}

func send(t *testing.T, method, to, cookie, form string) (body string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), response.Header
}
