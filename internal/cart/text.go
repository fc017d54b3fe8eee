package cart

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// PlainText returns s without the characters that show nothing: those that Unicode
// calls format (Cf) or ignorable, such as U+200B, U+202E and U+3164. A blank that is
// no space becomes one. Joiners and variation selectors stay, since names of the world
// are spelt with them. Line ends and control characters stay, and so does text that is
// no UTF-8: that is for the caller to refuse.
func PlainText(s string) string { return seen(s, isJoiner) }

// seen returns s without the hidden characters that are not in kept.
func seen(s string, kept func(rune) bool) string {
	if !utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case isBlank(r):
			return ' '
		case isHidden(r) && !kept(r):
			return -1
		}
		return r
	}, s)
}

// isHidden reports a character of Unicode's Default_Ignorable_Code_Point, or one that is
// none. The marks that stand before a number are format characters and seen.
func isHidden(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
		unicode.Noncharacter_Code_Point) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isJoiner reports U+200C and U+200D, which Persian, Indic and emoji need, and the
// variation selectors, which choose the form of a Han character.
func isJoiner(r rune) bool { return unicode.In(r, unicode.Join_Control, unicode.Variation_Selector) }

func none(rune) bool { return false }

// isBlank reports a letter or symbol whose picture is empty: of braille, of hieroglyphs
// and of notes. Unicode has no property for these.
func isBlank(r rune) bool {
	return r == '\u2800' || r == '\U00013441' || r == '\U00013442' || r == '\U0001D159'
}

// isVisible reports whether there is anything in s to see.
func isVisible(s string) bool {
	return strings.ContainsFunc(seen(s, none), func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	})
}

// IsLine reports whether s is valid UTF-8 on one line, without control characters.
func IsLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp)
	})
}
