package inspector

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"trolley/internal/inspector/plot"
	"trolley/internal/locale"
	"trolley/internal/store"
	"trolley/internal/web"
)

const (
	sessionsPerPage = 50
	// maxScanned bounds the sessions that are decoded for what no index knows: the
	// value of a cart, or which carts have an enamel mug. It takes some 20 ms.
	maxScanned = 1000
	maxLatest  = 12 // changes of any session below the list
	stripTime  = 15 * time.Minute
)

// listPage is the data of ui/html/pages/sessions.html.
type listPage struct {
	page
	Counted    counted
	About      bool // the count is an estimate
	Query      query
	Rows       []sessionView
	Prev, Next string // addresses; "" for none
	Note       string // how many sessions are listed, and of which; "" for all
	Revoked    string // the session that was just revoked
	Figures    []plot.Lines
	Latest     []change
	Command    string // shows the same in a shell
	Shop       string // its address; "" where it is not known
}

// list answers GET /sessions: every session as it lives. What an index can answer
// covers all sessions; anything else covers as many as can be decoded without
// holding up the shop.
func (ins *Inspector) list(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: ins.page(r, "Sessions"), Counted: ins.counted(), Query: parseQuery(r),
		Figures: draw(ins.samples.all(), stripTime, true), Latest: ins.newest(maxLatest),
		Command: web.SessionsCommand(ins.Database, ins.isPostgres()), Shop: ins.BaseURL}
	p.About = ins.store.IsEstimate(p.Counted.Alive, p.Counted.Expired)
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
		list = func(ctx context.Context, of store.SessionStretch) ([]store.SessionRow, error) {
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
	if p.Note = q.Wrong; p.Note != "" {
		return nil
	}
	rows, among, err := ins.candidates(ctx, q)
	if err != nil {
		return err
	}
	all, err := ins.views(ctx, rows)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(v sessionView) bool {
		return slices.ContainsFunc(q.tests, func(test func(sessionView) bool) bool { return !test(v) })
	})
	slices.SortStableFunc(all, comparisons[q.Sort])
	p.Note = locale.Plural(len(all), "session", "sessions")
	if len(rows) >= maxScanned || q.Sort == sortActivity {
		p.Note += ", of " + among
	}
	p.Note += "."
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
