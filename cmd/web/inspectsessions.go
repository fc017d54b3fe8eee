package main

import (
	"net/http"
	"slices"
	"time"

	"trolley/internal/recent"
	"trolley/session"
)

// sessionsPage is the data of ui/html/pages/sessions.html, the inspector's list.
type sessionsPage struct {
	page
	office
	Query      sessionsQuery
	Rows       []sessionView
	Prev, Next string
	Note       string // what the list leaves out
	Revoked    string // the session that was just revoked
	Figures    []figure
	Latest     []changeView
	Command    string
}

// The plots above the list.
const stripWidth = 280

var onStrip = []string{"alive", "sales", "commits", "latency"}

func (app *application) strip() (figures []figure) {
	h := newHistory(app.inspector.samples.All())
	for _, c := range app.curves(h) {
		if slices.Contains(onStrip, c.id) {
			c.text = "" // the plots' own page has it
			figures = append(figures, h.draw(c, stripWidth))
		}
	}
	return figures
}

// inspectSessions answers GET /sessions on the ops listener: every session as it
// lives.
func (app *application) inspectSessions(w http.ResponseWriter, r *http.Request) error {
	q := parseSessionsQuery(r)
	list, err := app.list(r.Context(), q)
	if err != nil {
		return err
	}
	p := sessionsPage{page: app.bare(r), office: app.office(), Query: q, Prev: list.prev, Next: list.next, Note: list.note,
		Rows: app.views(list.rows), Figures: app.strip(), Latest: app.latest(), Command: sessionsCommand(app.Database)}
	p.Title, p.NoIndex = "Sessions", true
	if id := r.URL.Query().Get("revoked"); fullName.MatchString(id) {
		p.Revoked = id
	}
	w.Header().Set("Cache-Control", "no-store")
	return app.render(w, "sessions", p)
}

// views returns sessions for the list, and has the inspector watch them.
func (app *application) views(rows []inspected) []sessionView {
	const least = 3 // changes in a minute that a sparkline has room for
	most, hashes := least, []string(nil)
	for _, s := range rows {
		hashes = append(hashes, s.row.Token)
		for _, n := range s.history.Activity {
			most = max(most, n)
		}
	}
	app.inspector.looks.watch(hashes)
	views := make([]sessionView, len(rows))
	for i, s := range rows {
		views[i] = app.view(s, most)
	}
	return views
}

// changeView is a change as pages show it.
type changeView struct {
	At          time.Time
	ID          string
	Kind        session.EventKind
	Elsewhere   bool     // another process did it
	Gone        bool     // there is no such session any more
	What        []string // the first of what changed
	Differences []recent.Difference
}

// Sentence says what became of the session.
func (c changeView) Sentence() string {
	sentence := map[session.EventKind]string{
		session.EventCreated: "began", session.EventCommitted: "changed", session.EventRenewed: "got a new token",
		session.EventDestroyed: "ended", session.EventExpired: "expired and was removed", session.EventConflict: "ran again: another request was first",
	}[c.Kind]
	if c.Elsewhere {
		sentence += ", found in the table"
	}
	return sentence
}

func viewOf(c recent.Change) changeView {
	return changeView{At: c.At, ID: c.ID(), Kind: c.Kind, Elsewhere: c.Elsewhere,
		Gone: c.Kind == session.EventDestroyed || c.Kind == session.EventExpired || c.Hash == ""}
}

// latest returns what happened last to whichever session.
func (app *application) latest() (views []changeView) {
	for _, c := range app.inspector.recent.Latest() {
		view := viewOf(c)
		for _, known := range app.inspector.recent.History(c.Hash, c.At).Changes {
			if known.At.Equal(c.At) {
				view.What = what(known)
			}
		}
		views = append(views, view)
	}
	return views
}
