package main

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// The program of the README keeps count, for each browser its own.
func TestVisitsAreCounted(t *testing.T) {
	t.Parallel()
	h, err := pages(t.Context(), tables(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // browsers
		cookie := ""
		for _, want := range []string{"visit 1\n", "visit 2\n", "visit 3\n"} {
			r := httptest.NewRequest("POST", "/visit", nil)
			r.Header.Set("Cookie", cookie)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Body.String(); got != want || w.Code != http.StatusOK {
				t.Errorf("status %d, body %q, want %q", w.Code, got, want)
			}
			if c := w.Result().Cookies(); len(c) > 0 {
				cookie = c[0].Name + "=" + c[0].Value
			}
		}
	}
}

func tables(t *testing.T) *sql.DB {
	t.Helper()
	// As main opens it: the purge writes as well, and is to be waited for.
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "app.db")+"?_txlock=immediate&_busy_timeout=2000&_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	schema, err := os.ReadFile("../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(schema)); err != nil {
		t.Fatal(err)
	}
	return db
}
