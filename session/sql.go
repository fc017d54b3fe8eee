package session

import (
	"math"
	"time"
)

// The statements, in the order of a session's life, for every engine. What
// differs is in dialect.go.
const (
	// findSQL leaves it to Go to compare the expiry: one clock decides.
	findSQL = `SELECT data, expiry FROM sessions WHERE token = $1`

	// updateSQL is the compare-and-swap: it changes a row only where the row
	// still holds what was loaded.
	updateSQL = `UPDATE sessions SET data = $1, expiry = $2 WHERE token = $3 AND data = $4`

	// updateDataSQL is updateSQL for a row that ends when it would have: the index
	// of the expiries stays as it is.
	updateDataSQL = `UPDATE sessions SET data = $1 WHERE token = $2 AND data = $3`

	// insertSQL has no ON CONFLICT: a token that exists is not this request's.
	insertSQL = `INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)`

	// touchSQL spares the row where another request of the same moment touched it.
	touchSQL = `UPDATE sessions SET expiry = $1 WHERE token = $2 AND (expiry <= $3 OR expiry >= $4)`

	deleteSQL       = `DELETE FROM sessions WHERE token = $1`
	deleteLoadedSQL = `DELETE FROM sessions WHERE token = $1 AND data = $2`

	endedSQL   = `INSERT INTO ended_sessions (token, ended_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	renewedSQL = `INSERT INTO ended_sessions (token, ended_at, renewed) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING`

	// wasEndedSQL knows "*" for every session that there was: an operator ended them all.
	wasEndedSQL = `SELECT renewed FROM ended_sessions WHERE token IN ($1, '*') AND ended_at BETWEEN $2 AND $3 ORDER BY renewed DESC LIMIT 1`

	// purgeEndedSQL needs no index and no order: what is old is most of the table,
	// or the table is small.
	purgeEndedSQL = `DELETE FROM ended_sessions WHERE token IN
		(SELECT token FROM ended_sessions WHERE ended_at NOT BETWEEN $1 AND $2 LIMIT $3)`

	purgeEndedPostgresSQL = `DELETE FROM ended_sessions WHERE token = ANY (ARRAY(
		SELECT token FROM ended_sessions WHERE ended_at NOT BETWEEN $1 AND $2 LIMIT $3 FOR UPDATE SKIP LOCKED))`

	purgeSQL = `DELETE FROM sessions WHERE token IN
		(SELECT token FROM sessions WHERE expiry <= $1 ORDER BY expiry LIMIT $2) RETURNING token`

	// purgePostgresSQL takes the rows that no other node is purging, so that
	// nodes share the work and never wait for each other. ARRAY has them chosen
	// once: a planner may run a subquery of IN again for each row.
	purgePostgresSQL = `DELETE FROM sessions WHERE token = ANY (ARRAY(
		SELECT token FROM sessions WHERE expiry <= $1 ORDER BY expiry LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING token`
)

// julianDay converts to what sqlite3store keeps in expiry: days since noon of
// 24 November 4714 BC, to about 0.05 ms (https://sqlite.org/lang_datefunc.html).
func julianDay(t time.Time) float64 {
	return unixEpochJulianDay + float64(t.UnixMicro())/microsPerDay
}

func fromJulianDay(day float64) time.Time {
	return time.UnixMilli(int64(math.Round((day - unixEpochJulianDay) * microsPerDay / 1000))).UTC()
}

const (
	unixEpochJulianDay = 2440587.5
	microsPerDay       = float64(24*time.Hour) / float64(time.Microsecond)
)
