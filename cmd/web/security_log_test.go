package main

import (
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"trolley/test/shoptest"
)

// R56: every refusal is in the log once, with what it takes to find it again,
// and is found by the number that the visitor was told. What crawlers do all day
// is not: an address that there is not, a method that it does not take.
func TestEveryRefusalIsLogged(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.Visitor(t)
	order := v.Settle()
	kinds := append(refusals(v, order), kind{"panic", 500, noStore, v.At(panicking(t, s, s.Log)).Get("/cart")})
	resume := stopWrites(t, s)
	kinds = append(kinds, kind{"no writes", 503, noStore, v.Post("/cart/items", "sku", "mug")})
	resume()
	entries := log.Entries(t)
	for _, k := range kinds {
		var alike, named int
		id := strings.Trim(shoptest.RequestName.FindString(k.Body), "<code>/")
		for _, e := range entries {
			if e["msg"] != "request refused" || e["status"] != float64(k.status) || e["method"] != k.Request.Method || e["path"] != k.Request.URL.Path {
				continue
			}
			alike++
			checkEntry(t, k, e)
			if e["request"] == id {
				named++
			}
		}
		crawled := k.cache == "" || k.status == http.StatusMethodNotAllowed || k.status == http.StatusNotFound && k.name != "somebody else's order"
		if logged := alike > 0 && (id == "" || named == 1); logged == crawled {
			t.Errorf("%s: %s %s is %d times in the log, and %d times by its number %q", k.name, k.Request.Method, k.Request.URL.Path, alike, named, id)
		}
	}
}

func checkEntry(t *testing.T, k kind, e map[string]any) {
	t.Helper()
	level := "INFO"
	switch k.status {
	case http.StatusInternalServerError:
		level = "ERROR"
	case http.StatusServiceUnavailable:
		level = "WARN"
	}
	at, err := time.Parse(time.RFC3339Nano, e["time"].(string))
	if e["level"] != level || err != nil || !strings.HasSuffix(e["time"].(string), "Z") || time.Since(at) > time.Hour {
		t.Errorf("%s: level %v, want %v; time %v, want now in UTC", k.name, e["level"], level, e["time"])
	}
	if id, _ := e["request"].(string); !regexp.MustCompile(`^[A-Z2-7]{12}$`).MatchString(id) || e["error"] == "" {
		t.Errorf("%s: request %v, error %v", k.name, e["request"], e["error"])
	}
}

