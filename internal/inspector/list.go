package inspector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"trolley/internal/inspector/recent"
	"trolley/internal/store"
)

const (
	sessionsPerPage = 50
	// maxScanned is how many sessions are looked at for what no index knows: a
	// cart's value, or who has an enamel mug. It takes some 20 ms.
	maxScanned = 1000
)

// sessionsList is a page of the list.
type sessionsList struct {
	rows       []inspected
	prev, next string // addresses; "" for none
	note       string // what was left out, for people; "" for nothing
}

// list answers a query. What an index can answer covers all sessions; anything
// else covers as many as can be looked at without holding up the shop.
func (ins *Inspector) list(ctx context.Context, q sessionsQuery) (sessionsList, error) {
	if q.indexed() {
		return ins.listIndexed(ctx, q)
	}
	return ins.listScanned(ctx, q)
}

func (ins *Inspector) listIndexed(ctx context.Context, q sessionsQuery) (l sessionsList, err error) {
	of := store.SessionStretch{From: q.from, Back: q.back, Limit: sessionsPerPage + 1}
	var rows []store.ListedSession
	if q.Sort == sortExpires {
		rows, err = ins.store.EndingSessions(ctx, of, q.before())
	} else {
		rows, err = ins.store.NewestSessions(ctx, of)
	}
	if err != nil {
		return l, err
	}
	more := len(rows) > sessionsPerPage
	switch {
	case more && q.back:
		rows = rows[1:]
	case more:
		rows = rows[:sessionsPerPage]
	}
	if n := len(rows); n > 0 && (more || q.back) {
		l.next = q.url("after", rows[n-1].Place)
	}
	if len(rows) > 0 && q.from != "" && (more || !q.back) {
		l.prev = q.url("before", rows[0].Place)
	}
	l.rows, err = ins.inspectRows(ctx, rows)
	return l, err
}

// listScanned looks at sessions one by one, sorts those that the query asks for,
// and returns a page of them.
func (ins *Inspector) listScanned(ctx context.Context, q sessionsQuery) (l sessionsList, err error) {
	rows, of, err := ins.candidates(ctx, q)
	if err != nil {
		return l, err
	}
	scanned := len(rows)
	rows = slices.DeleteFunc(rows, func(s store.ListedSession) bool { return !q.mayMatch(s) })
	all, err := ins.inspectRows(ctx, rows)
	if err != nil {
		return l, err
	}
	all = slices.DeleteFunc(all, func(s inspected) bool { return !q.matches(s) })
	q.sort(all)
	if q.ID != "" && !shortName.MatchString(q.ID) {
		l.note = "A name has at most 12 letters, digits, - or _, so no session's begins like that."
	}
	if scanned >= maxScanned || q.Sort == sortActivity {
		l.note = fmt.Sprintf("Among %s: %d of %d looked at.", of, len(all), scanned)
	}
	from := min((q.page-1)*sessionsPerPage, len(all))
	to := min(from+sessionsPerPage, len(all))
	if l.rows = all[from:to]; to < len(all) {
		l.next = q.url("page", strconv.Itoa(q.page+1))
	}
	if q.page > 1 {
		l.prev = q.url("page", strconv.Itoa(q.page-1))
	}
	return l, nil
}

// candidates returns the sessions to look at, at most maxScanned, and who they are.
func (ins *Inspector) candidates(ctx context.Context, q sessionsQuery) (rows []store.ListedSession, of string, err error) {
	first := store.SessionStretch{Limit: maxScanned}
	switch {
	case q.ID != "" && !shortName.MatchString(q.ID):
	case q.ID != "":
		rows, err = ins.store.NamedSessions(ctx, q.ID, maxScanned)
		of = fmt.Sprintf("the first %d whose name begins so", maxScanned)
	case q.Expiring != "" || q.Sort == sortExpires:
		rows, err = ins.store.EndingSessions(ctx, first, q.before())
		of = fmt.Sprintf("the %d that end next", maxScanned)
	case q.Sort == sortActivity:
		rows, err = ins.busiest(ctx)
		of = fmt.Sprintf("those that changed in the last %d minutes, as far as this process remembers", recent.Minutes)
	default:
		rows, err = ins.store.NewestSessions(ctx, first)
		of = fmt.Sprintf("the %d newest", maxScanned)
	}
	return rows, of, err
}

func (ins *Inspector) busiest(ctx context.Context) ([]store.ListedSession, error) {
	hashes := ins.recent.Busiest(time.Now())
	found, err := ins.store.SessionsByHash(ctx, hashes[:min(len(hashes), maxScanned)])
	var rows []store.ListedSession
	for _, hash := range hashes {
		if row, ok := found[hash]; ok {
			rows = append(rows, row)
		}
	}
	return rows, err
}

// sort puts sessions in the order of the query. Those that are alike stay as
// they were.
func (q sessionsQuery) sort(rows []inspected) {
	slices.SortStableFunc(rows, func(a, b inspected) int {
		switch q.Sort {
		case sortExpires:
			return a.row.Expires.Compare(b.row.Expires)
		case sortSize:
			return cmp.Compare(len(b.row.Data), len(a.row.Data))
		case sortValue:
			return cmp.Compare(b.quote.Subtotal, a.quote.Subtotal)
		case sortActivity:
			return cmp.Compare(b.history.Total, a.history.Total)
		}
		return b.stored.Created.Compare(a.stored.Created)
	})
}
