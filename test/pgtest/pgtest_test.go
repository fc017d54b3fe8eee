package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"
)

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestCopiesOfATemplateAreApart(t *testing.T) {
	t.Parallel()
	prepared := 0
	template := Template{Prepare: func(dsn string) error {
		prepared++
		db := open(t, dsn)
		_, err := db.ExecContext(t.Context(), "CREATE TABLE kept (n INTEGER)")
		return errors.Join(err, db.Close())
	}}
	a, b := open(t, template.New(t)), open(t, template.New(t))
	if _, err := a.ExecContext(t.Context(), "INSERT INTO kept VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := b.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM kept").Scan(&n); err != nil || n != 0 {
		t.Errorf("the other copy has %d rows, %v", n, err)
	}
	if prepared != 1 {
		t.Errorf("the template was prepared %d times", prepared)
	}
}

func TestATemporaryClusterGoesWhenItIsClosed(t *testing.T) {
	t.Parallel()
	need(t)
	c, err := Temporary("fsync=off")
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, c.URL("postgres"))
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("it does not serve: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := os.Stat(c.root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its files are still there (%v)", err)
	}
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("it still serves")
	}
}

func TestAStandbyFollowsAndTakesOver(t *testing.T) {
	t.Parallel()
	primary := Start(t)
	standby := primary.Standby()
	before, after := open(t, primary.URL("postgres")), open(t, standby.URL("postgres"))
	for _, text := range []string{"CREATE TABLE kept (n INTEGER)", "INSERT INTO kept VALUES (1)"} {
		if _, err := before.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for n := 0; n != 1; { // an error means that the table has not arrived yet
		_ = after.QueryRowContext(ctx, "SELECT COUNT(*) FROM kept").Scan(&n)
		if ctx.Err() != nil {
			t.Fatal("the standby does not follow")
		}
	}
	primary.Crash()
	standby.Promote()
	var n int
	if err := after.QueryRowContext(t.Context(), "INSERT INTO kept VALUES (2) RETURNING (SELECT COUNT(*) FROM kept)").Scan(&n); err != nil || n != 1 {
		t.Errorf("the new primary has %d rows, %v", n, err)
	}
}
