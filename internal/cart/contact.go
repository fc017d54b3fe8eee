package cart

import (
	"fmt"
	"maps"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Contact is who an order goes to, and where.
type Contact struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Address  string `json:"address"` // the street; of an older order all of the address. Lines end in \n
	Postcode string `json:"postcode"`
	Town     string `json:"town"`
	Country  string `json:"country"`
}

// FieldErrors maps the name of a form field to the sentence that says what to
// do about what was typed there. It is empty where all is well.
type FieldErrors map[string]string

// What a contact may hold, in characters. An email address longer than 254 bytes
// cannot be delivered to (RFC 5321, 4.5.3.1.3, as corrected by erratum 1690).
const (
	maxLine     = 80 // of name, town and country
	maxEmail    = 254
	minAddress  = 5
	maxAddress  = 400
	maxPostcode = 20
)

// ParseContact returns the contact that was typed, trimmed and without characters that
// show nothing, and what is wrong with it by field, named as in JSON. The contact holds
// what was typed also where it is wrong, so that the form can show it again.
func ParseContact(typed Contact) (Contact, FieldErrors) {
	c := typed
	c.Email, c.Address = seen(c.Email, none), newlines.Replace(c.Address)
	for _, field := range []*string{&c.Name, &c.Email, &c.Address, &c.Postcode, &c.Town, &c.Country} {
		*field = strings.TrimSpace(PlainText(*field))
	}
	errs := FieldErrors{
		"name": checkLine("name", c.Name, maxLine), "email": checkEmail(c.Email), "address": checkAddress(c.Address),
		"postcode": checkLine("postcode", c.Postcode, maxPostcode), "town": checkLine("town", c.Town, maxLine),
		"country": checkLine("country", c.Country, maxLine),
	}
	maps.DeleteFunc(errs, func(_, sentence string) bool { return sentence == "" })
	return c, errs
}

// Browsers send the line ends of a textarea as \r\n; the others are Unicode's.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// checkLine returns what is wrong with a field of one line.
func checkLine(field, s string, longest int) string {
	switch {
	case !isVisible(s):
		return "Enter your " + field + "."
	case !IsLine(s):
		return "Enter a " + field + " in plain text, on one line."
	case utf8.RuneCountInString(s) > longest:
		return fmt.Sprintf("Enter a %s of at most %d characters.", field, longest)
	}
	return ""
}

func checkEmail(s string) string {
	switch {
	case !isVisible(s):
		return "Enter your email address."
	case len(s) > maxEmail:
		return "Enter an email address of at most 254 characters."
	case !IsLine(s) || !IsEmail(s):
		return "Enter an email address like name@example.com."
	}
	return ""
}

func checkAddress(s string) string {
	length := utf8.RuneCountInString(s)
	switch {
	case !isVisible(s):
		return "Enter your street and house number."
	case !IsLine(strings.ReplaceAll(s, "\n", "")):
		return "Enter a street in plain text."
	case length < minAddress:
		return "Enter the street with its house number: at least 5 characters."
	case length > maxAddress:
		return "Enter a street of at most 400 characters."
	}
	return ""
}

// IsEmail reports whether s is a bare address with one @: no display name, no
// comment, no quoted part, all of which net/mail would take out; and no space such as
// U+00A0 or hidden character, which net/mail takes and no address has.
func IsEmail(s string) bool {
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s && len(s) <= maxEmail && seen(s, none) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
