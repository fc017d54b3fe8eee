package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite"
)

// A counter of visits. In a program of yours the names of this package have
// "session." before them.
func ExampleManager_Handler() {
	const visits Key[int] = "visits"
	db := exampleDB()
	defer db.Close()
	if _, err := db.Exec(SchemaSQLite); err != nil { // or with your migrations
		log.Fatal(err)
	}
	sessions, err := New(db, Options{Log: slog.New(slog.DiscardHandler)}) // Secure: true behind HTTPS
	if err != nil {
		log.Fatal(err)
	}
	// go sessions.Run(ctx) // removes expired rows

	mux := http.NewServeMux()
	mux.HandleFunc("POST /visit", func(w http.ResponseWriter, r *http.Request) {
		n, _ := visits.Get(r.Context())
		if err := visits.Put(r.Context(), n+1); err != nil {
			http.Error(w, "Your session is full.", http.StatusUnprocessableEntity)
			return
		}
		fmt.Fprintln(w, "visit", n+1)
	})
	h := http.NewCrossOriginProtection().Handler(sessions.Handler(mux))

	browser := &exampleBrowser{h: h}
	browser.post("/visit")
	browser.post("/visit")
	// Output:
	// visit 1
	// visit 2
}

// A mail that must be sent at least once is a row of the transaction that takes the
// order. AfterCommit only makes it faster: a crash before it loses the call, not the row.
func ExampleAfterCommit() {
	const cart Key[[]string] = "cart"
	db := exampleDB()
	defer db.Close()
	if _, err := db.Exec(SchemaSQLite + `; CREATE TABLE outbox (text TEXT NOT NULL) STRICT`); err != nil {
		log.Fatal(err)
	}
	sessions, err := New(db, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	sendOutbox := func(ctx context.Context) { // also at the start, and every minute
		var mails int
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM outbox`).Scan(&mails); err != nil {
			log.Print(err)
		}
		fmt.Println("mails to send:", mails)
	}
	order := func(ctx context.Context) error {
		items, _ := cart.Pop(ctx)
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		_, err = tx.ExecContext(ctx, `INSERT INTO outbox (text) VALUES ($1)`, fmt.Sprint("Thank you for ", items))
		if err := errors.Join(err, CommitTx(ctx, tx)); err != nil {
			return err
		}
		return tx.Commit()
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /add", func(w http.ResponseWriter, r *http.Request) {
		_ = cart.Put(r.Context(), []string{"mug"})
	})
	mux.HandleFunc("POST /order", func(w http.ResponseWriter, r *http.Request) {
		AfterCommit(r.Context(), sendOutbox)
		if err := order(r.Context()); err != nil { // a conflict: the handler runs again
			http.Error(w, "Please try again.", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "Thank you.")
	})
	browser := &exampleBrowser{h: sessions.Handler(mux)}
	browser.post("/add")
	browser.post("/order")
	// Output:
	// mails to send: 1
	// Thank you.
}

// Streams, uploads and downloads stand beside the other routes, inside ReadOnly.
func ExampleManager_ReadOnly() {
	const name Key[string] = "name"
	sessions := InMemory(exampleTB{}, "sqlite", Options{Log: slog.New(slog.DiscardHandler)})
	pages := http.NewServeMux()
	pages.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		_ = errors.Join(Renew(r.Context()), name.Put(r.Context(), "Ada"))
	})
	events := func(w http.ResponseWriter, r *http.Request) {
		who, _ := name.Get(r.Context())
		fmt.Fprintln(w, "data: hello,", who)
		_ = http.NewResponseController(w).Flush()
	}
	mux := http.NewServeMux()
	mux.Handle("/", sessions.Handler(pages))
	mux.Handle("POST /events", sessions.ReadOnly(http.HandlerFunc(events)))

	browser := &exampleBrowser{h: mux}
	browser.post("/login")
	browser.post("/events")
	// Output:
	// data: hello, Ada
}

// A sign-in renews the token, so that a token that was planted or seen before opens
// nothing (session fixation), and starts a new lifetime. The cart stays.
func ExampleLogin() {
	const cart, user Key[string] = "cart", "user"
	sessions := InMemory(exampleTB{}, "sqlite", Options{Log: slog.New(slog.DiscardHandler)})
	isRight := func(name, password string) (bool, error) { return password == "a sieve, two mugs", nil } // argon2id, say
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add", func(_ http.ResponseWriter, r *http.Request) { _ = cart.Put(r.Context(), "mug") })
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		right, err := Once(ctx, "password", func() (bool, error) { return isRight(r.FormValue("name"), r.FormValue("password")) })
		if err == nil && right {
			err = errors.Join(Login(ctx, true), user.Put(ctx, r.FormValue("name")))
		}
		if err != nil {
			http.Error(w, "Please try again.", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("POST /who", func(w http.ResponseWriter, r *http.Request) {
		name, _ := user.Get(r.Context())
		thing, _ := cart.Get(r.Context())
		fmt.Fprintf(w, "user %q, cart %q\n", name, thing)
	})

	browser := &exampleBrowser{h: sessions.Handler(mux)}
	browser.post("/add")
	thief := &exampleBrowser{h: browser.h, cookies: browser.cookies} // has seen the token
	browser.post("/login?name=ada&password=a+sieve,+two+mugs")
	browser.post("/who")
	thief.post("/who")
	// Output:
	// user "ada", cart "mug"
	// user "", cart ""
}

// Once keeps what takes long out of the runs after a conflict.
func ExampleOnce() {
	const hash Key[string] = "hash"
	sessions := InMemory(exampleTB{}, "sqlite", Options{Log: slog.New(slog.DiscardHandler)})
	runs := 0
	browser := &exampleBrowser{h: sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hashed, err := Once(r.Context(), "password", func() (string, error) {
			fmt.Println("hashing for a second")
			return "$argon2id$...", nil
		})
		if err := errors.Join(err, hash.Put(r.Context(), hashed)); err != nil {
			http.Error(w, "Please try again.", http.StatusInternalServerError)
			return
		}
		if runs++; runs < 3 {
			RunAgain(r.Context()) // as after a conflict
		}
		fmt.Fprintln(w, "run", runs)
	}))}
	browser.post("/password")
	// Output:
	// hashing for a second
	// run 3
}

// exampleDB opens a new database, as a program would open its own.
func exampleDB() *sql.DB {
	dir, err := os.MkdirTemp("", "session")
	if err != nil {
		log.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "app.db")+"?_pragma=busy_timeout(2000)&_pragma=journal_mode(WAL)")
	if err != nil {
		log.Fatal(err)
	}
	return db
}

// exampleBrowser keeps a cookie and prints what it gets.
type exampleBrowser struct {
	h       http.Handler
	cookies []*http.Cookie
}

func (b *exampleBrowser) post(path string) {
	r := httptest.NewRequest("POST", "http://localhost:8080"+path, nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	if c := w.Result().Cookies(); len(c) > 0 {
		b.cookies = c
	}
	text, _ := io.ReadAll(w.Body)
	fmt.Print(string(text))
}

// exampleTB takes the place of a *testing.T.
type exampleTB struct{}

func (exampleTB) Cleanup(func())    {}
func (exampleTB) Fatal(args ...any) { log.Fatal(args...) }
