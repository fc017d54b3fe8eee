package account

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"trolley/internal/cart"
)

const maxEmail = 254 // bytes; RFC 5321, 4.5.3.1.3, as corrected by erratum 1690

// Email returns the one form of an email address under which an account is kept: in
// small letters and Unicode's form NFKC, in which wide letters are the usual ones, without
// spaces around it. It returns "" for what is no bare address, and for one with a
// character that takes no ink: two addresses that look the same would be two accounts.
func Email(typed string) string {
	email := norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(typed))))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > maxEmail ||
		cart.PlainText(email) != email || strings.ContainsFunc(email, isInkless) {
		return ""
	}
	return email
}

// isInkless reports a blank or what chooses the form of another character, which
// cart.PlainText keeps for names.
func isInkless(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) }

// CheckRow returns why no sign-in reaches an account with that email and hash, or nil.
func CheckRow(email, hash string) error {
	if Email(email) != email {
		return errors.New("its email is not in its one form, by which it is found")
	}
	return checkHash(hash)
}
