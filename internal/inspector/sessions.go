package inspector

import (
	"net/http"
	"slices"
	"time"

	"trolley/internal/inspector/recent"
	"trolley/internal/web"
	"trolley/session"
)

// sessionsPage is the data of ui/html/pages/sessions.html, the inspector's list.
type sessionsPage struct {
	web.Page
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

func (ins *Inspector) strip() (figures []figure) {
	h := newHistory(ins.samples.All())
	for _, c := range ins.curves(h) {
		if slices.Contains(onStrip, c.id) {
			c.text = "" // the plots' own page has it
			figures = append(figures, h.draw(c, stripWidth))
		}
	}
	return figures
}

// inspectSessions answers GET /sessions on the ops listener: every session as it
// lives.
func (ins *Inspector) inspectSessions(w http.ResponseWriter, r *http.Request) error {
	q := parseSessionsQuery(r)
	list, err := ins.list(r.Context(), q)
	if err != nil {
		return err
	}
	p := sessionsPage{Page: ins.Bare(r), office: ins.office(), Query: q, Prev: list.prev, Next: list.next, Note: list.note,
		Rows: ins.views(list.rows), Figures: ins.strip(), Latest: ins.latest(), Command: web.SessionsCommand(ins.Database, ins.isPostgres())}
	p.Title, p.NoIndex = "Sessions", true
	if id := r.URL.Query().Get("revoked"); fullName.MatchString(id) {
		p.Revoked = id
	}
	w.Header().Set("Cache-Control", "no-store")
	return ins.Render(w, "sessions", p)
}

// views returns sessions for the list, and has the inspector watch them.
func (ins *Inspector) views(rows []inspected) []sessionView {
	const least = 3 // changes in a minute that a sparkline has room for
	most, hashes := least, []string(nil)
	for _, s := range rows {
		hashes = append(hashes, s.row.Token)
		for _, n := range s.history.Activity {
			most = max(most, n)
		}
	}
	ins.looks.watch(hashes)
	views := make([]sessionView, len(rows))
	for i, s := range rows {
		views[i] = ins.view(s, most)
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
func (ins *Inspector) latest() (views []changeView) {
	for _, c := range ins.recent.Latest() {
		view := viewOf(c)
		for _, known := range ins.recent.History(c.Hash, c.At).Changes {
			if known.At.Equal(c.At) {
				view.What = what(known)
			}
		}
		views = append(views, view)
	}
	return views
}
