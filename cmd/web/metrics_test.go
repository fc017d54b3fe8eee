package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// metric returns the value of a metric without labels, as /metrics writes it.
func (s *shop) metric(t *testing.T, name string) string {
	t.Helper()
	for line := range strings.Lines(s.atOps("GET", "localhost", "/metrics").want(t, http.StatusOK).body) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no metric %s", name)
	return ""
}

func TestMetricsFollowTheConventions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.visitor(t).settle()
	text := s.atOps("GET", "localhost", "/metrics").body
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "trolley_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestMetricsCountWhatShoppersDo(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	v.post("/cart/items", "sku", "knife").want(t, http.StatusUnprocessableEntity) // sold out
	v.post("/cart/items", "sku", "mug", "quantity", "20").want(t, http.StatusSeeOther)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther) // there is no room for more
	v.post("/cart/items/mug", "quantity", "1").want(t, http.StatusSeeOther)
	form := v.checkoutForm()
	for range 2 { // the same order
		v.post("/checkout", form...).want(t, http.StatusSeeOther)
	}
	for name, want := range map[string]string{
		"trolley_cart_adds_total": "2", "trolley_orders_placed_total": "1", "trolley_sessions_created_total": "1", "trolley_sessions_alive": "1",
		"trolley_sessions_purge_backlog": "0", "trolley_sessions_revoked_total": "0", "trolley_inspector_streams": "0", "trolley_session_commit_duration_seconds_count": "3",
	} {
		if got := s.metric(t, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// An add whose handler had to run again is one add.
func TestAddThatRunsAgainCountsOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	other, once := s.twin(t), false
	h := s.observe(s.inside(func(w http.ResponseWriter, r *http.Request) error {
		if !once {
			once = true
			v.at(other).post("/cart/items", "sku", "pan").want(t, http.StatusSeeOther)
		}
		return s.addToCart(w, r)
	}))
	r := httptest.NewRequest("POST", "/cart/items", strings.NewReader("sku=mug"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(v.cookies()[0])
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if adds, conflicts := s.metric(t, "trolley_cart_adds_total"), s.metric(t, "trolley_sessions_conflicts_total"); adds != "2" || conflicts != "1" {
		t.Errorf("%s adds and %s conflicts, want 2 and 1", adds, conflicts)
	}
}

// metricName is a metric of ours, of Go or of the process.
var metricName = regexp.MustCompile(`\b(?:trolley|go|process)_[a-z0-9_]+`)

// The dashboard shows all metrics that there are, and none that there is not.
func TestDashboardShowsTheMetrics(t *testing.T) {
	t.Parallel()
	aboutSQLite(t)
	s := newShop(t)
	s.visitor(t).settle()
	there, shown := make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(s.atOps("GET", "localhost", "/metrics").body) {
		if strings.HasPrefix(line, "# TYPE ") {
			there[strings.Fields(line)[2]] = true
		}
	}
	for _, name := range dashboard(t) {
		shown[name] = true
		if !there[name] {
			t.Errorf("the dashboard shows %s, which there is not", name)
		}
	}
	for name := range there {
		if strings.HasPrefix(name, "trolley_") && !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

// dashboard returns the names of the metrics in docs/grafana.json.
func dashboard(t *testing.T) (names []string) {
	t.Helper()
	content, err := os.ReadFile("../../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			for _, name := range metricName.FindAllString(target.Expr, -1) {
				for _, part := range []string{"_bucket", "_sum", "_count"} {
					name = strings.TrimSuffix(name, part)
				}
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
