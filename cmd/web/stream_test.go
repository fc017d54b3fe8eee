package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// A server that stops does not wait for those who only listen.
func TestStreamEndsWithTheServer(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	announced, out := io.Pipe()
	served := make(chan error, 1)
	go func() {
		c := config{addr: "127.0.0.1:0", opsAddr: "127.0.0.1:0", db: s.Settings.Database, maxConnections: 8}
		l, err := listen(c)
		if err != nil {
			t.Error(err)
			return
		}
		served <- programOf(s, newFront(c, l, s.Site, nil, func(error) {})).serve(ctx, c, l, out)
		out.Close()
	}()
	var text bytes.Buffer
	url := ""
	for lines := bufio.NewScanner(io.TeeReader(announced, &text)); url == "" && lines.Scan(); {
		if found := regexp.MustCompile(`http://\S+(/sessions)`).FindString(lines.Text()); found != "" {
			url = strings.TrimSuffix(found, "/sessions")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, announced) }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/sessions/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	cancel()
	_, streamed := io.Copy(io.Discard, response.Body) // until it ends
	if err := <-served; err != nil || streamed != nil {
		t.Errorf("served with %v, streamed with %v; announced\n%s", err, streamed, &text)
	}
	late := httptest.NewRecorder()
	s.Ops.ServeHTTP(late, httptest.NewRequest("GET", "http://localhost/sessions/events", nil)) // ends at once
}
