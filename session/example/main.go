// Command example counts visits in a session.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http"

	_ "modernc.org/sqlite"

	"trolley/session"
)

const visits session.Key[int] = "visits"

func visit(w http.ResponseWriter, r *http.Request) {
	n, _ := visits.Get(r.Context())
	if err := visits.Put(r.Context(), n+1); err != nil {
		http.Error(w, "Your session is full.", http.StatusUnprocessableEntity)
		return
	}
	fmt.Fprintln(w, "visit", n+1)
}

func pages(ctx context.Context, db *sql.DB) (http.Handler, error) {
	sessions, err := session.New(db, db, session.Options{}) // Secure: true behind HTTPS
	if err != nil {
		return nil, err
	}
	go sessions.Run(ctx) // removes expired rows
	mux := http.NewServeMux()
	mux.HandleFunc("POST /visit", visit)
	return http.NewCrossOriginProtection().Handler(sessions.Handler(mux)), nil
}

func main() {
	db, err := sql.Open("sqlite", "file:app.db?_txlock=immediate&_busy_timeout=2000&_journal_mode=WAL")
	if err != nil {
		log.Fatal(err)
	}
	h, err := pages(context.Background(), db)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:8080", h))
}
