package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// office returns an operator at the shop's second listener.
func (s *shop) office(t testing.TB) *visitor {
	t.Helper()
	server := httptest.NewUnstartedServer(s.ops())
	server.Config.RegisterOnShutdown(s.inspector.viewers.hangUp)
	server.Start()
	t.Cleanup(server.Close)
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t, &shop{s.application, server}, &client}
}

// id returns the short name of the visitor's session.
func (v *visitor) id() string {
	v.t.Helper()
	return hashOf(v.token())[:12]
}

// listed returns the names of the sessions that a page lists, in their order.
func (r reply) listed() (ids []string) {
	for n := range r.page().Descendants() {
		if n.Type == html.ElementNode && n.Data == "tr" {
			if part, ok := attributeOf(n, "data-part"); ok {
				ids = append(ids, strings.TrimPrefix(part, "row-"))
			}
		}
	}
	return ids
}

// first returns the address of the first session that a page lists.
func (v *visitor) first(page reply) string {
	v.t.Helper()
	ids := page.listed()
	if len(ids) == 0 {
		v.t.Fatalf("no sessions in\n%s", page.text())
	}
	return "/sessions/" + ids[0]
}

// link returns the address of the link with a rel, "" where there is none.
func (r reply) link(rel string) string {
	if n := r.element("a", "rel", rel); n != nil {
		href, _ := attributeOf(n, "href")
		return href
	}
	return ""
}

// crowd stores n sessions in the table, begun and ending one a second, the
// first of which is the oldest: s000000000000 and so on. It returns their names.
func (s *shop) crowd(t testing.TB, n int) (ids []string) {
	t.Helper()
	aboutSQLite(t)
	began := time.Now().Add(-24 * time.Hour).Truncate(time.Second)
	for i := range n {
		ids = append(ids, fmt.Sprintf("s%011d", i))
		data := fmt.Sprintf(`{"v":1,"deadline":%q,"values":{"__created":%q,"cart":{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","currency":"EUR","lines":[{"sku":"peg-%d","quantity":%d,"unit_price":100}]},"note":%q}}`,
			began.Add(48*time.Hour).UTC().Format(time.RFC3339), began.Add(time.Duration(i)*time.Second).UTC().Format(time.RFC3339), 1+i%60, 1+i%7, strings.Repeat("x", i%13))
		s.exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))", ids[i]+strings.Repeat("A", 31), []byte(data), began.Add(25*time.Hour+time.Duration(i)*time.Second).UTC().Format(time.RFC3339))
	}
	return ids
}

func TestListShowsEverySession(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v, o := s.visitor(t), s.office(t)
	o.get("/sessions").want(t, http.StatusOK, "0 sessions are alive", "Nobody has put anything in a cart yet")
	v.post("/cart/items", "sku", "mug", "quantity", "2").want(t, http.StatusSeeOther)
	v.post("/session/values", "key", "colour", "value", "blue").want(t, http.StatusSeeOther)
	s.inspector.catchUp()
	s.inspector.counts.last = counted{}
	page := o.get("/sessions").want(t, http.StatusOK, "1 session is alive and 0 expired rows wait", v.id(), "29 d 23 h", "€37.00", "cart, colour", v.id()+" began", v.id()+" changed")
	if !strings.Contains(page.body, "<title>2 changes in 30 minutes</title>") {
		t.Error("the activity is not said in words")
	}
	if strings.Contains(page.body, hashOf(v.token())) || strings.Contains(page.body, v.token()) {
		t.Error("the list shows more of a token than its short name")
	}
	if page.element("meta", "http-equiv", "refresh") != nil || !strings.Contains(page.body, `<noscript><meta http-equiv="refresh" content="10"></noscript>`) {
		t.Error("without a script the page does not reload itself, or it does with one")
	}
}

// Page by page, in either direction, every session is met once.
func TestListGoesThroughAllSessions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ids := s.crowd(t, 2*sessionsPerPage+7)
	o := s.office(t)
	newest := slices.Clone(ids)
	slices.Reverse(newest)
	for address, want := range map[string][]string{
		"/sessions": newest, "/sessions?sort=expires": ids, "/sessions?sort=expires&expiring=24h": ids, "/sessions?expiring=24h": newest, "/sessions?id=s0": newest, "/sessions?key=note": newest,
	} {
		var met, back []string
		last := ""
		for next := address; next != ""; {
			page := o.get(next).want(t, http.StatusOK)
			met, last, next = append(met, page.listed()...), next, page.link("next")
		}
		if !slices.Equal(met, want) {
			t.Errorf("%s: %d sessions %q, want %d", address, len(met), met, len(want))
		}
		for prev := last; prev != ""; {
			page := o.get(prev).want(t, http.StatusOK)
			back, prev = append(page.listed(), back...), page.link("prev")
		}
		if !slices.Equal(back, want) {
			t.Errorf("%s, back: %d sessions %q, want %d", address, len(back), back, len(want))
		}
	}
}

