package account

import (
	_ "embed" // the common passwords
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What a password may be: NIST SP 800-63B, section 3.1.1.2.
const (
	minPassword = 8    // characters
	maxPassword = 1024 // bytes
)

// common are the 3,000 most common passwords of at least 8 characters in the list of
// zxcvbn, which Mark Burnett collected: https://github.com/dropbox/zxcvbn (MIT). One a line.
//
//go:embed common.txt
var common string

// CheckPassword returns what is wrong with a new password, "" for nothing.
func CheckPassword(typed, email string) string {
	name, _, _ := strings.Cut(email, "@")
	lower := strings.ToLower(typed)
	switch {
	case !utf8.ValidString(typed) || utf8.RuneCountInString(typed) < minPassword:
		return fmt.Sprintf("Choose a password of at least %d characters. A few words in a row are easy to remember.", minPassword)
	case len(typed) > maxPassword:
		return fmt.Sprintf("Choose a password of at most %d bytes.", maxPassword)
	case strings.Contains("\n"+common, "\n"+lower+"\n") || strings.Trim(typed, typed[:1]) == "":
		return "Many people have this password, so it is tried first. Choose another one."
	case lower == email || lower == name:
		return "This is your email address. Choose another password."
	}
	return ""
}

// normal returns the password as it is hashed: the same however a keyboard composes it.
func normal(typed string) string { return norm.NFC.String(typed) }
