package groupcommit

import "strings"

// class says how an autocommit statement may be run.
type class int

const (
	classOutsideTx class = iota // outside a transaction: PRAGMA, VACUUM, DDL, scripts, whatever is not known
	classWrite                  // in a group
	classRead                   // in a group, or without any transaction
	classControl                // not at all: BEGIN, COMMIT ...
)

// classify looks at the first word of query. A semicolon with something behind
// it makes a script, which may hold anything; that it may also be part of a
// string literal costs such a statement its place in a group, nothing more.
func classify(query string) class {
	query = skipComments(query)
	body := strings.TrimRight(query, "; \t\r\n")
	if strings.IndexByte(body, ';') >= 0 {
		return classOutsideTx
	}
	end := 0
	for end < len(body) && isLetter(body[end]) {
		end++
	}
	return classOf(strings.ToUpper(body[:end]))
}

// classOf lists what is allowed into a group. Any other word runs alone, so SQL
// that SQLite learns tomorrow cannot break a group.
func classOf(word string) class {
	switch word {
	case "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH": // WITH ... INSERT begins as WITH ... SELECT
		return classWrite
	case "SELECT", "VALUES":
		return classRead
	case "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE":
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
