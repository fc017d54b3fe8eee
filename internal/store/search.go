package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wordForms returns what a folded word may stand for: itself, and the singular of an
// English plural.
func wordForms(word string) []string {
	forms := []string{word}
	for _, ending := range [][2]string{{"ves", "f"}, {"ies", "y"}, {"es", ""}, {"s", ""}} {
		if stem, ok := strings.CutSuffix(word, ending[0]); ok && len(stem) > 1 && !strings.HasSuffix(word, "ss") {
			forms = append(forms, stem+ending[1])
		}
	}
	return forms
}

// foldText returns s in small letters without the marks on them, full width made half.
func foldText(s string) string {
	if isASCII(s) { // at once
		return strings.ToLower(s)
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(strings.ToValidUTF8(s, "\uFFFD")))))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// maxTrigrams bounds what one search costs.
const maxTrigrams = 24

// trigrams returns the runs of three letters in the words of a search, each once.
func trigrams(search string) (runs []string) {
	for word := range strings.FieldsSeq(foldText(search)) {
		letters := []rune(word)
		for i := 0; i+3 <= len(letters) && len(runs) < maxTrigrams; i++ {
			if run := string(letters[i : i+3]); !slices.Contains(runs, run) {
				runs = append(runs, run)
			}
		}
	}
	return runs
}