// R56, R30: so is what happens to sessions, and what looks like somebody else's
// doing, by the short name of the session.
func TestLifeOfSessionsIsLogged(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	first := shoptest.HashOf(v.Token())[:12]
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	v.Post("/session/renew").Want(t, http.StatusSeeOther)
	second := shoptest.HashOf(v.Token())[:12]
	v.Post("/session/destroy").Want(t, http.StatusSeeOther)
	v.Post("/session/destroy").Want(t, http.StatusSeeOther)
	v.Ask("GET", "/cart", "", "Cookie", "__Host-trolley_session=a; __Host-trolley_session=b").Want(t, http.StatusOK)
	var got []string
	for _, e := range log.Entries(t) {
		got = append(got, strings.TrimSuffix(e["msg"].(string)+" "+text(e["was"])+" "+text(e["session"])+text(e["path"]), " "))
	}
	want := []string{"session created  " + first, "session renewed " + first + " " + second, "session destroyed  " + second, "several session cookies  /cart"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the log holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// forgeries would begin a line of their own, move a terminal's cursor, or end a
// value and start another, where a log took them as they are.
var forgeries = []string{
	"x\n{\"level\":\"ERROR\",\"msg\":\"forged\"}", "x\r\ntime=2026-11-23 level=ERROR msg=forged", "x\x1b[2J\x1b[1;31mforged", "x\x00\x08\x08forged\x7f",
	"x\u2028forged\u2029forged\u0085forged\u009b1mforged", `x","level":"ERROR","msg":"forged`, `x" level=ERROR msg="forged`, "x\\nforged=1", "x\xff\xfe\u202eforged",
}

// R56: what visitors send adds no line to the log and no key to a line, whatever
// the format.
func TestLogCannotBeForged(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		log := &shoptest.Journal{}
		s := shoptest.NewLogged(t, newLogger(format, slog.LevelInfo, log))
		v, panicking := s.Visitor(t), s.Visitor(t).At(panicking(t, s, s.Log))
		v.Settle()
		lines := strings.Count(log.String(), "\n")
		lines++ // of a proxy that is not trusted, once
		for _, text := range forgeries {
			lines += forge(v, panicking, text)
		}
		if got := strings.Count(log.String(), "\n"); got != lines {
			t.Errorf("%s: %d lines for %d events", format, got, lines)
		}
		for line := range strings.Lines(log.String()) {
			checkLine(t, format, strings.TrimSuffix(line, "\n"))
		}
		if format == "json" {
			for _, e := range log.Entries(t) {
				if e["forged"] != nil || e["msg"] == "forged" {
					t.Errorf("forged: %v", e)
				}
			}
		}
	}
}

// forge sends text in all that a log might hold, and returns how many lines there
// should be of it.
func forge(v, panicking *shoptest.Visitor, text string) (lines int) {
	escaped, field := pathEscape(text), shoptest.EncodeForm([]string{"", text})[1:]
	header := strings.Map(printable, text)
	for _, path := range []string{"/" + escaped, "/products/" + escaped, "/static/" + escaped, "/orders/" + escaped, "/?category=" + field} {
		v.Ask("POST", path, "", "Sec-Fetch-Site", "x"+header, "User-Agent", header, "Referer", header, "X-Forwarded-For", header).Want(v.T, http.StatusForbidden)
		lines++
	}
	v.Ask("POST", "/cart/clear", "", "Origin", header).Want(v.T, http.StatusForbidden)
	v.Ask("POST", "/cart/items", "sku="+field+"&sku="+field).Want(v.T, http.StatusBadRequest)
	v.Ask("POST", "/session/values/"+escaped+"/remove", field+"=%zz").Want(v.T, http.StatusBadRequest)
	v.Ask("POST", "/session/values", "key=X"+field+"&value="+field) // 422, or 400 where it is no UTF-8
	v.Send("POST", "/cart/items", shoptest.AsPage, header, "x").Want(v.T, http.StatusUnsupportedMediaType)
	lines += 5
	v.Shop.Visitor(v.T).Ask("GET", "/products/"+escaped, "", "Cookie", "__Host-trolley_session=a; __Host-trolley_session=b", "User-Agent", header).Want(v.T, http.StatusNotFound)
	lines++ // of the cookies
	panicking.Ask("GET", "/cart?"+field, "").Want(v.T, http.StatusInternalServerError)
	lines += 2 // of the panic, and of the answer to it
	return lines
}

// pathEscape escapes every byte that is no letter or digit.
func pathEscape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteString("%" + string("0123456789abcdef"[text[i]>>4]) + string("0123456789abcdef"[text[i]&15]))
	}
	return b.String()
}

var (
	jsonLine = regexp.MustCompile(`^\{"time":"[0-9TZ:.-]+","level":"(INFO|WARN|ERROR)","msg":"[a-z ]+",.*\}$`)
	// A value is a word, or quoted with all that is special in it escaped.
	textLine = regexp.MustCompile(`^time=[0-9TZ:.-]+ level=(INFO|WARN|ERROR) msg=("[a-z ,]+"|[a-z]+)( [a-z ]+=([^\s"=]+|"([^"\\]|\\.)*"))+$`)
)

func checkLine(t *testing.T, format, line string) {
	t.Helper()
	pattern := jsonLine
	if format == "text" {
		pattern = textLine
	}
	if !pattern.MatchString(line) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == '\u2028' || r == '\u2029' }) {
		t.Errorf("%s: %q", format, line)
	}
}

// R04, R56: the log names no visitor and nothing that one typed.
func TestLogHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	form := append(v.CheckoutForm()[:4], "name", "Grace Hopper", "email", "grace@navy.example", "address", "1 Navy Yard", "postcode", "22202", "town", "Arlington", "country", "Virginia")
	v.Post("/session/values", "key", "username", "value", "amazing-grace")
	v.Post("/session/values", "key", "username", "value", "amazing-grace\n")
	v.Post("/session/values", "key", "phone", "value", strings.Repeat("555-0199", 30))
	v.Post("/checkout", append(form[:6:6], "email", "grace@", "address", "x", "town", "Arlington", "country", "Virginia")...).Want(t, http.StatusUnprocessableEntity)
	v.At(panicking(t, s, s.Log)).Post("/checkout", form...).Want(t, http.StatusInternalServerError)
	resume := stopWrites(t, s)
	v.Post("/checkout", form...).Want(t, http.StatusServiceUnavailable)
	resume()
	v.Post("/checkout", form...).Want(t, http.StatusSeeOther)
	v.Get("/?q=grace+hopper")
	for _, personal := range []string{"Grace", "grace", "navy", "Navy Yard", "22202", "Arlington", "Virginia", "555-0199", "127.0.0.1", "Ada", "ada@example.com", "Go-http-client"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("the log holds %q", personal)
		}
	}
}
