package inspector

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trolley/internal/web"
)

// The orders of the inspector's list, each from the end that is of interest.
const (
	sortCreated  = "created"  // the newest first
	sortExpires  = "expires"  // the one that ends next first
	sortSize     = "size"     // the largest first
	sortValue    = "value"    // the dearest cart first
	sortActivity = "activity" // the busiest first
)

// sessionsQuery is which sessions to list, in which order, and from where.
type sessionsQuery struct {
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

func parseSessionsQuery(r *http.Request) sessionsQuery {
	v := r.URL.Query()
	filter := func(name string) string {
		text := strings.TrimSpace(v.Get(name))
		return text[:min(len(text), maxFilter)]
	}
	q := sessionsQuery{Sort: v.Get("sort"), ID: filter("id"), SKU: filter("sku"), Key: filter("key"), Expiring: v.Get("expiring"), page: 1}
	if !slices.Contains([]string{sortCreated, sortExpires, sortSize, sortValue, sortActivity}, q.Sort) {
		q.Sort = sortCreated
	}
	if _, ok := expiringWithin[q.Expiring]; !ok {
		q.Expiring = ""
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 && n <= maxScanned {
		q.page = n
	}
	q.from, q.back = v.Get("after"), v.Has("before")
	if q.back {
		q.from = v.Get("before")
	}
	return q
}

// indexed reports whether an index gives the answer in its order, page by page,
// however many sessions there are.
func (q sessionsQuery) indexed() bool {
	switch {
	case q.ID != "" || q.SKU != "" || q.Key != "":
		return false
	case q.Expiring != "":
		return q.Sort == sortExpires
	}
	return q.Sort == sortCreated || q.Sort == sortExpires
}

// before is when the sessions asked for end at the latest.
func (q sessionsQuery) before() time.Time {
	if within, ok := expiringWithin[q.Expiring]; ok {
		return time.Now().Add(within)
	}
	return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
}

// url returns the address of the list with this query, and with what else is
// given, names and values in turn.
func (q sessionsQuery) url(more ...string) string {
	v := url.Values{}
	for _, f := range [][2]string{{"id", q.ID}, {"sku", q.SKU}, {"key", q.Key}, {"expiring", q.Expiring}} {
		if f[1] != "" {
			v.Set(f[0], f[1])
		}
	}
	if q.Sort != sortCreated {
		v.Set("sort", q.Sort)
	}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return web.Address("/sessions", v)
}

// Sorted returns the address of the same sessions in another order.
func (q sessionsQuery) Sorted(by string) string {
	q.Sort = by
	return q.url()
}

// Filtered reports whether any session is left out.
func (q sessionsQuery) Filtered() bool { return q.ID+q.SKU+q.Key+q.Expiring != "" }
