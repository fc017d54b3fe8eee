package account

import (
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const maxEmail = 254 // bytes; RFC 5321, 4.5.3.1.3, as corrected by erratum 1690

// Email returns the one form of an email address under which an account is kept: in
// small letters and Unicode's form NFC, without spaces around it. It returns "" for what
// is no bare address, and for one with invisible characters.
func Email(typed string) string {
	email := norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(typed))))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > maxEmail || strings.ContainsFunc(email, isHidden) {
		return ""
	}
	return email
}

// isHidden reports a character that takes no ink: two addresses that look the same
// would be two accounts. Variation selectors and fillers are letters or marks.
func isHidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.IsSpace(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
