package web

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

var sessionID = regexp.MustCompile(`^[A-Za-z0-9_-]{12}$`)

// IsSessionID reports whether id has the form of a session's short name.
func IsSessionID(id string) bool { return sessionID.MatchString(id) }

// SessionCommand returns the line for a shell that shows the row of a session. It
// names no directory, host or password: those are the operator's.
func SessionCommand(database string, postgres bool, id string) string {
	if postgres {
		return fmt.Sprintf(`psql -x -c "SELECT * FROM sessions WHERE token LIKE '%s%%'"`, strings.ReplaceAll(id, "_", `\_`))
	}
	return fmt.Sprintf(`sqlite3 -line %s "SELECT * FROM sessions WHERE token GLOB '%s*'"`, shellQuoted(fileName(database)), id)
}

// fileName returns the name of the SQLite file without its directory.
func fileName(database string) string {
	path, _, _ := strings.Cut(strings.TrimPrefix(database, "file:"), "?")
	return filepath.Base(path)
}

// SessionsCommand shows who has what in the cart, for a shell. It never holds
// a password: that of a URL is left out, and psql asks for it.
func SessionsCommand(database string, postgres bool) string {
	const query = " 'SELECT * FROM session_carts'"
	if postgres {
		return "psql " + shellQuoted(forPsql(database)) + " -c" + query
	}
	return "sqlite3 " + shellQuoted(database) + query
}

// psqlParameters are those parameters of a URL that psql knows as well, and that
// tell how to get to the database.
var psqlParameters = map[string]bool{
	"host": true, "hostaddr": true, "port": true, "user": true, "dbname": true, "service": true,
	"sslmode": true, "sslrootcert": true, "sslcert": true, "target_session_attrs": true,
}

// forPsql returns a postgres URL without its password and without what psql
// does not know. It is no job for net/url, which knows one host only.
func forPsql(database string) string {
	scheme, rest, _ := strings.Cut(database, "://")
	rest, query, _ := strings.Cut(rest, "?")
	// What looks like a password may hold an @ that should have been escaped.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, _, _ := strings.Cut(rest[:at], ":")
		rest = user + rest[at:]
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err == nil && psqlParameters[name] {
			kept = append(kept, pair)
		}
	}
	if len(kept) > 0 {
		rest += "?" + strings.Join(kept, "&")
	}
	return scheme + "://" + rest
}

// shellQuoted returns s as one word of a POSIX shell.
func shellQuoted(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
