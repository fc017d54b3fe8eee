package revoke

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"trolley/session"
	"trolley/test/minishop"
)

// pg_dump reads the table for minutes: no TRUNCATE can come in between.
func TestRevokeAllEndsSessionsBesideALongReader(t *testing.T) {
	t.Parallel()
	dsn := minishop.Postgres.New(t)
	s := minishop.Open(t, dsn)
	shopper := s.Must("/add", "").Cookie
	reader, err := connect(t, dsn).BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	if _, err := reader.ExecContext(t.Context(), "SELECT COUNT(*) FROM sessions"); err != nil {
		t.Fatal(err)
	}
	if n := revokeAll(t, dsn); n != 1 {
		t.Errorf("%d sessions were ended, want 1", n)
	}
	if got := s.Get(shopper).Body; got != "0 units, false" {
		t.Errorf("a shopper still has %s", got)
	}
	if a := s.Post("/add", shopper); a.Status != http.StatusConflict {
		t.Errorf("the revoked session was answered %+v", a)
	}
	s.Must("/add", "")
}

// Of a table that takes long to count the server's estimate will do.
func TestSessionsAreNotCountedForLong(t *testing.T) {
	t.Parallel()
	dsn := minishop.Postgres.New(t)
	s := minishop.OpenStore(t, dsn)
	addSessions(t, s, 1)
	minishop.Exec(t, s.Write(), "ALTER TABLE sessions RENAME TO stored")
	minishop.Exec(t, s.Write(), "CREATE VIEW sessions AS SELECT stored.* FROM stored, pg_sleep(60)")
	minishop.Exec(t, s.Write(), "CREATE RULE ending AS ON DELETE TO sessions DO INSTEAD DELETE FROM stored")
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if n, err := endAll(soon, guestOf(t, dsn)); n != 1 || err != nil {
		t.Errorf("RevokeAll = %d, %v: was the view counted for a minute?", n, err)
	}
}

// The right to truncate a table is often left with its owner.
func TestRevokeAllWithoutTheRightToTruncate(t *testing.T) {
	t.Parallel()
	dsn := minishop.Postgres.New(t)
	s := minishop.Open(t, dsn)
	shopper := s.Must("/add", "").Cookie
	role := "limited_" + strings.ToLower(rand.Text()[:10])
	minishop.Exec(t, s.Write(), "CREATE ROLE "+role)
	defer minishop.Exec(t, s.Write(), "DROP ROLE "+role)
	defer minishop.Exec(t, s.Write(), "DROP OWNED BY "+role)
	minishop.Exec(t, s.Write(), "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+role)
	limited := connect(t, dsn)
	limited.SetMaxOpenConns(1)
	minishop.Exec(t, limited, "SET ROLE "+role)
	_, err := limited.ExecContext(t.Context(), "TRUNCATE TABLE sessions")
	if e, ok := errors.AsType[*pgconn.PgError](err); !ok || e.Code != "42501" {
		t.Fatalf("TRUNCATE: %v: nothing is proved", err)
	}
	if n, err := session.RevokeAll(t.Context(), limited, session.Postgres); n != 1 || err != nil {
		t.Errorf("RevokeAll = %d, %v, want 1", n, err)
	}
	wantRevoked(t, s, shopper)
}

// connect opens a PostgreSQL database as any program does.
func connect(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
