package web

import (
	"bytes"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"trolley/ui"
)

func newSite(t *testing.T) *Site {
	t.Helper()
	s, err := New(ui.Files, Options{Log: slog.New(slog.DiscardHandler), Problem: func(error) *Problem { return Internal() }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatAVisitorTypedIsNotKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := Composed{Page: Page{Head: Head{Title: "Typed", Query: "Typed", Theme: ThemeAuto}, Username: "Typed"}, Content: []template.HTML{"<p>here</p>"}}
	var b bytes.Buffer
	if err := s.render(&b, "catalogue", page); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "Typed"); got < 3 {
		t.Errorf("typed three times, shown %d times", got)
	}
	for key, html := range s.memo.young {
		if strings.Contains(fmt.Sprint(key.data)+string(html), "Typed") {
			t.Errorf("%s of %s is kept", key.part, key.page)
		}
	}
	if len(s.memo.young) == 0 {
		t.Error("nothing is kept")
	}
}

func TestMemoStaysWithinItsBytes(t *testing.T) {
	t.Parallel()
	var m memo
	large := template.HTML(strings.Repeat("x", 1<<20))
	for i := range 100 {
		if _, err := m.get(memoKey{"p", "q", i}, func() (template.HTML, error) { return large, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if kept := len(m.young) + len(m.old); kept == 0 || 2*kept<<20 > memoBytes {
		t.Errorf("%d MiB are kept", kept)
	}
	again := func() (template.HTML, error) { return "", fmt.Errorf("rendered again") }
	if html, err := m.get(memoKey{"p", "q", 99}, again); err != nil || html != large {
		t.Errorf("the last one is forgotten: %v", err)
	}
}

func TestAFragmentThatFailsIsNotKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	before := len(s.memo.young)
	if _, err := s.Fragment("catalogue", "card", "no product"); err == nil || len(s.memo.young) != before {
		t.Errorf("error %v, %d kept, %d before", err, len(s.memo.young), before)
	}
}
