package inspector

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// A person finds the way back from what is for programs, which get the text alone.
func TestRawPagesLeadBack(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	for path, want := range map[string]struct {
		status     int
		text, kind string
	}{
		"/metrics":                       {http.StatusOK, "trolley_sessions_alive 0", "text/plain"},
		"/readyz":                        {http.StatusServiceUnavailable, "", "text/plain"},
		"/debug/pprof/goroutine?debug=1": {http.StatusOK, "goroutine profile", "text/plain"},
		"/debug/pprof/heap":              {http.StatusOK, "", "application/octet-stream"},
		"/debug/pprof/there-is-none":     {http.StatusNotFound, "Unknown profile", "text/plain"},
	} {
		program := s.AtOps("GET", "localhost", path, "Accept", "*/*")
		if kind := program.Header.Get("Content-Type"); program.StatusCode != want.status || !strings.Contains(program.Body, want.text) || !strings.HasPrefix(kind, want.kind) {
			t.Errorf("%s: status %d, %s, to a program", path, program.StatusCode, kind)
		}
		browser := s.AtOps("GET", "localhost", path, "Accept", "text/html,application/xhtml+xml")
		if browser.StatusCode != want.status {
			t.Errorf("%s: status %d to a browser, want %d", path, browser.StatusCode, want.status)
		}
		if want.kind == "text/plain" && path != "/debug/pprof/there-is-none" && (browser.Element("a", "href", "/sessions") == nil || !strings.Contains(browser.Body, want.text)) {
			t.Errorf("%s leads nowhere:\n%s", path, browser.Body)
		}
	}
	page := s.AtOps("GET", "localhost", "/debug/pprof/", "Accept", "text/html").Want(t, http.StatusOK, "goroutine", "heap", "Profiles")
	for _, href := range []string{"/sessions", "/debug/pprof/heap?debug=1", "/debug/pprof/heap"} {
		if page.Element("a", "href", href) == nil {
			t.Errorf("no link to %s", href)
		}
	}
}

func TestUnknownPagesLeadBack(t *testing.T) {
	t.Parallel()
	o := shoptest.New(t, withInspector).Office(t)
	for path, status := range map[string]int{
		"/nothing":                      http.StatusNotFound,
		"/sessions/AAAAAAAAAAAA/revoke": http.StatusMethodNotAllowed,
		"/orders/7KQ2-9XMA-4TCF/again":  http.StatusNotFound,
	} {
		page := o.Get(path).Want(t, status, "No such page", "All sessions")
		if page.Element("nav", "aria-label", "Back office") == nil {
			t.Errorf("%s has none of the back office:\n%s", path, page.Body)
		}
	}
}
