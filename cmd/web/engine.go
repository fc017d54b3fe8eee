package main

import (
	"net/url"
	"strings"

	"trolley/internal/store"
	"trolley/session"
)

// sessionEngine is the kind of database as the session manager calls it.
func sessionEngine(e store.Engine) session.Engine {
	if e == store.Postgres {
		return session.Postgres
	}
	return session.SQLite
}

// sessionsCommand shows who has what in the cart, for a shell. It never holds
// a password: that of a URL is left out, and psql asks for it.
func sessionsCommand(database string) string {
	const query = " 'SELECT * FROM session_carts'"
	if store.IsPostgres(database) {
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
