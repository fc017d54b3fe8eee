package inspector

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"trolley/internal/cart"
	"trolley/internal/locale"
	"trolley/internal/inspector/plot"
	"trolley/internal/inspector/recent"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
)

// recordPage is the data of ui/html/pages/record.html: one session, as the table
// holds it and as its shopper sees it.
type recordPage struct {
	web.Page
	office
	Session    sessionView
	Row        web.RowView // Data as stored, to the byte
	Values     []web.ValueView
	Problem    string // why the row's data cannot be read
	Deadline   time.Time
	Remembered bool
	Quote      cart.Quote
	Activity   template.HTML
	Changes    []changeView
	Conflicts  int
	Command    string
}

// fullName is the form of a session's short name.
var fullName = regexp.MustCompile(`^[A-Za-z0-9_-]{12}$`)

// record answers GET /sessions/{id}.
func (ins *Inspector) record(w http.ResponseWriter, r *http.Request) error {
	row, err := ins.findSession(r)
	if err != nil {
		return err
	}
	found, err := ins.inspectRows(r.Context(), []store.ListedSession{row})
	if err != nil {
		return err
	}
	p := ins.recordPage(r, found[0])
	ins.looks.watch([]string{row.Token})
	w.Header().Set("Cache-Control", "no-store")
	return ins.Render(w, "record", p)
}

// findSession returns the row that the address names.
func (ins *Inspector) findSession(r *http.Request) (store.ListedSession, error) {
	id := r.PathValue("id")
	if !fullName.MatchString(id) {
		return store.ListedSession{}, noSession()
	}
	rows, err := ins.store.NamedSessions(r.Context(), id, 1)
	if err == nil && len(rows) == 0 {
		err = noSession()
	}
	if err != nil {
		return store.ListedSession{}, err
	}
	return rows[0], nil
}

func noSession() *web.Problem {
	return &web.Problem{Status: http.StatusNotFound, Heading: "No such session",
		Text: "It has ended, or was renewed under a new name, or expired and was removed; or the address has a slip in it. The list shows who is here."}
}

// recordPage never shows more of the row's token column than the short name. An
// operator who needs all of it has the table; a page can end up in a screenshot.
func (ins *Inspector) recordPage(r *http.Request, s inspected) recordPage {
	p := recordPage{Page: ins.Bare(r), office: ins.office(), Session: ins.view(s, 1),
		Row: web.RowView{Token: session.ShortID(s.row.Token) + "…", Data: string(s.row.Data), Expiry: ins.storedExpiry(s.row)}, Deadline: s.stored.Deadline,
		Remembered: s.stored.Remembered, Quote: ins.Money.Explain(s.quote), Activity: activityPlot(s.history),
		Conflicts: s.history.Conflicts, Command: web.SessionCommand(ins.Database, ins.isPostgres(), session.ShortID(s.row.Token))}
	p.Title, p.NoIndex = "Session "+p.Session.ID, true
	if s.unreadable != nil {
		p.Problem = s.unreadable.Error()
	}
	for _, v := range s.stored.Values {
		p.Values = append(p.Values, web.ValueView{Key: v.Key, JSON: web.Pretty(v.JSON)})
	}
	for _, c := range s.history.Changes {
		view := viewOf(c)
		view.Differences = differences(c)
		p.Changes = append(p.Changes, view)
	}
	return p
}

// storedExpiry is the row's expiry column as the database holds it.
func (ins *Inspector) storedExpiry(row store.ListedSession) string {
	if ins.isPostgres() {
		return row.Expires.Format(time.RFC3339Nano)
	}
	return strconv.FormatFloat(row.Expiry, 'f', -1, 64)
}

// activityPlot draws how often a session changed; nothing where that is not known.
func activityPlot(h recent.History) template.HTML {
	if h.Activity == nil {
		return ""
	}
	p := plot.Lines{ID: "plot-activity", Title: "Changes per minute", Unit: plot.Count, Per: "per minute", Step: time.Minute, Steps: recent.Minutes,
		Description: locale.Plural(h.Total, "change", "changes") + " in the last " + locale.Number(recent.Minutes) + " minutes."}
	s := plot.Series{Name: "this minute"}
	for _, n := range h.Activity {
		s.Values = append(s.Values, float64(n))
	}
	p.Series = []plot.Series{s}
	return template.HTML(p.SVG())
}

// revoke answers POST /sessions/{id}/revoke: the session ends, whatever its
// shopper is doing.
func (ins *Inspector) revoke(w http.ResponseWriter, r *http.Request) error {
	row, err := ins.findSession(r)
	if err != nil {
		return err
	}
	err = ins.sessions.Revoke(r.Context(), row.Token)
	if errors.Is(err, session.ErrEnded) {
		return noSession()
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, web.Address("/sessions", url.Values{"revoked": {session.ShortID(row.Token)}}))
}
