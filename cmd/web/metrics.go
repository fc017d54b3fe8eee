package main

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"trolley/session"
)

// metrics are what Prometheus reads on the ops listener.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	adds     atomic.Int64 // to carts
	orders   atomic.Int64 // placed
}

func newMetrics(sessions *session.Manager) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "trolley_http_request_duration_seconds",
			Help:    "Time from the request's header to the end of the answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.requests)
	m.counter("cart_adds", "Times that something was added to a cart.", m.adds.Load)
	m.counter("orders_placed", "Orders placed.", m.orders.Load)
	for name, of := range map[string]struct {
		help  string
		value func(session.Stats) int64
	}{
		"loads":      {"Sessions looked up, in memory or in the table.", func(s session.Stats) int64 { return s.Loads }},
		"kept":       {"Sessions looked up that were in memory: no row was read.", func(s session.Stats) int64 { return s.Cached }},
		"commits":    {"Sessions written with new data.", func(s session.Stats) int64 { return s.Commits }},
		"touches":    {"Sessions whose expiry alone was written.", func(s session.Stats) int64 { return s.Touches }},
		"conflicts":  {"Handlers that ran again because another request was first.", func(s session.Stats) int64 { return s.Conflicts }},
		"unreadable": {"Rows and values that could not be decoded.", func(s session.Stats) int64 { return s.Unreadable }},
		"created":    {"Sessions begun.", func(s session.Stats) int64 { return s.Created }},
		"renewed":    {"Sessions given a new token.", func(s session.Stats) int64 { return s.Renewed }},
		"destroyed":  {"Sessions ended by their visitor.", func(s session.Stats) int64 { return s.Destroyed }},
		"revoked":    {"Sessions ended by an operator.", func(s session.Stats) int64 { return s.Revoked }},
		"expired":    {"Expired rows removed.", func(s session.Stats) int64 { return s.Expired }},
	} {
		m.counter("sessions_"+name, of.help, func() int64 { return of.value(sessions.Stats()) })
	}
	return m
}

// counter adds the metric trolley_<name>_total.
func (m *metrics) counter(name, help string, value func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "trolley_" + name + "_total", Help: help},
		func() float64 { return float64(value()) }))
}

// gauge adds the metric trolley_<name>.
func (m *metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "trolley_" + name, Help: help}, value))
}

// observe counts a request under its route's pattern: paths are without
// number, patterns are not.
func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	_, route, _ := strings.Cut(r.Pattern, " ")
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}
