package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trolley/migrations"
	"trolley/test/pgtest"
)

// with returns a URL with one parameter more.
func with(dsn, parameter string) string { return dsn + "&" + parameter }

func TestPostgresURLs(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]struct {
		size  int
		hosts int
		param string // name=value, as the server gets it
	}{
		"postgres://h/shop": {16, 1, "lock_timeout=1200"},
		"postgresql://ada:pw@h:5433/shop?sslmode=require":         {16, 1, "statement_timeout=1400"},
		"postgres://h/shop?pool_max_conns=7":                      {7, 1, "application_name=trolley"},
		"postgres://h1,h2:5433/shop?statement_timeout=500":        {16, 2, "statement_timeout=500"},
		"postgres://h1:1,h2:2,h3:3/shop?application_name=shop-17": {16, 3, "application_name=shop-17"},
	} {
		c, err := parse(dsn)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		name, value, _ := strings.Cut(want.param, "=")
		if got := c.conn.RuntimeParams[name]; got != value || len(hosts(c.conn)) != want.hosts {
			t.Errorf("%s: %s=%s, hosts %v; want %s and %d", dsn, name, got, hosts(c.conn), value, want.hosts)
		}
		if c.size != want.size {
			t.Errorf("%s: at most %d connections, want %d", dsn, c.size, want.size)
		}
		if _, sent := c.conn.RuntimeParams["pool_max_conns"]; sent || c.conn.ValidateConnect == nil {
			t.Errorf("%s: pool_max_conns is sent: %v; or a server that only reads is accepted", dsn, sent)
		}
		if total := c.conn.ConnectTimeout * time.Duration(want.hosts); total > statementWithin {
			t.Errorf("%s: %v to try all hosts", dsn, total)
		}
	}
}

func TestABadPostgresURLIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://ada:s3cret@h:port/shop", "postgres://ada:s3cret@h/shop?sslmode=perhaps", "postgres://ada:s3c%ret@h/shop",
		"postgres://ada:s3cret@h/shop?connect_timeout=x", "postgres://ada:s3cret@h/shop?pool_max_conns=0",
		"postgres://ada:s3cret@h/shop?pool_max_conns=many", "postgres://ada:s3cret:5432/shop", "postgres://ada:s3c#ret@h:x/shop",
		"postgres://ada:s3cret@[::1/shop", "postgres://ada:s3cret@h:1,h:2,h:3:4/shop",
	} {
		_, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
		if err == nil || strings.Contains(err.Error(), "s3c") || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%s) = %v, want one line without the password", dsn, err)
		}
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	dsn := pgtest.New(t)
	at := strings.LastIndex(dsn, "/")
	admin := openAt(t, dsn)
	name := strings.TrimPrefix(dsn[at:strings.Index(dsn, "?")], "/")
	mustExec(t, admin, "CREATE ROLE "+name+"_guest LOGIN")
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP ROLE "+name+"_guest"); err != nil {
			t.Error(err)
		}
	})
	guest := strings.Replace(pgtest.New(t), "trolley@", name+"_guest@", 1)
	for want, dsn := range map[string]string{
		"no such database":                             dsn[:at] + "/nowhere?sslmode=disable",
		"cannot be reached":                            "postgres://127.0.0.1:1/shop?sslmode=disable",
		"refuses the user":                             strings.Replace(dsn, "trolley@", "nobody@", 1),
		"may not make tables":                          guest,
		"can only be read":                             with(dsn, "default_transaction_read_only=on"),
		"its encoding is":                              latin1(t, admin, name),
		"refuses the connection":                       with(dsn, "pool_min_conns=3"),
		"open postgres://127.0.0.1:1,127.0.0.1:2/shop": "postgres://ada:pw@127.0.0.1:1,127.0.0.1:2/shop",
	} {
		_, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%s) = %v, want one line with %q", dsn, err, want)
		}
	}
}

// latin1 returns the URL of a database that cannot hold every text.
func latin1(t *testing.T, admin *sql.DB, name string) string {
	t.Helper()
	name += "_latin1"
	mustExec(t, admin, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	dsn := pgtest.New(t)
	return dsn[:strings.LastIndex(dsn, "/")+1] + name + "?sslmode=disable"
}

func TestAServerThatMayForgetIsReported(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s, err := Open(t.Context(), with(migrated.New(t), "synchronous_commit=off"), slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if !strings.Contains(logged.String(), "setting=synchronous_commit value=off") {
		t.Errorf("no warning:\n%s", &logged)
	}
}

// A first start that fails leaves no table, not even that of its lock, and the next one
// begins anew.
func TestAFailedMigrationOnPostgresLeavesNothing(t *testing.T) {
	t.Parallel()
	c, err := parse(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	db := c.admin(adminName).Write
	defer db.Close()
	files := fstest.MapFS{
		"00001_fine.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE fine (x TEXT);\n")},
		"00002_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABLE half (x TEXT);\nCREATE TABLE fine (x TEXT);\n")},
	}
	set, log := migrations.Postgres(), slog.New(slog.DiscardHandler)
	set.Files = files
	for range 2 {
		err = Exclusively(t.Context(), db, func() error { return set.Up(t.Context(), db, log) })
		if err == nil || !strings.Contains(err.Error(), "00002_broken.sql") {
			t.Errorf("migrate = %v, want an error that names the file", err)
		}
		const tables = "SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'public'"
		var got sql.NullString
		if err := db.QueryRowContext(t.Context(), tables).Scan(&got); err != nil || got.Valid {
			t.Errorf("there are the tables %s, %v", got.String, err)
		}
	}
	files["00002_broken.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (x TEXT);\n" +
		"CREATE TABLE sessions (token TEXT, data TEXT, expiry TIMESTAMPTZ);\n")}
	if err := set.Up(t.Context(), db, log); err != nil {
		t.Errorf("once it is mended: %v", err)
	}
}
