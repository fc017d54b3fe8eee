package web

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are what Prometheus reads on the ops listener.
type metrics struct {
	Registry *prometheus.Registry
	requests *prometheus.HistogramVec
	panics   prometheus.Counter
	refused  *prometheus.CounterVec // by the limit that was reached
	database *prometheus.CounterVec // errors, by kind
	Adds     atomic.Int64           // to carts
	Orders   atomic.Int64           // placed
}

func newMetrics() *metrics {
	m := &metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "trolley_http_request_duration_seconds",
			Help:    "Time from the request's header to the end of the answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "trolley_panics_total", Help: "Handlers that panicked; each was answered with 500."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "trolley_limit_refusals_total",
			Help: "Requests and connections refused because a limit was reached."}, []string{"limit"}),
		database: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "trolley_database_errors_total",
			Help: "Requests that failed because of the database."}, []string{"kind"}),
	}
	for _, limit := range []string{"connections", "orders", "passwords", "requests", "sessions"} {
		m.refused.WithLabelValues(limit) // a rate needs the 0
	}
	for _, kind := range []string{"outcome_unknown", "conflict", "full", "locked", "damaged", "timeout", "unavailable"} {
		m.database.WithLabelValues(kind)
	}
	m.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.requests, m.panics, m.refused, m.database)
	m.Counter("cart_adds", "Times that something was added to a cart.", m.Adds.Load)
	m.Counter("orders_placed", "Orders placed.", m.Orders.Load)
	return m
}

// count counts a problem that a limit or the database caused.
func (m *metrics) count(p *Problem) {
	if p.Limit != "" {
		m.refused.WithLabelValues(p.Limit).Inc()
	}
	if p.Database != "" {
		m.database.WithLabelValues(p.Database).Inc()
	}
}

// Counter adds the metric trolley_<name>_total.
func (m *metrics) Counter(name, help string, value func() int64) {
	m.Registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "trolley_" + name + "_total", Help: help},
		func() float64 { return float64(value()) }))
}

// Gauge adds the metric trolley_<name>.
func (m *metrics) Gauge(name, help string, value func() float64) {
	m.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "trolley_" + name, Help: help}, value))
}

// observe counts a request under its route's method and pattern: clients may invent
// paths and methods without number.
func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	method, route, ok := strings.Cut(r.Pattern, " ")
	if !ok {
		method, route = "any", cmp.Or(r.Pattern, "none")
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}
