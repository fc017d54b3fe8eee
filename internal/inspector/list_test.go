package inspector

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"trolley/test/shoptest"
)

func TestAnEstimateIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	inspectorOf(s).counter.count = func(context.Context) (int, int, error) { return 5_000_000, 3, nil }
	want := `data-part="counts">5,000,000 live sessions, 3 expired`
	if shoptest.OnPostgres() {
		want = `data-part="counts">About 5,000,000 live sessions, 3 expired`
	}
	if page := s.Office(t).Get("/sessions").Want(t, http.StatusOK); !strings.Contains(page.Body, want) {
		t.Errorf("the page does not say %q", want)
	}
}

func TestListShowsEverySession(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	o.Get("/sessions").Want(t, http.StatusOK, "0 live sessions, 0 expired", "Nobody has put anything in a cart yet")
	v.Post("/cart/items", "sku", "mug", "quantity", "2").Want(t, http.StatusSeeOther)
	v.Post("/session/values", "key", "colour", "value", "blue").Want(t, http.StatusSeeOther)
	inspectorOf(s).counter.next = time.Time{}
	page := o.Get("/sessions").Want(t, http.StatusOK, "1 live session, 0 expired", id(v), "29 d 23 h", "€37.00", "cart, colour", id(v)+" began", id(v)+" changed")
	if !strings.Contains(page.Body, "<title>2 changes in 30 minutes</title>") {
		t.Error("the activity is not said in words")
	}
	if strings.Contains(page.Body, shoptest.HashOf(v.Token())) || strings.Contains(page.Body, v.Token()) {
		t.Error("the list shows more of a token than its short name")
	}
	if page.Element("meta", "http-equiv", "refresh") != nil || !strings.Contains(page.Body, `<noscript><meta http-equiv="refresh" content="10"></noscript>`) {
		t.Error("without a script the page does not reload itself, or it does with one")
	}
}

// Page by page, in either direction, every session is met once.
func TestListGoesThroughAllSessions(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	ids := crowd(t, s, 2*sessionsPerPage+7)
	o := s.Office(t)
	newest := slices.Clone(ids)
	slices.Reverse(newest)
	for address, want := range map[string][]string{
		"/sessions": newest, "/sessions?sort=expires": ids, "/sessions?sort=expires&q=expires:24h": ids, "/sessions?q=expires:24h": newest, "/sessions?q=id:s0": newest, "/sessions?q=key:note": newest,
	} {
		var met, back []string
		last := ""
		for next := address; next != ""; {
			page := o.Get(next).Want(t, http.StatusOK)
			met, last, next = append(met, listed(page)...), next, link(page, "next")
		}
		if !slices.Equal(met, want) {
			t.Errorf("%s: %d sessions %q, want %d", address, len(met), met, len(want))
		}
		for prev := last; prev != ""; {
			page := o.Get(prev).Want(t, http.StatusOK)
			back, prev = append(listed(page), back...), link(page, "prev")
		}
		if !slices.Equal(back, want) {
			t.Errorf("%s, back: %d sessions %q, want %d", address, len(back), back, len(want))
		}
	}
}

func TestListIsSortedAndFiltered(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	ids := crowd(t, s, 30)
	v := s.Visitor(t)
	v.Post("/session/values", "key", "username", "value", "Ada").Want(t, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "mug", "quantity", "20").Want(t, http.StatusSeeOther)
	o := s.Office(t)
	for address, want := range map[string]string{
		"/sessions?sort=value": id(v), "/sessions?sort=activity": id(v), "/sessions?q=key:username": id(v), "/sessions?q=sku:mug": id(v), "/sessions?q=id:" + id(v)[:5]: id(v),
		"/sessions?sort=nonsense": id(v), "/sessions?sort=size": id(v), "/sessions?q=sku:peg-12": ids[11], "/sessions?q=sku:peg-1": ids[0], "/sessions?q=id:" + ids[7]: ids[7], "/sessions?q=" + ids[7]: ids[7],
		"/sessions?q=ada": id(v), "/sessions?q=username:AD": id(v), "/sessions?q=value:%3E369.99": id(v), "/sessions?q=ada+value:%3C370.01": id(v),
		"/sessions?sort=expires": ids[0], "/sessions?q=expires:24h+sku:peg-3": ids[2], "/sessions?page=99": id(v), "/sessions?after=nonsense": id(v),
	} {
		if got := listed(o.Get(address).Want(t, http.StatusOK)); len(got) == 0 || got[0] != want {
			t.Errorf("%s: %q, want %s first", address, got, want)
		}
	}
	for address, n := range map[string]int{
		"/sessions?q=sku:peg-1": 1, "/sessions?q=sku:peg": 0, "/sessions?q=key:not": 0, "/sessions?q=key:username": 1, "/sessions?q=id:%3Cscript%3E": 0, "/sessions?q=id:s0": 30,
		"/sessions?sort=activity": 1, "/sessions?q=expires:10m": 0, "/sessions?q=expires:24h": 30, "/sessions?sort=value&page=99": 0, "/sessions?q=id:" + ids[0] + "x": 0,
		"/sessions?q=peg": 30, "/sessions?q=s0": 30, "/sessions?q=colour:blue": 0, "/sessions?q=value:%3E370": 0, "/sessions?q=value:%3E0": 31, "/sessions?q=ada+sku:peg-1": 0, "/sessions?q=ada+sku:mug": 1,
		"/sessions?q=value:lots": 0, "/sessions?q=expires:soon": 0, "/sessions?q=value:": 0,
	} {
		if got := listed(o.Get(address).Want(t, http.StatusOK)); len(got) != n {
			t.Errorf("%s: %q, want %d", address, got, n)
		}
	}
}

