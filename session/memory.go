package session

import "database/sql"

// TB is what InMemory needs of a *testing.T.
type TB interface {
	Cleanup(func())
	Fatal(args ...any)
}

// InMemory returns a Manager for a test, on a SQLite database in memory that ends
// with the test. driver is the name of a database/sql driver that knows ":memory:":
// "sqlite" of modernc.org/sqlite, or "sqlite3" of github.com/mattn/go-sqlite3. There
// is one connection, so requests take turns.
func InMemory(t TB, driver string, o Options) *Manager {
	db, err := sql.Open(driver, ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // another connection would open another database
	if _, err := db.Exec(SchemaSQLite); err != nil {
		t.Fatal(err)
	}
	m, err := New(db, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
