package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"

	"trolley/internal/cart"
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
		c, err := parsePostgres(dsn)
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
	mustExec(t, admin.Write(), "CREATE ROLE "+name+"_guest LOGIN")
	t.Cleanup(func() {
		if _, err := admin.Write().ExecContext(context.Background(), "DROP ROLE "+name+"_guest"); err != nil {
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
func latin1(t *testing.T, admin *Store, name string) string {
	t.Helper()
	name += "_latin1"
	mustExec(t, admin.Write(), "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
	t.Cleanup(func() {
		if _, err := admin.Write().ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
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

// A shopper may send anything, PostgreSQL holds text only, and what it cannot
// hold is not there.
func TestWhatIsNoTextIsNotFound(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		for _, odd := range []string{"a\x00b", "\x00", "\xff", "a\xc3", "\xed\xa0\x80"} {
			_, product := s.Product(t.Context(), odd)
			_, order := s.Order(t.Context(), cart.OrderNumber(odd))
			_, byCart := s.OrderByCart(t.Context(), odd)
			_, session := s.SessionRow(t.Context(), odd)
			for what, err := range map[string]error{"Product": product, "Order": order, "OrderByCart": byCart, "SessionRow": session} {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("%s(%q) = %v, want ErrNotFound", what, odd, err)
				}
			}
			found, err := s.ProductsBySKU(t.Context(), []string{odd})
			if err != nil || len(found) != 0 {
				t.Errorf("ProductsBySKU(%q) = %v, %v", odd, found, err)
			}
			if _, _, err := s.Products(t.Context(), ProductFilter{Query: odd}); err != nil {
				t.Errorf("a search for %q: %v", odd, err)
			}
		}
	})
}

// PostgreSQL folds the case of every letter that the database's locale knows.
func TestSearchOnPostgresKnowsTheCaseOfAllLetters(t *testing.T) {
	t.Parallel()
	s := shelf(t, enginesUnderTest[1])
	for _, query := range []string{"Éclair", "éclair", "ÉCLAIR"} {
		products, _, err := s.Products(t.Context(), ProductFilter{Query: query, Category: testCategory})
		if got := skusOf(products); err != nil || got != "e" {
			t.Errorf("search for %q: %q, %v; want e", query, got, err)
		}
	}
}

// Both engines sell the same, and have the same versions.
func TestTheCatalogueIsTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"00002_catalogue.sql"} {
		a, errA := fs.ReadFile(migrations.FS, "sqlite/"+file)
		b, errB := fs.ReadFile(migrations.FS, "postgres/"+file)
		if err := errors.Join(errA, errB); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between the engines (%v)", file, err)
		}
	}
	if a, b := migrationCount(t, enginesUnderTest[0]), migrationCount(t, enginesUnderTest[1]); a != b {
		t.Errorf("%d migrations for SQLite and %d for PostgreSQL", a, b)
	}
}

// What another program's JSON may hold, PostgreSQL cannot turn into text. Stored
// it is all the same, and the views show the rest.
func TestEscapesThatAreNoTextDoNotFailAView(t *testing.T) {
	t.Parallel()
	s, dsn := storeWithSessions(t, enginesUnderTest[1])
	for token, data := range map[string]string{
		"odd-nul":  `{"values":{"note":"a\u0000b","cart":{"lines":[{"sku":"x\u0000","quantity":1e99,"unit_price":-1}]}}}`,
		"odd-half": `{"values":{"note":"\ud83d and \uDC00","k\u0000y":["\ud800"],"cart":{"lines":[{"sku":"\udfff","quantity":"2"}]}}}`,
	} {
		mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, '2099-01-01')", token, data)
	}
	for _, query := range viewQueries {
		if got := printed(t, s.Read(), query); got == "" {
			t.Errorf("%s shows nothing", query)
		}
		shell(t, dsn, query)
	}
	const want = "odd-half|note|\ufffd and \ufffd\nodd-nul|note|a\ufffdb"
	if got := printed(t, s.Read(), "SELECT session, key, value FROM session_values WHERE key = 'note' ORDER BY session"); got != want {
		t.Errorf("the notes are\n%s\nwant\n%s", got, want)
	}
}

// Each file is one transaction: what came before it stays, and the next start
// goes on from there.
func TestAFailedMigrationOnPostgresLeavesNoHalf(t *testing.T) {
	t.Parallel()
	c, err := parsePostgres(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	db := c.migrationPool()
	defer db.Close()
	files := fstest.MapFS{
		"00001_fine.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE fine (x TEXT);\n")},
		"00002_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABLE half (x TEXT);\nCREATE TABLE fine (x TEXT);\n")},
	}
	for range 2 {
		p, err := migrator(goose.DialectPostgres, db, files)
		if err != nil {
			t.Fatal(err)
		}
		err = postgresAlone(t.Context(), db, func() error { return migrateUp(t.Context(), db, p, slog.New(slog.DiscardHandler)) })
		if err == nil || !strings.Contains(err.Error(), "00002_broken.sql") {
			t.Errorf("migrate = %v, want an error that names the file", err)
		}
		const tables = "SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'public'"
		if got, want := printed(t, db, tables), "fine goose_db_version migration_lock"; got != want {
			t.Errorf("there are the tables %s, want %s", got, want)
		}
	}
	files["00002_broken.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (x TEXT);\n")}
	p, err := migrator(goose.DialectPostgres, db, files)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateUp(t.Context(), db, p, slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("once it is mended: %v", err)
	}
}
