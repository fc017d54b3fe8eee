// Package pgtest gives tests a PostgreSQL of their own: a temporary cluster for
// each test binary, started when the first test asks, a fresh database for each
// test, and clusters that a test may crash. It never touches other clusters. The
// programs that measure or show the shop on several nodes take theirs from here
// as well.
//
// What starts a cluster is the initdb and pg_ctl of PATH or of Debian's package
// "postgresql". It ends, and its files go, when the test binary does, however
// that ends. Where TROLLEY_TEST_POSTGRES holds the URL of a server, databases
// are made there instead, by a user who may create them.
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// serverVariable names the variable with the URL of a server to use.
const serverVariable = "TROLLEY_TEST_POSTGRES"

// names makes the names of databases different within the process.
var names atomic.Int64

// New returns the URL of a new, empty database, which goes with the test.
func New(t testing.TB) string {
	t.Helper()
	return create(t, server(t), "")
}

// NewIn is New for a database whose texts sort and turn lower-case as the ICU
// locale has it ("de-DE-u-ka-shifted": German, as a dictionary), and not by code point as in the others.
func NewIn(t testing.TB, locale string) string {
	t.Helper()
	return create(t, server(t), " TEMPLATE template0 ENCODING UTF8 LOCALE_PROVIDER icu ICU_LOCALE '"+locale+"'")
}

// Template is a database that is prepared once for the process and copied for
// each test, which is faster than preparing each.
type Template struct {
	Prepare func(dsn string) error

	once sync.Once
	name string
	err  error
}

// New returns the URL of a new copy, which goes with the test.
func (p *Template) New(t testing.TB) string {
	t.Helper()
	s := server(t)
	if s.foreign { // nobody would remove the template there
		dsn := create(t, s, "")
		if err := p.Prepare(dsn); err != nil {
			t.Fatal(err)
		}
		return dsn
	}
	p.once.Do(func() {
		p.name = newName()
		if p.err = s.exec("CREATE DATABASE " + p.name); p.err == nil {
			p.err = p.Prepare(s.database(p.name))
		}
	})
	if p.err != nil {
		t.Fatalf("prepare the template: %v", p.err)
	}
	return create(t, s, " TEMPLATE "+p.name)
}

// create returns the URL of a new database.
func create(t testing.TB, s *place, options string) string {
	t.Helper()
	name := newName()
	if err := s.exec("CREATE DATABASE " + name + options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return s.database(name)
}

func newName() string { return fmt.Sprintf("trolley_test_%d_%d", os.Getpid(), names.Add(1)) }

// place is where databases are made.
type place struct {
	url     *url.URL // of the database "postgres", or what the variable names
	admin   *sql.DB
	foreign bool
	cluster *Cluster // ends when it is collected: the pipe of its keeper is closed then
}

var shared = sync.OnceValues(func() (*place, error) {
	if given := os.Getenv(serverVariable); given != "" {
		return newPlace(given, true)
	}
	c, err := newCluster("fsync=off", "full_page_writes=off", "max_connections=200")
	if err == nil {
		err = c.start()
	}
	if err != nil {
		return nil, err
	}
	s, err := newPlace(c.URL("postgres"), false)
	if err != nil {
		return nil, err
	}
	s.cluster = c
	return s, nil
})

func server(t testing.TB) *place {
	t.Helper()
	if os.Getenv(serverVariable) == "" {
		need(t)
	}
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newPlace(dsn string, foreign bool) (*place, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("%s: it is no URL of one server", serverVariable) // the error would show the password
	}
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	admin.SetMaxOpenConns(2)
	return &place{url: u, admin: admin, foreign: foreign}, nil
}

func (s *place) exec(text string) error {
	if _, err := s.admin.ExecContext(context.Background(), text); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

func (s *place) database(name string) string {
	u := *s.url
	u.Path = "/" + name
	return u.String()
}
