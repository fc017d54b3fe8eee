package main

import (
	"net/http"
	"strings"
	"testing"
)

// A form that was refused for a while is in the page with all that was typed, and one
// press sends it again.
func TestARefusedFormCanBeSentAgain(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	resume := stopWrites(t, s)
	const typed = `"><b>ü&x`
	page := v.Post("/session/values", "key", "note", "value", typed).Want(t, http.StatusServiceUnavailable, "Try again").Body
	for _, part := range []string{
		`<form action="/session/values" method="post">`, `<input type="hidden" name="key" value="note">`,
		`<input type="hidden" name="value" value="&#34;&gt;&lt;b&gt;ü&amp;x">`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page has no %s", part)
		}
	}
	resume()
	v.Post("/session/values", "key", "note", "value", typed).Want(t, http.StatusSeeOther)
	v.Get("/session").Want(t, http.StatusOK, typed)
}

// A password is never written into a page.
func TestARefusedPasswordIsNotInThePage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	defer stopWrites(t, s)()
	r := v.Post("/account/new", "email", "ada@example.com", "password", "a long walk by the sea").Want(t, http.StatusServiceUnavailable)
	if strings.Contains(r.Body, "by the sea") || strings.Contains(r.Body, "Try again<") { // the button
		t.Errorf("the page is %s", r.Body)
	}
}