// What no index can answer is answered for some of the sessions, and says so.
func TestListSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	shoptest.AboutSQLite(t)
	s.Exec(t, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO sessions (token, data, expiry) SELECT printf('t%042d', i), CAST('{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{}}' AS BLOB), julianday('now') + 1 FROM n`, maxScanned+1)
	o := s.Office(t)
	for address, want := range map[string]string{
		"/sessions?sort=value": "1,000 sessions, of the 1,000 newest.", "/sessions?q=sku:mug": "0 sessions, of the 1,000 newest.", "/sessions?q=ada": "0 sessions, of the 1,000 newest, and those whose ID or account is meant.",
		"/sessions?q=id:t": "1,000 sessions, of the first 1,000 whose ID begins like that.", "/sessions?sort=expires&q=key:cart": "0 sessions, of the 1,000 that expire next.", "/sessions?sort=activity": "as far as this process remembers",
	} {
		o.Get(address).Want(t, http.StatusOK, want)
	}
	for _, address := range []string{"/sessions", "/sessions?sort=expires", "/sessions?q=id:t0000000001"} {
		if page := o.Get(address); strings.Contains(page.Text(), ", of ") {
			t.Errorf("%s leaves something out:\n%s", address, page.Text())
		}
	}
}

// Rows that nobody's shop wrote are listed like the others.
func TestListShowsOddRows(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	shoptest.AboutSQLite(t)
	for token, data := range map[string]string{
		"broken-tale": `{"v":1,`, "empty-tale-": "", "binary-tale": "\x00\xff<script>alert(1)</script>", "huge-tale--": strings.Repeat("[", 1<<16),
		"yacht-tale-": `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{"cart":{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","currency":"EUR","lines":[{"sku":"yacht","quantity":20,"unit_price":1}]}}}`,
	} {
		s.Exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday('now', '+1 day'))", (token + "-------")[:12]+strings.Repeat("A", 31), []byte(data))
	}
	s.Exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ('over--------AAA', x'7b7d', julianday('now', '-1 minute'))")
	o := s.Office(t)
	page := o.Get("/sessions").Want(t, http.StatusOK, "unreadable", "too large", "over", "5 live sessions, 1 expired")
	if got := len(listed(page)); got != 6 || page.Element("tr", "class", "over") == nil {
		t.Errorf("%d sessions are listed, want 6 with one that is over", got)
	}
	for _, id := range listed(page) {
		record := o.Get("/sessions/"+id).Want(t, http.StatusOK, id)
		if strings.Contains(record.Body, "<script>alert") {
			t.Errorf("%s runs as it is stored", id)
		}
	}
	o.Get("/sessions/broken-tale-").Want(t, http.StatusOK, "cannot be read", `{"v":1,`)
	o.Get("/sessions/yacht-tale-A").Want(t, http.StatusNotFound)
}

// id returns the short name of the visitor's session.
func id(v *shoptest.Visitor) string {
	v.T.Helper()
	return shoptest.HashOf(v.Token())[:12]
}

// listed returns the names of the sessions that a page lists, in their order.
func listed(r shoptest.Reply) (ids []string) {
	for n := range r.Page().Descendants() {
		if n.Type == html.ElementNode && n.Data == "tr" {
			if part, ok := shoptest.AttributeOf(n, "data-part"); ok {
				ids = append(ids, strings.TrimPrefix(part, "row-"))
			}
		}
	}
	return ids
}

// link returns the address of the link with a rel, "" where there is none.
func link(r shoptest.Reply, rel string) string {
	if n := r.Element("a", "rel", rel); n != nil {
		href, _ := shoptest.AttributeOf(n, "href")
		return href
	}
	return ""
}

// crowd stores n sessions in the table, begun and ending one a second, the
// first of which is the oldest: s000000000000 and so on. It returns their names.
func crowd(t testing.TB, s *shoptest.Shop, n int) (ids []string) {
	t.Helper()
	shoptest.AboutSQLite(t)
	began := time.Now().Add(-24 * time.Hour).Truncate(time.Second)
	for i := range n {
		ids = append(ids, fmt.Sprintf("s%011d", i))
		data := fmt.Sprintf(`{"v":1,"deadline":%q,"values":{"__created":%q,"cart":{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","currency":"EUR","lines":[{"sku":"peg-%d","quantity":%d,"unit_price":100}]},"note":%q}}`,
			began.Add(48*time.Hour).UTC().Format(time.RFC3339), began.Add(time.Duration(i)*time.Second).UTC().Format(time.RFC3339), 1+i%60, 1+i%7, strings.Repeat("x", i%13))
		s.Exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))", ids[i]+strings.Repeat("A", 31), []byte(data), began.Add(25*time.Hour+time.Duration(i)*time.Second).UTC().Format(time.RFC3339))
	}
	return ids
}
