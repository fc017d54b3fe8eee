package inspector

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"trolley/test/shoptest"
)

func TestMetricsFollowTheConventions(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	s.Visitor(t).Settle()
	text := s.AtOps("GET", "localhost", "/metrics").Body
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
	s := shoptest.New(t, withInspector)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "knife").Want(t, http.StatusUnprocessableEntity) // sold out
	v.Post("/cart/items", "sku", "mug", "quantity", "20").Want(t, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther) // there is no room for more
	v.Post("/cart/items/mug", "quantity", "1").Want(t, http.StatusSeeOther)
	form := v.CheckoutForm()
	for range 2 { // the same order
		v.Post("/checkout", form...).Want(t, http.StatusSeeOther)
	}
	for name, want := range map[string]string{
		"trolley_cart_adds_total": "2", "trolley_orders_placed_total": "1", "trolley_sessions_created_total": "1", "trolley_sessions_alive": "1",
		"trolley_sessions_purge_backlog": "0", "trolley_sessions_revoked_total": "0", "trolley_inspector_streams": "0", "trolley_session_commit_duration_seconds_count": "3",
	} {
		if got := s.Metric(t, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// An add whose handler had to run again is one add.
func TestAddThatRunsAgainCountsOnce(t *testing.T) {
	t.Parallel()
	overtake := func() {}
	s := shoptest.New(t, withInspector, func(o *shoptest.Settings) {
		o.Inside = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				overtake()
				next.ServeHTTP(w, r)
			})
		}
	})
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	other := s.Twin(t)
	overtake = func() {
		overtake = func() {}
		v.At(other).Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	}
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	if adds, conflicts := s.Metric(t, "trolley_cart_adds_total"), s.Metric(t, "trolley_sessions_conflicts_total"); adds != "2" || conflicts != "1" {
		t.Errorf("%s adds and %s conflicts, want 2 and 1", adds, conflicts)
	}
}

// metricName is a metric of ours, of Go or of the process.
var metricName = regexp.MustCompile(`\b(?:trolley|go|process)_[a-z0-9_]+`)

// The dashboard shows all metrics that there are, and none that there is not.
func TestDashboardShowsTheMetrics(t *testing.T) {
	t.Parallel()
	shoptest.AboutSQLite(t)
	s := shoptest.New(t, withInspector)
	s.Visitor(t).Settle()
	there, shown := make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(s.AtOps("GET", "localhost", "/metrics").Body) {
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

// The rules of alerts.yml ask for metrics that there are.
func TestAlertsKnowTheMetrics(t *testing.T) {
	t.Parallel()
	shoptest.AboutSQLite(t)
	rules, err := os.ReadFile("../../docs/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	s := shoptest.New(t, withInspector)
	s.Visitor(t).Settle()
	there := s.AtOps("GET", "localhost", "/metrics").Body
	for _, name := range metricName.FindAllString(string(rules), -1) {
		if !strings.Contains(there, "\n"+name) {
			t.Errorf("the rules ask for %s, which there is not", name)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian: prometheus): the rules are read for their names alone")
	}
	if out, err := exec.Command(promtool, "check", "rules", "../../docs/alerts.yml").CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
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

// Requests are counted by route: a number of series that no visitor can add to.
func TestVisitorsCannotAddMetrics(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v := s.Visitor(t)
	visit := func(text string) {
		for _, path := range []string{"/" + text, "/products/" + text, "/orders/" + text, "/static/" + text, "/?q=" + text, "/cart?x=" + text} {
			v.Ask("GET", path, "", "User-Agent", text)
		}
		v.Ask("X-"+text, "/cart", "")
		v.Ask("POST", "/cart/items/"+text, "quantity=1")
		v.Ask("POST", "/session/values/"+text+"/remove", "", "Sec-Fetch-Site", "cross-site")
	}
	series := func() string {
		var lines []string
		for line := range strings.Lines(s.AtOps("GET", "localhost", "/metrics").Body) {
			if name, _, ok := strings.Cut(line, " "); ok && strings.HasPrefix(line, "trolley_http_request_duration_seconds_count") {
				lines = append(lines, name)
			}
		}
		return strings.Join(lines, "\n")
	}
	visit("a")
	series() // the first request for them adds one itself
	before := series()
	for _, text := range []string{"b", "c", "d"} {
		visit(text)
	}
	if after := series(); after != before || !strings.Contains(before, `route="/products/{sku}",status="404"`) || !strings.Contains(before, `method="any",route="none"`) {
		t.Errorf("series\n%s\nand before\n%s", after, before)
	}
}
