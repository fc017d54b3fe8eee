package verify

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// literal returns s as SQL, on one line whatever is in it.
func literal(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return fmt.Sprintf("CAST(x'%x' AS TEXT)", s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// plain returns s for the middle of a line, quoted if it could break the line or look
// like something else.
func plain(s string) string {
	if quoted := strconv.Quote(s); s == "" || len(quoted) != len(s)+2 || strings.Contains(s, " ") {
		return fmt.Sprintf("%.60q", s)
	}
	return s
}