func TestListIsSortedAndFiltered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ids := s.crowd(t, 30)
	v := s.visitor(t)
	v.post("/session/values", "key", "username", "value", "Ada").want(t, http.StatusSeeOther)
	v.post("/cart/items", "sku", "mug", "quantity", "20").want(t, http.StatusSeeOther)
	s.inspector.catchUp()
	o := s.office(t)
	for address, want := range map[string]string{
		"/sessions?sort=value": v.id(), "/sessions?sort=activity": v.id(), "/sessions?key=username": v.id(), "/sessions?sku=mug": v.id(), "/sessions?id=" + v.id()[:5]: v.id(),
		"/sessions?sort=nonsense": v.id(), "/sessions?sort=size": v.id(), "/sessions?sku=peg-12": ids[11], "/sessions?sku=peg-1": ids[0], "/sessions?id=" + ids[7]: ids[7],
		"/sessions?sort=expires": ids[0], "/sessions?expiring=24h&sku=peg-3": ids[2], "/sessions?page=99": v.id(), "/sessions?after=nonsense": v.id(),
	} {
		if got := o.get(address).want(t, http.StatusOK).listed(); len(got) == 0 || got[0] != want {
			t.Errorf("%s: %q, want %s first", address, got, want)
		}
	}
	for address, n := range map[string]int{
		"/sessions?sku=peg-1": 1, "/sessions?sku=peg": 0, "/sessions?key=not": 0, "/sessions?key=username": 1, "/sessions?id=%3Cscript%3E": 0, "/sessions?id=s0": 30,
		"/sessions?sort=activity": 1, "/sessions?expiring=10m": 0, "/sessions?expiring=24h": 30, "/sessions?expiring=1s": 31, "/sessions?sort=value&page=99": 0, "/sessions?id=" + ids[0] + "x": 0,
	} {
		if got := o.get(address).want(t, http.StatusOK).listed(); len(got) != n {
			t.Errorf("%s: %q, want %d", address, got, n)
		}
	}
}

// What no index can answer is answered for some of the sessions, and says so.
func TestListSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	aboutSQLite(t)
	s.exec(t, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO sessions (token, data, expiry) SELECT printf('t%042d', i), CAST('{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{}}' AS BLOB), julianday('now') + 1 FROM n`, maxScanned+1)
	o := s.office(t)
	for address, want := range map[string]string{
		"/sessions?sort=value": "Among the 1000 newest: 1000 of 1000 looked at.", "/sessions?sku=mug": "Among the 1000 newest: 0 of 1000 looked at.",
		"/sessions?id=t": "Among the first 1000 whose name begins so", "/sessions?sort=expires&key=cart": "Among the 1000 that end next", "/sessions?sort=activity": "as far as this process remembers",
	} {
		o.get(address).want(t, http.StatusOK, want)
	}
	for _, address := range []string{"/sessions", "/sessions?sort=expires", "/sessions?id=t0000000001"} {
		if page := o.get(address); strings.Contains(page.text(), "Among") {
			t.Errorf("%s leaves something out:\n%s", address, page.text())
		}
	}
}

// Rows that nobody's shop wrote are listed like the others.
func TestListShowsOddRows(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	aboutSQLite(t)
	for token, data := range map[string]string{
		"broken-tale": `{"v":1,`, "empty-tale-": "", "binary-tale": "\x00\xff<script>alert(1)</script>", "huge-tale--": strings.Repeat("[", 1<<16),
		"yacht-tale-": `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{"cart":{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","currency":"EUR","lines":[{"sku":"yacht","quantity":20,"unit_price":1}]}}}`,
	} {
		s.exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday('now', '+1 day'))", (token + "-------")[:12]+strings.Repeat("A", 31), []byte(data))
	}
	s.exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ('over--------AAA', x'7b7d', julianday('now', '-1 minute'))")
	o := s.office(t)
	page := o.get("/sessions").want(t, http.StatusOK, "unreadable", "too large", "over", "5 sessions are alive and 1 expired row waits")
	if got := len(page.listed()); got != 6 || page.element("tr", "class", "over") == nil {
		t.Errorf("%d sessions are listed, want 6 with one that is over", got)
	}
	for _, id := range page.listed() {
		record := o.get("/sessions/"+id).want(t, http.StatusOK, id)
		if strings.Contains(record.body, "<script>alert") {
			t.Errorf("%s runs as it is stored", id)
		}
	}
	o.get("/sessions/broken-tale-").want(t, http.StatusOK, "cannot be read", `{"v":1,`)
	o.get("/sessions/yacht-tale-A").want(t, http.StatusNotFound)
}
