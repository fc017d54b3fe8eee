package shoptest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Office returns an operator at the shop's second listener.
func (s *Shop) Office(t testing.TB) *Visitor {
	t.Helper()
	server := httptest.NewUnstartedServer(s.Ops)
	if h, ok := s.Back.(interface{ HangUp() }); ok {
		server.Config.RegisterOnShutdown(h.HangUp)
	}
	server.Start()
	t.Cleanup(server.Close)
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Visitor{t, &Shop{Shop: s.Shop, Settings: s.Settings, Site: s.Site, Sessions: s.Sessions, Store: s.Store, Back: s.Back, Ops: s.Ops, Server: server}, &client}
}

// Metric returns the value of a metric without labels, as /metrics writes it.
func (s *Shop) Metric(t *testing.T, name string) string {
	t.Helper()
	for line := range strings.Lines(s.AtOps("GET", "localhost", "/metrics").Want(t, http.StatusOK).Body) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no metric %s", name)
	return ""
}

// AtOps returns what the second listener answers to a request for a host.
func (s *Shop) AtOps(method, host, path string, headers ...string) Reply {
	return AskOps(s.Ops, method, host, path, headers...)
}

// AskOps returns what a handler of the back office answers.
func AskOps(ops http.Handler, method, host, path string, headers ...string) Reply {
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	ops.ServeHTTP(w, r)
	response := w.Result()
	response.Request = r
	return Reply{response, w.Body.String()}
}
