package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// R56: every refusal is in the log once, with what it takes to find it again,
// and is found by the number that the visitor was told. What crawlers do all day
// is not: an address that there is not, a method that it does not take.
func TestEveryRefusalIsLogged(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.visitor(t)
	order := v.settle()
	kinds := append(refusals(v, order), kind{"panic", 500, noStore, v.at(s.panicking(t, s.log)).get("/cart")})
	resume := s.stopWrites(t)
	kinds = append(kinds, kind{"no writes", 503, noStore, v.post("/cart/items", "sku", "mug")})
	resume()
	entries := log.entries(t)
	for _, k := range kinds {
		var alike, named int
		id := strings.Trim(requestName.FindString(k.body), "<code>/")
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
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	first := hashOf(v.token())[:12]
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	v.post("/session/renew").want(t, http.StatusSeeOther)
	second := hashOf(v.token())[:12]
	v.post("/session/destroy").want(t, http.StatusSeeOther)
	v.post("/session/destroy").want(t, http.StatusSeeOther)
	v.ask("GET", "/cart", "", "Cookie", "__Host-session=a; __Host-session=b").want(t, http.StatusOK)
	var got []string
	for _, e := range log.entries(t) {
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
		log := &journal{}
		s := newLogged(t, newLogger(format, log))
		v, panicking := s.visitor(t), s.visitor(t).at(s.panicking(t, s.log))
		v.settle()
		lines := strings.Count(log.String(), "\n")
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
			for _, e := range log.entries(t) {
				if e["forged"] != nil || e["msg"] == "forged" {
					t.Errorf("forged: %v", e)
				}
			}
		}
	}
}

// forge sends text in all that a log might hold, and returns how many lines there
// should be of it.
func forge(v, panicking *visitor, text string) (lines int) {
	escaped, field := pathEscape(text), encodeForm([]string{"", text})[1:]
	header := strings.Map(printable, text)
	for _, path := range []string{"/" + escaped, "/products/" + escaped, "/static/" + escaped, "/orders/" + escaped, "/?category=" + field} {
		v.ask("POST", path, "", "Sec-Fetch-Site", "x"+header, "User-Agent", header, "Referer", header, "X-Forwarded-For", header).want(v.t, http.StatusForbidden)
		lines++
	}
	v.ask("POST", "/cart/clear", "", "Origin", header).want(v.t, http.StatusForbidden)
	v.ask("POST", "/cart/items", "sku="+field+"&sku="+field).want(v.t, http.StatusBadRequest)
	v.ask("POST", "/session/values/"+escaped+"/remove", field+"=%zz").want(v.t, http.StatusBadRequest)
	v.ask("POST", "/session/values", "key=X"+field+"&value="+field) // 422, or 400 where it is no UTF-8
	v.send("POST", "/cart/items", asPage, header, "x").want(v.t, http.StatusUnsupportedMediaType)
	lines += 5
	v.shop.visitor(v.t).ask("GET", "/products/"+escaped, "", "Cookie", "__Host-session=a; __Host-session=b", "User-Agent", header).want(v.t, http.StatusNotFound)
	lines++ // of the cookies
	panicking.ask("GET", "/cart?"+field, "").want(v.t, http.StatusInternalServerError)
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
	v := s.visitor(t)
	v.settle()
	form := append(v.checkoutForm()[:4], "name", "Grace Hopper", "email", "grace@navy.example", "address", "Arlington, Virginia")
	v.post("/session/values", "key", "username", "value", "amazing-grace")
	v.post("/session/values", "key", "username", "value", "amazing-grace\n")
	v.post("/session/values", "key", "phone", "value", strings.Repeat("555-0199", 30))
	v.post("/checkout", append(form[:6:6], "email", "grace@", "address", "x")...).want(t, http.StatusUnprocessableEntity)
	v.at(s.panicking(t, s.log)).post("/checkout", form...).want(t, http.StatusInternalServerError)
	resume := s.stopWrites(t)
	v.post("/checkout", form...).want(t, http.StatusServiceUnavailable)
	resume()
	v.post("/checkout", form...).want(t, http.StatusSeeOther)
	v.get("/?q=grace+hopper")
	for _, personal := range []string{"Grace", "grace", "navy", "Arlington", "555-0199", "127.0.0.1", "Ada", "ada@example.com", "Go-http-client"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("the log holds %q", personal)
		}
	}
}
