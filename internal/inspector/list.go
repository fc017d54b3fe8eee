package inspector

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"trolley/internal/inspector/plot"
	"trolley/internal/store"
	"trolley/internal/web"
)

const (
	sessionsPerPage = 50
	// maxScanned bounds the sessions that are decoded for what no index knows: the
	// value of a cart, or which carts have an enamel mug. It takes some 20 ms.
	maxScanned = 1000
	maxLatest  = 12 // changes of any session below the list
)

// listPage is the data of ui/html/pages/sessions.html.
type listPage struct {
	page
	Counted    counted
	Query      query
	Rows       []sessionView
	Prev, Next string // addresses; "" for none
	Note       string // what the list leaves out; "" for nothing
	Revoked    string // the session that was just revoked
	Figures    []plot.Lines
	Latest     []change
	Command    string // shows the same in a shell
}

// list answers GET /sessions: every session as it lives. What an index can answer
// covers all sessions; anything else covers as many as can be decoded without
// holding up the shop.
func (ins *Inspector) list(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: ins.page(r, "Sessions"), Counted: ins.counted(), Query: parseQuery(r), Figures: draw(ins.samples.all(), true), Latest: ins.newest(maxLatest),
		Command: web.SessionsCommand(ins.Database, ins.isPostgres())}
	if p.Query.indexed() {
		err = ins.listIndexed(r.Context(), &p)
	} else {
		err = ins.listScanned(r.Context(), &p)
	}
	if err != nil {
		return err
	}
	if id := r.URL.Query().Get("revoked"); web.IsSessionID(id) {
		p.Revoked = id
	}
	ins.watched.add(p.Rows...)
	return ins.Render(w, "sessions", p)
}

func (ins *Inspector) listIndexed(ctx context.Context, p *listPage) error {
	q := p.Query
	of := store.SessionStretch{From: q.from, Back: q.back, Limit: sessionsPerPage + 1}
	list := ins.store.NewestSessions
	if q.Sort == sortExpires {
		list = func(ctx context.Context, of store.SessionStretch) ([]store.ListedSession, error) {
			return ins.store.EndingSessions(ctx, of, q.before())
		}
	}
	rows, err := list(ctx, of)
	if err != nil {
		return err
	}
	more := len(rows) > sessionsPerPage
	switch {
	case more && q.back:
		rows = rows[1:]
	case more:
		rows = rows[:sessionsPerPage]
	}
	if n := len(rows); n > 0 && (more || q.back) {
		p.Next = q.url("after", rows[n-1].Place)
	}
	if len(rows) > 0 && q.from != "" && (more || !q.back) {
		p.Prev = q.url("before", rows[0].Place)
	}
	p.Rows, err = ins.views(ctx, rows)
	return err
}

// listScanned decodes sessions one by one, sorts those that the query asks for,
// and returns a page of them.
func (ins *Inspector) listScanned(ctx context.Context, p *listPage) error {
	q := p.Query
	rows, among, err := ins.candidates(ctx, q)
	if err != nil {
		return err
	}
	scanned := len(rows)
	all, err := ins.views(ctx, slices.DeleteFunc(rows, func(s store.ListedSession) bool { return !q.mayMatch(s) }))
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(v sessionView) bool { return !q.matches(v) })
	slices.SortStableFunc(all, q.compare)
	switch {
	case q.ID != "" && !shortName.MatchString(q.ID):
		p.Note = "A name has at most 12 letters, digits, - or _, so no session's begins like that."
	case scanned >= maxScanned || q.Sort == sortActivity:
		p.Note = fmt.Sprintf("Among %s: %d of %d looked at.", among, len(all), scanned)
	}
	from := min((q.page-1)*sessionsPerPage, len(all))
	to := min(from+sessionsPerPage, len(all))
	if p.Rows = all[from:to]; to < len(all) {
		p.Next = q.url("page", strconv.Itoa(q.page+1))
	}
	if q.page > 1 {
		p.Prev = q.url("page", strconv.Itoa(q.page-1))
	}
	return nil
}

// candidates returns the sessions to decode, at most maxScanned, and which they are.
func (ins *Inspector) candidates(ctx context.Context, q query) (rows []store.ListedSession, among string, err error) {
	of := store.SessionStretch{Limit: maxScanned}
	switch {
	case q.ID != "" && !shortName.MatchString(q.ID):
	case q.ID != "":
		among = fmt.Sprintf("the first %d whose name begins so", maxScanned)
		rows, err = ins.store.NamedSessions(ctx, q.ID, maxScanned)
	case q.Expiring != "" || q.Sort == sortExpires:
		among = fmt.Sprintf("the %d that end next", maxScanned)
		rows, err = ins.store.EndingSessions(ctx, of, q.before())
	case q.Sort == sortActivity:
		among = fmt.Sprintf("those that changed in the last %d minutes, as far as this process remembers", activeMinutes)
		rows, err = ins.busiestRows(ctx)
	default:
		among = fmt.Sprintf("the %d newest", maxScanned)
		rows, err = ins.store.NewestSessions(ctx, of)
	}
	return rows, among, err
}

func (ins *Inspector) busiestRows(ctx context.Context) (rows []store.ListedSession, err error) {
	hashes := ins.busiest(time.Now())
	found, err := ins.store.SessionsByHash(ctx, hashes[:min(len(hashes), maxScanned)])
	for _, hash := range hashes {
		if row, ok := found[hash]; ok {
			rows = append(rows, row)
		}
	}
	return rows, err
}
