package main

import (
	"net/http"
	"testing"

	"trolley/test/shoptest"
)

// Metrics tell a flood from a database that fails, and each of these by its kind.
func TestMetricsTellWhyRequestsAreRefused(t *testing.T) {
	t.Parallel()
	shoptest.AboutSQLite(t)
	s := shoptest.New(t, withInspector)
	none := func(name string) {
		t.Helper()
		if got := s.Metric(t, name); got != "0" {
			t.Errorf("%s is %s, want 0", name, got)
		}
	}
	const limited, failed = `trolley_limit_refusals_total{limit="sessions"}`, `trolley_database_errors_total{kind="unavailable"}`
	none(limited)
	none(failed)
	h := s.Handler()
	for addFrom(h, "203.0.113.7:1", "").Code != http.StatusTooManyRequests {
	}
	if got := s.Metric(t, limited); got != "1" {
		t.Errorf("%s is %s, want 1", limited, got)
	}
	none(failed)
	defer stopWrites(t, s)()
	if w := addFrom(h, "127.0.0.1:1", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d", w.Code)
	}
	if got := s.Metric(t, failed); got != "1" {
		t.Errorf("%s is %s, want 1", failed, got)
	}
	none(`trolley_limit_refusals_total{limit="orders"}`)
}
