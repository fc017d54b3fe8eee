// Command stock is the shop with its sessions kept as stock scs keeps them, for
// the benchmark to compare with: loaded before a request, written back whole
// after it, the last one wins. TROLLEY_STOCK says where: "memory", or the DSN of
// a SQLite database. It takes the flags of cmd/web that the benchmark uses.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	_ "modernc.org/sqlite"

	"trolley/internal/account"
	"trolley/internal/shop"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
	"trolley/ui"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	addr := flag.String("addr", "localhost:4000", "serve the shop on `host:port`")
	flag.String("ops-addr", "", "ignored")
	flag.Parse()
	if err := run(ctx, *addr, os.Getenv("TROLLEY_DB"), os.Getenv("TROLLEY_STOCK")); err != nil {
		fmt.Fprintln(os.Stderr, "stock:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr, database, sessionsAt string) error {
	debug.SetGCPercent(400) // as cmd/web does
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	db, err := store.Open(ctx, database, log)
	if err != nil {
		return err
	}
	defer db.Close()
	site, err := web.New(ui.Files, web.Options{Log: log, Problem: shop.Explain})
	if err != nil {
		return err
	}
	sessions, err := session.New(db.Write(), session.Options{Reader: db.Read(), Log: log, Error: site.Refuse})
	if err != nil {
		return err
	}
	kept, err := stockStore(sessionsAt)
	if err != nil {
		return err
	}
	stock := scs.New()
	stock.Store = kept
	public := shop.New(shop.Options{Database: database, Started: time.Now(), Accounts: account.New(db, nil, log), WithSession: within(stock, sessions)}, site, db, sessions)
	server := web.NewServer(public.Handler(), log)
	server.Addr = addr
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.WithoutCancel(ctx))
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// within gives handlers the values of a stock session. They reach them by the
// typed keys of package session, in a session that is empty before and after
// the request, and so costs no SQL.
func within(stock *scs.SessionManager, sessions *session.Manager) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		inner := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := lend(r.Context(), stock); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			next.ServeHTTP(w, r)
			takeBack(r.Context(), stock)
		}))
		return stock.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Cookie") // it names the stock session
			inner.ServeHTTP(w, r)
		}))
	}
}

// lend copies the values of the stock session.
func lend(ctx context.Context, stock *scs.SessionManager) error {
	for _, key := range stock.Keys(ctx) {
		if err := session.Key[json.RawMessage](key).Put(ctx, stock.GetBytes(ctx, key)); err != nil {
			return err
		}
	}
	return nil
}

// takeBack moves the values into the stock session.
func takeBack(ctx context.Context, stock *scs.SessionManager) {
	gone := make(map[string]bool)
	for _, key := range stock.Keys(ctx) {
		gone[key] = true
	}
	for _, v := range session.Values(ctx) {
		delete(gone, v.Key)
		if !bytes.Equal(stock.GetBytes(ctx, v.Key), v.JSON) {
			stock.Put(ctx, v.Key, bytes.Clone(v.JSON))
		}
		session.Key[json.RawMessage](v.Key).Remove(ctx)
	}
	for key := range gone {
		stock.Remove(ctx, key)
	}
}

func stockStore(dsn string) (scs.Store, error) {
	if dsn == "memory" {
		return memstore.New(), nil
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
		CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry)`)
	return sqlite3store.New(db), err
}
