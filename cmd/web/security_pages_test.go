package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// addresses are the attributes that make a browser fetch or go somewhere.
var addresses = []string{"action", "background", "cite", "data", "formaction", "href", "icon", "longdesc", "manifest", "ping", "poster", "profile", "src", "srcset", "xlink:href"}

// active are the elements that run code, frame something or change what
// addresses mean.
var active = []string{"applet", "base", "embed", "frame", "frameset", "iframe", "math", "object", "portal", "style", "template"}

// faults returns what the page should not hold: code or style of its own, and
// addresses of others.
func (r reply) faults() (faults []string) {
	// As a browser without scripts reads it, so that nothing hides in a noscript.
	page, err := html.ParseWithOptions(strings.NewReader(r.body), html.ParseOptionEnableScripting(false))
	if err != nil {
		panic(err) // the parser takes anything; only its reader can fail
	}
	for n := range page.Descendants() {
		if n.Type == html.CommentNode {
			faults = append(faults, "<!--"+n.Data+"-->")
		}
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains(active, n.Data) || n.Data == "script" && n.FirstChild != nil {
			faults = append(faults, "<"+n.Data+">")
		}
		for _, a := range n.Attr {
			if isFault(n, a) {
				faults = append(faults, "<"+n.Data+" "+a.Key+"="+a.Val+">")
			}
		}
	}
	return faults
}

func isFault(n *html.Node, a html.Attribute) bool {
	own := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") && !strings.ContainsAny(a.Val, "\\\n\r\t")
	switch {
	case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc", a.Key == "nonce":
		return true
	case a.Key == "http-equiv": // a page may load itself again
		content, _ := attributeOf(n, "content")
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
	if k.Header.Get("Content-Type") == htmlType {
		for _, fault := range k.faults() {
			t.Errorf("%s: %s", k.name, fault)
		}
	}
}

// crawl visits the addresses, and every one that a page among them leads to, and
// returns the answers by address.
func (v *visitor) crawl(from ...string) map[string]reply {
	v.t.Helper()
	seen := make(map[string]reply)
	for len(from) > 0 {
		path := from[0]
		from = from[1:]
		if _, ok := seen[path]; ok || !strings.HasPrefix(path, "/") {
			continue
		}
		seen[path] = v.get(path)
		from = append(from, seen[path].leads()...)
	}
	return seen
}

// leads returns every address that a page names, those of its forms included.
func (r reply) leads() (to []string) {
	if to = r.Header.Values("Location"); r.Header.Get("Content-Type") != htmlType {
		return to
	}
	for n := range r.page().Descendants() {
		for _, a := range n.Attr {
			if address, _, _ := strings.Cut(a.Val, "#"); slices.Contains(addresses, a.Key) && address != "" {
				to = append(to, address)
			}
		}
	}
	return to
}

// prune leaves a few of the many pegs, so that a crawl ends soon.
func (s *shop) prune(t *testing.T) {
	t.Helper()
	s.exec(t, "DELETE FROM products WHERE sku GLOB 'peg-*' AND sku NOT GLOB 'peg-?' AND sku <> 'peg-10'")
}

// R38: no page that can be reached needs code or style of its own, or anything
// from another host.
func TestNoPageHoldsCodeStyleOrOtherHosts(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	s.prune(t)
	v := s.visitor(t)
	order := v.settle()
	pages := 0
	for path, r := range v.crawl("/", "/?q=mug", "/cart", "/checkout", "/session", "/nowhere", order) {
		checkInert(t, kind{name: path, reply: r})
		if r.StatusCode == http.StatusOK && r.Header.Get("Content-Type") == htmlType {
			pages++
		}
		if link := strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/products/"); link && r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
	}
	if pages < 30 {
		t.Errorf("the crawl found %d pages, want 30 at least", pages)
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
		if r := (reply{body: "<body>" + bad}); len(r.faults()) == 0 {
			t.Errorf("nothing found in %s", bad)
		}
	}
	if got := (reply{body: `<a href="/cart#top"><a href="#main"><img src="/static/x.svg"><script src="/static/x.js"></script>`}).faults(); got != nil {
		t.Errorf("found %q in what is as it should be", got)
	}
}

// R38: nor does a file that the pages use. Every picture can be opened by itself.
func TestNoFileHoldsCodeOrOtherHosts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	never := map[string]*regexp.Regexp{
		".svg": regexp.MustCompile(`(?i)<script|<foreignObject|<!ENTITY|\son\w+=|javascript:|href="[^#]|url\([^#]|<style|\sstyle=`),
		".css": regexp.MustCompile(`(?i)@import|expression\(|javascript:|url\(["']?(https?:|//|data:)`),
		".js":  regexp.MustCompile(`\beval\(|\bFunction\(|(inner|outer)HTML *\+?=[^=]|insertAdjacentHTML|document\.write|https?://|"//|\bimport\(|\.cookie\b`),

		".png":              regexp.MustCompile(`iTXt|tEXt|zTXt|eXIf`), // text about the picture or its maker
		".webmanifest":      regexp.MustCompile(`https?:|//|javascript:`),
		".speculationrules": regexp.MustCompile(`https?:|//|prerender|/(cart|checkout|orders|session)`),
	}
	namespace := strings.NewReplacer(`xmlns="http://www.w3.org/2000/svg"`, "", `xmlns:xlink="http://www.w3.org/1999/xlink"`, "")
	for name, f := range s.static.files {
		pattern := never[name[strings.LastIndex(name, "."):]]
		if pattern == nil {
			t.Errorf("%s: a kind of file that is not checked", name)
			continue
		}
		if found := pattern.FindString(namespace.Replace(string(f.plain))); found != "" {
			t.Errorf("%s: %q", name, found)
		}
	}
}
