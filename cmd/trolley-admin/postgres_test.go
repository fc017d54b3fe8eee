package main

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/test/pgtest"
)

// All but backup works on PostgreSQL as well, through the same store.
func TestPostgres(t *testing.T) {
	t.Parallel()
	dsn := pgtest.New(t)
	s, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	token := strings.Repeat("A", 43)
	_, err = s.Write().ExecContext(t.Context(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)",
		token, listedSessions[0], time.Date(2099, 12, 23, 10, 14, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if d := must(t, admin(t, dsn, "sessions")); !strings.Contains(d.stdout, "AAAAAAAAAAAA  2099-11-23 10:14:00  2099-12-23 10:14:00     296") {
		t.Errorf("sessions:\n%s", d.stdout)
	}
	if d := must(t, admin(t, dsn, "verify")); !strings.Contains(d.stdout, "ok     sessions            1 session\n") {
		t.Errorf("verify:\n%s", d.stdout)
	}
	must(t, admin(t, dsn, "revoke", token[:8]))
	if d := must(t, admin(t, dsn, "sessions")); !strings.Contains(d.stdout, "0 of 0 alive") {
		t.Errorf("after revoke:\n%s", d.stdout)
	}
}
