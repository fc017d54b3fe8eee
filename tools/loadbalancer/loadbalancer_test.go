package loadbalancer

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// node answers with its name, the host that was asked for, and the body.
func node(t *testing.T, name string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, "%s %s %s", name, r.Host, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func address(s *httptest.Server) string { return s.Listener.Addr().String() }

// post returns the status and what the node said, and who the header says it was.
func post(t *testing.T, s *httptest.Server) (status int, said, by string) {
	t.Helper()
	r, err := http.Post(s.URL, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body), r.Header.Get(servedBy)
}

func TestRequestsOfOneConnectionGoToTheNodesInTurn(t *testing.T) {
	t.Parallel()
	nodes := []*httptest.Server{node(t, "0"), node(t, "1"), node(t, "2")}
	s := httptest.NewServer(New(address(nodes[0]), address(nodes[1]), address(nodes[2])))
	defer s.Close()
	for i := range 7 {
		want := fmt.Sprintf("%d %s hello", i%3, address(s))
		if status, said, by := post(t, s); status != http.StatusOK || said != want || by != address(nodes[i%3]) {
			t.Errorf("request %d: %d, %q by %s; want %q", i, status, said, by, want)
		}
	}
}

func TestANodeThatIsGoneIsLeftOut(t *testing.T) {
	t.Parallel()
	gone, here := node(t, "gone"), node(t, "here")
	s := httptest.NewServer(New(address(gone), address(here)))
	defer s.Close()
	gone.Close()
	for range 4 {
		if status, said, _ := post(t, s); status != http.StatusOK || said != "here "+address(s)+" hello" {
			t.Errorf("%d, %q; want the node that is left, and the whole body", status, said)
		}
	}
	here.Close()
	if status, _, _ := post(t, s); status != http.StatusBadGateway {
		t.Errorf("without any node: %d, want 502", status)
	}
}

// What was sent may have been done.
func TestARequestThatBrokeOffIsNotSentAgain(t *testing.T) {
	t.Parallel()
	breaks := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer breaks.Close()
	s := httptest.NewServer(New(address(breaks), address(node(t, "other"))))
	defer s.Close()
	if status, said, _ := post(t, s); status != http.StatusBadGateway {
		t.Errorf("%d, %q; want 502", status, said)
	}
}
