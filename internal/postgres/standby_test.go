package postgres

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"testing"
	"time"

	"trolley/test/pgtest"
)

// abandoned returns a database whose server waits for a standby that there is not, and
// a proxy to it.
func abandoned(t *testing.T, parameters string) (*DB, *pgtest.Proxy) {
	t.Helper()
	server := pgtest.Start(t, "fsync=off")
	proxy, dsn := pgtest.NewProxy(t, server.URL("postgres"))
	db, err := Open(t.Context(), dsn+parameters, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	mustExec(t, db.Write, "ALTER SYSTEM SET synchronous_standby_names = 'ghost'")
	mustExec(t, db.Write, "SELECT pg_reload_conf()")
	until(t, "the setting is in force", func() bool {
		_, err := db.Write.ExecContext(t.Context(), "INSERT INTO migration_lock VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 1")
		return err != nil
	})
	mustExec(t, db.Read, cancelWaiting)
	until(t, "the trial is over", func() bool { return waiting(t, db) == 0 && db.Check() == nil })
	return db, proxy
}

const cancelWaiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

// until waits for a condition, however long it takes.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for !f() {
		if t.Context().Err() != nil {
			t.Fatal(what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func waiting(t *testing.T, db *DB) int {
	t.Helper()
	return count(t, db.Read, "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
}

// one returns a connection of the pool, and what the pool has of it.
func one(t *testing.T, db *DB) (*sql.Conn, *conn) {
	t.Helper()
	held, err := db.Read.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	var own *conn
	if err := held.Raw(func(c any) error { own = c.(*conn); return nil }); err != nil {
		t.Fatal(err)
	}
	return held, own
}

const (
	ended      = "SELECT COUNT(*) FROM ended_sessions"
	writeEnded = "INSERT INTO ended_sessions (token, ended_at) VALUES (gen_random_uuid(), 1)"
)

// A write that only this server has is an error, whatever ends the wait for the
// standby, and stays invisible unless an operator ends it.
func TestAWriteWithoutItsStandbyIsNotConfirmed(t *testing.T) {
	t.Parallel()
	db, proxy := abandoned(t, "")
	for _, how := range []struct {
		name  string
		write func(*sql.Conn, context.Context) error
		end   string // of the wait: an SQL text; "" the network
		shown int
	}{
		{"timeout", insert, "SELECT 1", 0},
		{"timeout of a commit", commit, "SELECT 1", 0},
		{"timeout of a query", returning, "SELECT 1", 0},
		{"broken", insert, "", 0},
		{"broken commit", commit, "", 0},
		{"cancelled by an operator", insert, cancelWaiting, 1},
	} {
		t.Run(how.name, func(t *testing.T) {
			shownBefore := count(t, db.Read, ended)
			held, own := one(t, db)
			failed := make(chan error)
			go func() { failed <- how.write(held, t.Context()) }()
			until(t, "it waits for the standby", func() bool { return waiting(t, db) == 1 })
			if how.end == "" {
				proxy.Cut()
			} else {
				mustExec(t, db.Read, how.end)
			}
			if err := <-failed; !errors.Is(err, ErrOutcomeUnknown) || !IsUnavailable(err) {
				t.Errorf("%v, want the outcome unknown", err)
			}
			if how.end == "" {
				<-own.Conn.Conn().PgConn().CleanupDone() // pgx has cancelled it, if it could
			}
			if shown := count(t, db.Read, ended) - shownBefore; shown != how.shown {
				t.Errorf("%d rows are shown, want %d", shown, how.shown)
			}
			if left := waiting(t, db); left != 1-how.shown {
				t.Errorf("%d commits wait for the standby, want %d", left, 1-how.shown)
			}
			mustExec(t, db.Read, cancelWaiting)
			until(t, "the next begins", func() bool { return waiting(t, db) == 0 && count(t, db.Read, ended) == shownBefore+1 })
		})
	}
}

func insert(held *sql.Conn, ctx context.Context) error {
	_, err := held.ExecContext(ctx, writeEnded)
	return err
}

func returning(held *sql.Conn, ctx context.Context) error {
	rows, err := held.QueryContext(ctx, writeEnded+" RETURNING token")
	if err == nil {
		rows.Close()
	}
	return err
}

func commit(held *sql.Conn, ctx context.Context) error {
	tx, err := held.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, writeEnded); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
