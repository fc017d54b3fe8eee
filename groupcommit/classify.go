package groupcommit

import "strings"

// class says how an autocommit statement may be run.
type class int

const (
	classOutsideTx class = iota // PRAGMA, VACUUM, DDL, scripts, all that is unknown
	classGrouped                // in a group
	classSavepoint              // within a transaction only: SAVEPOINT, RELEASE, ROLLBACK TO
	classControl                // not at all: BEGIN, COMMIT ...
)

// classify looks at the first word of query. A semicolon with something behind
// it makes a script, which may hold anything; that it may also be part of a
// string literal costs such a statement its place in a group, nothing more.
func classify(query string) class {
	body := strings.TrimRight(skipComments(query), "; \t\r\n")
	if strings.IndexByte(body, ';') >= 0 {
		return classOutsideTx
	}
	end := 0
	for end < len(body) && isLetter(body[end]) {
		end++
	}
	// Any word that is not here runs outside a group, so SQL that SQLite learns
	// tomorrow cannot break one.
	switch strings.ToUpper(body[:end]) {
	case "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "SELECT", "VALUES":
		return classGrouped
	case "SAVEPOINT", "RELEASE":
		return classSavepoint
	case "ROLLBACK":
		if strings.Contains(strings.ToUpper(body), " TO ") {
			return classSavepoint
		}
		return classControl
	case "BEGIN", "COMMIT", "END":
		return classControl
	default:
		return classOutsideTx
	}
}

// skipComments removes the white space and comments before the first word.
func skipComments(query string) string {
	for {
		query = strings.TrimLeft(query, " \t\r\n\f")
		var rest string
		var found bool
		switch {
		case strings.HasPrefix(query, "--"):
			_, rest, found = strings.Cut(query, "\n")
		case strings.HasPrefix(query, "/*"):
			_, rest, found = strings.Cut(query[2:], "*/")
		}
		if !found {
			return query
		}
		query = rest
	}
}

func isLetter(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z'
}
