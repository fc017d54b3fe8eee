package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"trolley/internal/store"
)

const sessionsPerPage = 100

// sessionsPage is the data of ui/html/pages/sessions.html, the inspector's table.
type sessionsPage struct {
	page
	store.SessionPage
	Now        time.Time
	Prev, Next string
	Command    string
}

// inspectSessions answers GET /sessions on the ops listener: every session that
// is alive, as the table holds it.
func (app *application) inspectSessions(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || number < 1 || number > 1_000_000 {
		number = 1
	}
	rows, err := app.store.Sessions(r.Context(), sessionsPerPage, (number-1)*sessionsPerPage)
	if err != nil {
		return err
	}
	p := sessionsPage{page: app.bare(r), SessionPage: rows, Now: time.Now(), Command: sessionsCommand(app.Database)}
	p.Title, p.NoIndex = "Sessions", true
	if number > 1 {
		p.Prev = "/sessions?page=" + strconv.Itoa(number-1)
	}
	if number*sessionsPerPage < rows.Alive {
		p.Next = "/sessions?page=" + strconv.Itoa(number+1)
	}
	w.Header().Set("Cache-Control", "no-store")
	return app.render(w, "sessions", p)
}

// sessionsCommand shows who has what in the cart, for a shell.
func sessionsCommand(database string) string {
	return "sqlite3 " + shellQuoted(database) + " 'SELECT * FROM session_carts'"
}

// shellQuoted returns s as one word of a POSIX shell.
func shellQuoted(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
