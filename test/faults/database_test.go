package faults

import (
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"

	_ "modernc.org/sqlite"
)

// plenty starts a new shop with the shelves.
func plenty(t testing.TB, build proctest.Build, db string) *shop {
	t.Helper()
	s := startBuilt(t, build, nil, db)
	blackbox.Change(t, s.DB, blackbox.Shelves)
	return s
}

// fill adds sessions that nobody has. row is the i-th one's token, data and expiry.
func fill(t testing.TB, db string, sessions int, row string) {
	t.Helper()
	const batch = 20_000
	for from := 0; from < sessions; from += batch {
		blackbox.Change(t, db, `WITH RECURSIVE n (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO sessions (token, data, expiry) SELECT `+row+` FROM n`, from+1, min(from+batch, sessions))
	}
}
