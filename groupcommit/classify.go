package groupcommit

import (
	"strings"
	"unicode"
)

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
	// Any word that is not here runs outside a group, so SQL that SQLite learns
	// tomorrow cannot break one.
	switch strings.ToUpper(body[:len(body)-len(strings.TrimLeftFunc(body, unicode.IsLetter))]) {
	case "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "SELECT", "VALUES":
		return classGrouped
	case "ROLLBACK":
		if strings.Contains(strings.ToUpper(body), " TO ") {
			return classSavepoint
		}
		return classControl
	case "SAVEPOINT", "RELEASE":
		return classSavepoint
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
		end := "\n"
		if strings.HasPrefix(query, "/*") {
			end = "*/"
		} else if !strings.HasPrefix(query, "--") {
			return query
		}
		_, rest, closed := strings.Cut(query[2:], end)
		if !closed {
			return query
		}
		query = rest
	}
}
