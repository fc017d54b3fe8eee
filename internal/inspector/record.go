package inspector

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"trolley/internal/inspector/plot"
	"trolley/internal/web"
	"trolley/session"
)

// recordPage is the data of ui/html/pages/record.html: one session, as the table
// holds it and as its shopper sees it.
type recordPage struct {
	page
	Session  sessionView
	Expiry   string       // the column as the database holds it
	Activity []plot.Lines // one, or none if nothing is known
	Command  string       // shows the row in a shell
}

// record answers GET /sessions/{id}.
func (ins *Inspector) record(w http.ResponseWriter, r *http.Request) error {
	v, err := ins.find(r)
	if err != nil {
		return err
	}
	ins.watched.add(v)
	p := recordPage{page: ins.page(r, "Session "+v.ID()), Session: v, Expiry: ins.storedExpiry(v),
		Activity: activityPlot(v.History), Command: web.SessionCommand(ins.Database, ins.isPostgres(), v.ID())}
	return ins.Render(w, "record", p)
}

// find returns the session that the address names.
func (ins *Inspector) find(r *http.Request) (sessionView, error) {
	id := r.PathValue("id")
	if !web.IsSessionID(id) {
		return sessionView{}, noSession()
	}
	rows, err := ins.store.NamedSessions(r.Context(), id, 1)
	if err != nil || len(rows) == 0 {
		return sessionView{}, cmp.Or(err, error(noSession()))
	}
	views, err := ins.views(r.Context(), rows)
	if err != nil {
		return sessionView{}, err
	}
	return views[0], nil
}

func noSession() *web.Problem {
	return &web.Problem{Status: http.StatusNotFound, Heading: "No such session",
		Text: "It has ended, or was renewed under a new name, or expired and was removed; or there is a typo in the address. The list shows all live sessions."}
}

// storedExpiry is the row's expiry column as the database holds it.
func (ins *Inspector) storedExpiry(v sessionView) string {
	if ins.isPostgres() {
		return v.Expires.Format(time.RFC3339Nano)
	}
	return strconv.FormatFloat(v.Expiry, 'f', -1, 64)
}

// activityPlot plots how often a session changed, if that is known.
func activityPlot(h history) []plot.Lines {
	if h.Activity == nil {
		return nil
	}
	s := plot.Series{Name: "this minute"}
	for _, n := range h.Activity {
		s.Values = append(s.Values, float64(n))
	}
	return []plot.Lines{{ID: "activity", Title: "Changes per minute", Unit: plot.Number, Step: time.Minute, Steps: activeMinutes, Series: []plot.Series{s}}}
}

// revoke answers POST /sessions/{id}/revoke: the session ends, whatever its
// shopper is doing.
func (ins *Inspector) revoke(w http.ResponseWriter, r *http.Request) error {
	v, err := ins.find(r)
	if err != nil {
		return err
	}
	switch err := ins.sessions.Revoke(r.Context(), v.Token); {
	case errors.Is(err, session.ErrEnded):
		return noSession()
	case err != nil:
		return err
	}
	return web.SeeOther(w, web.Address("/sessions", url.Values{"revoked": {v.ID()}}))
}
