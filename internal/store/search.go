package store

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
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

// wordForms returns what a word of a search may stand for: itself, without accents, and
// the singular of an English plural.
func wordForms(word string) []string {
	forms := []string{word}
	if plain := withoutAccents(word); plain != strings.ToLower(word) {
		forms = append(forms, plain)
	}
	last := strings.ToLower(forms[len(forms)-1])
	for _, ending := range [][2]string{{"ves", "f"}, {"ies", "y"}, {"es", ""}, {"s", ""}} {
		if stem, ok := strings.CutSuffix(last, ending[0]); ok && len(stem) > 1 && !strings.HasSuffix(last, "ss") {
			forms = append(forms, stem+ending[1])
		}
	}
	return forms
}

// withoutAccents returns s in small letters without the marks on them.
func withoutAccents(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(s))))
}

// maxTrigrams bounds what one search costs.
const maxTrigrams = 24

// trigrams returns the runs of three letters in the words of a search, each once.
func trigrams(search string) (runs []string) {
	for _, word := range searchWords(withoutAccents(search)) {
		letters := []rune(word)
		for i := 0; i+3 <= len(letters) && len(runs) < maxTrigrams; i++ {
			if run := string(letters[i : i+3]); !slices.Contains(runs, run) {
				runs = append(runs, run)
			}
		}
	}
	return runs
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// likePattern returns the pattern of LIKE ... ESCAPE '\' that finds word anywhere,
// its percent signs, underscores and backslashes standing for themselves.
func likePattern(word string) string {
	return "%" + likeEscaper.Replace(word) + "%"
}
