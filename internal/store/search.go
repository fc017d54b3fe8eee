package store

import (
	"strings"
	"unicode"
)

// maxSearch is how many characters of a search are looked at.
const maxSearch = 100

// searchWords returns the words of a search: what stands between white space
// and control characters, of which SQLite would take a NUL for the end.
func searchWords(query string) []string {
	query = strings.ToValidUTF8(query, " ")
	if runes := []rune(query); len(runes) > maxSearch {
		query = string(runes[:maxSearch])
	}
	return strings.FieldsFunc(query, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	})
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// likePattern returns the pattern of LIKE ... ESCAPE '\' that finds word anywhere,
// its percent signs, underscores and backslashes standing for themselves.
func likePattern(word string) string {
	return "%" + likeEscaper.Replace(word) + "%"
}
