package store

import "trolley/internal/query"

// The statements of inspect.go. None reads more rows than it is told to, however
// many there are: an index leads to the first one and gives the order. The tests
// ask SQLite for its plan of each.
const (
	newestSQL = "SELECT rowid, token, data, expiry FROM sessions WHERE rowid < $1 ORDER BY rowid DESC LIMIT $2"
	newerSQL  = "SELECT rowid, token, data, expiry FROM sessions WHERE rowid > $1 ORDER BY rowid LIMIT $2"
)

// tieBreak is what orders sessions that end in the same instant.
func tieBreak(e Engine) string {
	if e == Postgres {
		return "substr(token, 1, 12)"
	}
	return "rowid"
}

// expiryTexts are the statements that go through sessions by their ends.
type expiryTexts struct {
	after, alsoAfter   string // towards the last end; also: those of one instant
	before, alsoBefore string
}

func expirySQL(e Engine) expiryTexts {
	t := tieBreak(e)
	return expiryTexts{
		after:      listed(e) + "expiry > $1 AND expiry < $2 ORDER BY expiry, " + t + " LIMIT $3",
		alsoAfter:  listed(e) + "expiry = $1 AND " + t + " > $2 ORDER BY " + t + " LIMIT $3",
		before:     listed(e) + "expiry > $1 AND expiry < $2 ORDER BY expiry DESC, " + t + " DESC LIMIT $3",
		alsoBefore: listed(e) + "expiry = $1 AND " + t + " < $2 ORDER BY " + t + " DESC LIMIT $3",
	}
}

func listed(e Engine) string {
	return "SELECT " + tieBreak(e) + ", token, data, expiry FROM sessions WHERE "
}

func namedSQL(e Engine) string {
	return listed(e) + "token >= $1 AND token < $2 ORDER BY token LIMIT $3"
}

func byHashSQL(e Engine, n int) string { return listed(e) + "token IN (" + query.Params(n) + ")" }
