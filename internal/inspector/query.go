package inspector

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
)

// The orders of the inspector's list, each from the end that is of interest.
const (
	sortCreated  = "created"  // the newest first
	sortExpires  = "expires"  // the one that ends next first
	sortSize     = "size"     // the largest first
	sortValue    = "value"    // the dearest cart first
	sortActivity = "activity" // the busiest first
)

// query is which sessions to list, in which order, and from where.
type query struct {
	Sort     string
	ID       string // the beginning of the short name; "" for any
	SKU      string // in the cart; "" for any
	Key      string // of a value; "" for any
	Expiring string // one of expiringWithin's keys; "" for any

	from string // the place where the page before this one ended, or the one after it began
	back bool
	page int // of an answer that was sorted here; 1 is the first
}

// expiringWithin are the choices for sessions that end soon.
var expiringWithin = map[string]time.Duration{"10m": 10 * time.Minute, "1h": time.Hour, "24h": 24 * time.Hour}

// shortName is the form of a session's short name, or of the beginning of one.
var shortName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,12}$`)

const maxFilter = 64 // characters of a filter

func parseQuery(r *http.Request) query {
	v := r.URL.Query()
	filter := func(name string) string {
		text := strings.TrimSpace(v.Get(name))
		return text[:min(len(text), maxFilter)]
	}
	q := query{Sort: v.Get("sort"), ID: filter("id"), SKU: filter("sku"), Key: filter("key"), Expiring: v.Get("expiring"), page: 1}
	if !slices.Contains([]string{sortCreated, sortExpires, sortSize, sortValue, sortActivity}, q.Sort) {
		q.Sort = sortCreated
	}
	if _, ok := expiringWithin[q.Expiring]; !ok {
		q.Expiring = ""
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 && n <= maxScanned {
		q.page = n
	}
	q.from, q.back = cmp.Or(v.Get("after"), v.Get("before")), v.Has("before")
	return q
}

// indexed reports whether an index gives the answer in its order, page by page,
// however many sessions there are.
func (q query) indexed() bool {
	return q.ID+q.SKU+q.Key == "" && (q.Sort == sortExpires || q.Sort == sortCreated && q.Expiring == "")
}

// before is when the sessions asked for end at the latest.
func (q query) before() time.Time {
	if within, ok := expiringWithin[q.Expiring]; ok {
		return time.Now().Add(within)
	}
	return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
}

// url returns the address of the list with this query, and with one value more.
func (q query) url(name, value string) string {
	v := url.Values{"sort": {q.Sort}, "id": {q.ID}, "sku": {q.SKU}, "key": {q.Key}, "expiring": {q.Expiring}}
	v.Set(name, value)
	maps.DeleteFunc(v, func(name string, values []string) bool {
		return values[0] == "" || name == "sort" && values[0] == sortCreated
	})
	return web.Address("/sessions", v)
}

// Sorted returns the address of the same sessions in another order.
func (q query) Sorted(by string) string { return q.url("sort", by) }

// Filtered reports whether any session is left out.
func (q query) Filtered() bool { return q.ID+q.SKU+q.Key+q.Expiring != "" }

// mayMatch is matches for a row that is not decoded yet: false if it cannot match.
func (q query) mayMatch(s store.ListedSession) bool {
	return bytes.Contains(s.Data, []byte(q.SKU)) && bytes.Contains(s.Data, []byte(q.Key))
}

// matches reports whether the query asks for a session.
func (q query) matches(v sessionView) bool {
	hasKey := func(value session.Value) bool { return value.Key == q.Key }
	hasSKU := func(l cart.QuoteLine) bool { return l.SKU == q.SKU }
	return (q.Expiring == "" || v.Alive() && v.Expires.Before(q.before())) &&
		(q.Key == "" || slices.ContainsFunc(v.Values, hasKey)) &&
		(q.SKU == "" || slices.ContainsFunc(v.Quote.Lines, hasSKU))
}

// compare orders two sessions as the query asks.
func (q query) compare(a, b sessionView) int {
	switch q.Sort {
	case sortExpires:
		return a.Expires.Compare(b.Expires)
	case sortSize:
		return cmp.Compare(len(b.Data), len(a.Data))
	case sortValue:
		return cmp.Compare(b.Quote.Subtotal, a.Quote.Subtotal)
	case sortActivity:
		return cmp.Compare(b.History.Total, a.History.Total)
	}
	return b.Created.Compare(a.Created)
}
