//go:build stock

package main

import (
	"database/sql"
	"net/http"
	"os"
	"sync"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	_ "modernc.org/sqlite"
)

// withSession keeps the sessions where TROLLEY_STOCK says: "memory", or in the
// SQLite database whose DSN it is, as stock scs does.
func (app *application) withSession(next http.Handler) http.Handler {
	return app.sessions.StockHandler(stockStore(), next)
}

// stockStore returns the one store of all routes.
var stockStore = sync.OnceValue(func() scs.Store {
	dsn := os.Getenv("TROLLEY_STOCK")
	if dsn == "memory" {
		return memstore.New()
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		panic(err)
	}
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
		CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry)`)
	if err != nil {
		panic(err)
	}
	return sqlite3store.New(db)
})
