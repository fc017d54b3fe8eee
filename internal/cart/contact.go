package cart

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Contact is who an order goes to.
type Contact struct {
	Name    string `json:"name"`
	Email   string `json:"email"`
	Address string `json:"address"` // lines end in \n
}

// FieldErrors maps the name of a form field to the sentence that says what to
// do about what was typed there. It is nil where all is well.
type FieldErrors map[string]string

// What a contact may hold. An email address longer than 254 bytes cannot be
// delivered to (RFC 5321, 4.5.3.1.3, as corrected by erratum 1690).
const (
	maxName    = 80
	maxEmail   = 254
	minAddress = 5
	maxAddress = 400
)

// ParseContact returns the contact that was typed, trimmed and without characters that
// show nothing, and what is wrong with it by field: "name", "email", "address". The
// contact holds what was typed also where it is wrong, so that the form can show it again.
func ParseContact(name, email, address string) (Contact, FieldErrors) {
	c := Contact{
		Name:    strings.TrimSpace(PlainText(name)),
		Email:   strings.TrimSpace(seen(email, none)),
		Address: strings.TrimSpace(PlainText(newlines.Replace(address))),
	}
	var errs FieldErrors
	note := func(field, sentence string) {
		if sentence == "" {
			return
		}
		if errs == nil {
			errs = FieldErrors{}
		}
		errs[field] = sentence
	}
	note("name", checkName(c.Name))
	note("email", checkEmail(c.Email))
	note("address", checkAddress(c.Address))
	return c, errs
}

// Browsers send the line ends of a textarea as \r\n; the others are Unicode's.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

func checkName(s string) string {
	switch {
	case !isVisible(s):
		return "Enter your name."
	case !IsLine(s):
		return "Enter a name in plain text, on one line."
	case utf8.RuneCountInString(s) > maxName:
		return "Enter a name of at most 80 characters."
	}
	return ""
}

func checkEmail(s string) string {
	switch {
	case !isVisible(s):
		return "Enter your email address."
	case len(s) > maxEmail:
		return "Enter an email address of at most 254 characters."
	case !IsLine(s) || !isEmail(s):
		return "Enter an email address like name@example.com."
	}
	return ""
}

func checkAddress(s string) string {
	length := utf8.RuneCountInString(s)
	switch {
	case !isVisible(s):
		return "Enter the address to deliver to."
	case !IsLine(strings.ReplaceAll(s, "\n", "")):
		return "Enter an address in plain text."
	case length < minAddress:
		return "Enter the whole address: at least 5 characters."
	case length > maxAddress:
		return "Enter an address of at most 400 characters."
	}
	return ""
}

// isNoMail reports a character that net/mail takes and no address has: a space such as
// U+00A0, or what cannot be seen.
func isNoMail(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }

// isEmail reports whether s is a bare address with one @: no display name, no
// comment, no quoted part, all of which net/mail would take out.
func isEmail(s string) bool {
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s && !strings.ContainsFunc(s, isNoMail)
}
