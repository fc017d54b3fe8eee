package account

import (
	"errors"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trolley/internal/cart"
)

// Email returns the one form of an email address under which an account is kept: in
// small letters and Unicode's form NFKC, in which wide letters are the usual ones, without
// spaces around it. It returns "" for what is no bare address, and for one with a
// character that takes no ink: two addresses that look the same would be two accounts.
func Email(typed string) string {
	email := norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(typed))))
	if !cart.IsEmail(email) {
		return ""
	}
	return email
}

// CheckRow returns why no sign-in reaches an account with that email and hash, or nil.
func CheckRow(email, hash string) error {
	if Email(email) != email {
		return errors.New("its email is not in its one form, by which it is found")
	}
	return checkHash(hash)
}
