package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

// addresses are the attributes that make a browser fetch or go somewhere.
var addresses = []string{"action", "background", "cite", "data", "formaction", "href", "icon", "longdesc", "manifest", "ping", "poster", "profile", "src", "srcset", "xlink:href"}

// active are the elements that run code, frame something or change what
// addresses mean.
var active = []string{"applet", "base", "embed", "frame", "frameset", "iframe", "math", "object", "portal", "style", "template"}

func isFault(n *html.Node, a html.Attribute) bool {
	own := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") && !strings.ContainsAny(a.Val, "\\\n\r\t")
	switch {
	case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc", a.Key == "nonce":
		return true
	case a.Key == "http-equiv": // a page may load itself again
		content, _ := shoptest.AttributeOf(n, "content")
		return a.Val != "refresh" || !digits.MatchString(content)
	case n.Data == "script" && a.Key == "src":
		return !strings.HasPrefix(a.Val, "/static/")
	case slices.Contains(addresses, a.Key):
		return !own && !strings.HasPrefix(a.Val, "#")
	}
	return false
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// R38.
func checkInert(t *testing.T, k kind) {
	if k.Header.Get("Content-Type") == web.HTMLType {
		for _, fault := range faults(k.Reply) {
			t.Errorf("%s: %s", k.name, fault)
		}
	}
}

// R38: no page that can be reached needs code or style of its own, or anything
// from another host.
func TestNoPageHoldsCodeStyleOrOtherHosts(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	prune(t, s)
	v := s.Visitor(t)
	order := v.Settle()
	pages := 0
	for path, r := range crawl(v, "/", "/?q=mug", "/cart", "/checkout", "/session", "/nowhere", order) {
		checkInert(t, kind{name: path, Reply: r})
		if r.StatusCode == http.StatusOK && r.Header.Get("Content-Type") == web.HTMLType {
			pages++
		}
		if link := strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/products/"); link && r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
	}
	if pages < 25 {
		t.Errorf("the crawl found %d pages, want 25 at least", pages)
	}
}

// R38: the check itself finds what it is there to find.
func TestFaultsOfAPageAreFound(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`<script>alert(1)</script>`, `<script src="https://evil.example/x.js"></script>`, `<script src="/x.js"></script>`, `<p style="color:red">`,
		`<style>p{}</style>`, `<p onclick="x()">`, `<svg onload=x()>`, `<img src="//evil.example/x.png">`, `<a href="javascript:x()">`, `<a href=" javascript:x()">`,
		`<a href="https://evil.example">`, `<a href="/\evil.example">`, `<form action="https://evil.example">`, `<button formaction="data:x">`, `<base href="/">`,
		`<iframe src="/">`, `<object data="/">`, `<meta http-equiv="refresh" content="0;url=//evil.example">`, `<noscript><img src="//evil.example"></noscript>`, `<svg><a xlink:href="https://evil.example">`, `<!-- secret -->`,
	} {
		if r := (shoptest.Reply{Body: "<body>" + bad}); len(faults(r)) == 0 {
			t.Errorf("nothing found in %s", bad)
		}
	}
	if got := faults((shoptest.Reply{Body: `<a href="/cart#top"><a href="#main"><img src="/static/x.svg"><script src="/static/x.js"></script>`})); got != nil {
		t.Errorf("found %q in what is as it should be", got)
	}
}

// R38: nor does a file that the pages use. Every picture can be opened by itself.
func TestNoFileHoldsCodeOrOtherHosts(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	never := map[string]*regexp.Regexp{
		".svg": regexp.MustCompile(`(?i)<script|<foreignObject|<!ENTITY|\son\w+=|javascript:|href="[^#]|url\([^#]|<style|\sstyle=`),
		".css": regexp.MustCompile(`(?i)@import|expression\(|javascript:|url\(["']?(https?:|//|data:)`),
		".js":  regexp.MustCompile(`\beval\(|\bFunction\(|(inner|outer)HTML *\+?=[^=]|insertAdjacentHTML|document\.write|https?://|"//|\bimport\(|\.cookie\b`),

		".png":         regexp.MustCompile(`iTXt|tEXt|zTXt|eXIf`), // text about the picture or its maker
		".webmanifest": regexp.MustCompile(`https?:|//|javascript:`),
	}
	namespace := strings.NewReplacer(`xmlns="http://www.w3.org/2000/svg"`, "", `xmlns:xlink="http://www.w3.org/1999/xlink"`, "")
	for _, name := range shoptest.StaticNames(t) {
		content := s.Visitor(t).Get(s.Asset(t, name)).Want(t, http.StatusOK).Body
		pattern := never[name[strings.LastIndex(name, "."):]]
		if pattern == nil {
			t.Errorf("%s: a kind of file that is not checked", name)
			continue
		}
		if found := pattern.FindString(namespace.Replace(content)); found != "" {
			t.Errorf("%s: %q", name, found)
		}
	}
}
