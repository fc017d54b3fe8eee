package postgres

import (
	"log/slog"
	"strings"
	"testing"

	"trolley/test/pgtest"
)

// What is not a shop's is refused before anything is made in it, and what cannot work
// leaves nothing behind.
func TestAStartInADatabaseOfAnotherProgramChangesNothing(t *testing.T) {
	t.Parallel()
	const goose = "CREATE TABLE goose_db_version (id INTEGER, version_id BIGINT, is_applied BOOLEAN, tstamp TIMESTAMP); "
	for _, c := range []struct{ tables, parameter, want string }{
		{"CREATE TABLE users (id INTEGER)", "", "tables of another program, such as users"},
		{"CREATE TABLE sessions (id INTEGER)", "", "tables of another program, such as sessions"},
		{goose + "INSERT INTO goose_db_version VALUES (1, 0, TRUE, now()), (2, 2, TRUE, now())", "", "tables of another program"},
		{goose + "INSERT INTO goose_db_version VALUES (1, 20240101000000, TRUE, now()); CREATE TABLE users (id INTEGER)", "", "tables of another program"},
		{"CREATE VIEW report AS SELECT 1", "", "tables of another program, such as report"},
		{"CREATE MATERIALIZED VIEW report AS SELECT 1", "", "tables of another program, such as report"},
		{"CREATE TABLE users (id INTEGER) PARTITION BY LIST (id)", "", "tables of another program"},
	} {
		dsn := pgtest.New(t)
		c0, err := parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		db := c0.admin(adminName).Write
		defer db.Close()
		mustExec(t, db, c.tables)
		const relations = "SELECT COUNT(*) FROM pg_class"
		before := count(t, db, relations)
		_, err = Open(t.Context(), dsn+c.parameter, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", c.tables, err, c.want)
		}
		if after := count(t, db, relations); after != before {
			t.Errorf("%s: %d relations more", c.tables, after-before)
		}
	}
}

// A schema called like the user comes before public.
func TestAShopIsNotHiddenByANewSchema(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	openAt(t, dsn)
	db := openAt(t, dsn)
	mustExec(t, db, "CREATE SCHEMA trolley")
	if _, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "search path reaches a shop") {
		t.Errorf("%v, want it refused", err)
	}
	openAt(t, with(dsn, "search_path=public"))
	openAt(t, with(dsn, "search_path=trolley"))
	openAt(t, dsn) // the one in the user's schema
}

// Tables of an extension are nobody's, and a shop may have tables of its operator.
func TestOtherTablesBesideAShopAreLeftAlone(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	mustExec(t, openAt(t, dsn), "CREATE TABLE aaa_notes (x TEXT)")
	openAt(t, dsn)
}

// A user who may read the shop, and not sell, is refused before the shop is announced.
func TestAStartTriesAWrite(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	db := openAt(t, dsn)
	mustExec(t, db, "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today' USING ERRCODE = '42501'; END $$")
	mustExec(t, db, "CREATE TRIGGER no BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION no()")
	if _, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "a session cannot be written") {
		t.Errorf("%v, want it refused", err)
	}
	mustExec(t, db, "DROP TRIGGER no ON sessions")
	openAt(t, dsn)
	if n := count(t, db, "SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
