package inspector

import (
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
	"trolley/internal/web"
	"trolley/session"
)

// The orders of the inspector's list that more than its heads name.
const (
	sortCreated  = "created"
	sortExpires  = "expires"
	sortActivity = "activity"
)

// comparisons are the orders of the list, each from the end that is of interest.
var comparisons = map[string]func(a, b sessionView) int{
	sortCreated:  func(a, b sessionView) int { return b.Created.Compare(a.Created) }, // the newest first
	sortExpires:  func(a, b sessionView) int { return a.Expires.Compare(b.Expires) }, // the one that expires next
	sortActivity: func(a, b sessionView) int { return cmp.Compare(b.History.Total, a.History.Total) },
	"size":       func(a, b sessionView) int { return cmp.Compare(len(b.Data), len(a.Data)) },
	"value":      func(a, b sessionView) int { return cmp.Compare(b.Quote.Subtotal, a.Quote.Subtotal) },
}

// query is which sessions to list, in which order, and from where.
type query struct {
	Sort  string
	Text  string // what is searched for, as it was typed
	Wrong string // what is wrong with it; "" for nothing

	words  []string // without a colon: each may be the beginning of a session's ID, or an email
	id     string   // id:, the beginning of the ID; "" for any
	within time.Duration
	tests  []func(sessionView) bool

	from string // the place where the page before this one ended, or the one after it began
	back bool
	page int // of an answer that was sorted here; 1 is the first
}

// shortName is the form of a session's short name, or of the beginning of one.
var shortName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,12}$`)

const maxSearch = 200 // bytes of a search

func parseQuery(r *http.Request) query {
	v := r.URL.Query()
	text := strings.TrimSpace(v.Get("q"))
	q := query{Sort: v.Get("sort"), Text: text[:min(len(text), maxSearch)], page: 1}
	if comparisons[q.Sort] == nil {
		q.Sort = sortCreated
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 && n <= maxScanned {
		q.page = n
	}
	q.from, q.back = cmp.Or(v.Get("after"), v.Get("before")), v.Has("before")
	for word := range strings.FieldsSeq(q.Text) {
		q.add(word)
	}
	return q
}

// add adds a word of a search, which all sessions that are listed match.
func (q *query) add(word string) {
	name, text, named := strings.Cut(word, ":")
	test := func(v sessionView) bool { return v.holds(name, text) }
	switch {
	case !named:
		q.words = append(q.words, word)
		test = func(v sessionView) bool { return v.mentions(word) }
	case name == "id":
		q.id = text
		test = func(v sessionView) bool { return strings.HasPrefix(v.ID(), text) }
		if !shortName.MatchString(text) {
			q.Wrong = "A session’s ID has at most 12 letters, digits, hyphens and underscores."
		}
	case name == "sku":
		test = func(v sessionView) bool { return v.inCart(text) }
	case name == "key":
		test = func(v sessionView) bool { return v.holds(text, "") }
	case name == "expires":
		var err error
		if q.within, err = time.ParseDuration(text); err != nil || q.within <= 0 {
			q.Wrong = "expires takes a time: expires:10m or expires:24h."
		}
		test = func(v sessionView) bool { return v.Alive() && v.Expires.Before(q.before()) }
	case name == "value":
		test = q.valueTest(text)
	}
	q.tests = append(q.tests, test)
}

// valueTest reads ">100" or "<9.50", in whole units of the currency.
func (q *query) valueTest(text string) func(sessionView) bool {
	amount, err := strconv.ParseFloat(strings.TrimLeft(text, "<>"), 64)
	if err != nil || text == "" || text[0] != '<' && text[0] != '>' {
		q.Wrong = "value takes an amount: value:>100 or value:<9.50."
	}
	limit := cart.Money(amount * 100)
	return func(v sessionView) bool {
		return v.Quote.Quantity > 0 && (text[0] == '>' && v.Quote.Subtotal > limit || text[0] == '<' && v.Quote.Subtotal < limit)
	}
}

func (v sessionView) inCart(sku string) bool {
	return slices.ContainsFunc(v.Quote.Lines, func(l cart.QuoteLine) bool { return l.SKU == sku })
}

// holds reports whether the value of a key has text in it, or the email of the account has.
func (v sessionView) holds(key, text string) bool {
	return key == "account" && v.Account != "" && contains(v.Account, text) || slices.ContainsFunc(v.Values, func(value session.Value) bool {
		return value.Key == key && contains(string(value.JSON), text)
	})
}

// mentions reports whether a word is the beginning of the ID, or in what the session holds.
func (v sessionView) mentions(word string) bool {
	return strings.HasPrefix(v.ID(), word) || contains(v.Account, word) || contains(string(v.Data), word)
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// indexed reports whether an index gives the answer in its order, page by page,
// however many sessions there are.
func (q query) indexed() bool {
	return q.Text == "" && q.Sort == sortCreated || q.Sort == sortExpires && len(q.tests) == cmp.Compare(q.within, 0)
}

// before is when the sessions asked for end at the latest.
func (q query) before() time.Time {
	if q.within > 0 {
		return time.Now().Add(q.within)
	}
	return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
}

// url returns the address of the list with this query, and with one value more.
func (q query) url(name, value string) string {
	v := url.Values{"sort": {q.Sort}, "q": {q.Text}}
	v.Set(name, value)
	maps.DeleteFunc(v, func(name string, values []string) bool {
		return values[0] == "" || name == "sort" && values[0] == sortCreated
	})
	return web.Address("/sessions", v)
}

// Sorted returns the address of the same sessions in another order.
func (q query) Sorted(by string) string { return q.url("sort", by) }
