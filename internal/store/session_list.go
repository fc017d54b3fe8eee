package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"trolley/internal/query"
	"trolley/session"
)

// SessionStretch says from where to go through a list of sessions, which way,
// and how far.
type SessionStretch struct {
	From  string // a place, exclusive; "", or what is no place, for the beginning of the list
	Back  bool   // towards the beginning of the list
	Limit int
}

// The statements read no more rows than they return, however many there are: an
// index leads to the first one and gives the order.
const (
	newestSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE rowid < $1 ORDER BY rowid DESC LIMIT $2`
	newerSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE rowid > $1 ORDER BY rowid LIMIT $2`
)

// NewestSessions returns sessions in the order in which they began or were renewed,
// the newest first, expired ones included that are not yet removed. PostgreSQL keeps
// no such order: there it is that of their ends, which is the same unless sessions
// have an idle timeout. The errors are the database's.
func (s *Store) NewestSessions(ctx context.Context, of SessionStretch) ([]SessionRow, error) {
	if s.engine == Postgres {
		return s.byExpiry(ctx, of, !of.Back, time.Time{}, endOfTime)
	}
	text := newestSQL
	if of.Back {
		text = newerSQL
	}
	from, ok := s.parseCursor(of.From)
	if !ok {
		from.tie = int64(math.MaxInt64)
	}
	rows, err := s.listSessions(ctx, text, from.tie, of.Limit)
	return inListOrder(rows, of.Back), err
}

// EndingSessions returns sessions that are alive and end before the given time,
// those that end first before the others. The errors are the database's.
func (s *Store) EndingSessions(ctx context.Context, of SessionStretch, before time.Time) ([]SessionRow, error) {
	return s.byExpiry(ctx, of, of.Back, s.now(), before)
}

func inListOrder(rows []SessionRow, back bool) []SessionRow {
	if back {
		slices.Reverse(rows)
	}
	return rows
}

// endOfTime is after the end of every session.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Sessions that end later or earlier than a time, or at the same time and stand later or
// earlier in the table.
const (
	laterSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE expiry > $1 AND expiry < $2 ORDER BY expiry, rowid LIMIT $3`
	sameLaterSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE expiry = $1 AND rowid > $2 ORDER BY rowid LIMIT $3`
	earlierSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE expiry > $1 AND expiry < $2 ORDER BY expiry DESC, rowid DESC LIMIT $3`
	sameEarlierSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE expiry = $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3`
)

// byExpiry returns the sessions that end after low and before high; down says that the
// last one comes first. It takes two statements, since a comparison of (expiry, rowid)
// would search the index by its first column alone: a million sessions may end in one
// instant.
func (s *Store) byExpiry(ctx context.Context, of SessionStretch, down bool, low, high time.Time) (rows []SessionRow, err error) {
	first, last := s.engine.Expiry(low), s.engine.Expiry(high)
	same, further, bound := sameLaterSQL, laterSQL, &first
	if down {
		same, further, bound = sameEarlierSQL, earlierSQL, &last
	}
	if from, ok := s.parseCursor(of.From); ok {
		if rows, err = s.listSessions(ctx, same, from.expiry, from.tie, of.Limit); err != nil {
			return nil, err
		}
		*bound = from.expiry
	}
	if len(rows) < of.Limit {
		var more []SessionRow
		more, err = s.listSessions(ctx, further, first, last, of.Limit-len(rows))
		rows = append(rows, more...)
	}
	return inListOrder(rows, of.Back), err
}

const namedSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE token >= $1 AND token < $2 ORDER BY token LIMIT $3`

// NamedSessions returns the sessions whose token column begins with prefix, which
// has only characters of base64url, in the order of that column. The errors are the
// database's.
func (s *Store) NamedSessions(ctx context.Context, prefix string, limit int) ([]SessionRow, error) {
	const pastBase64URL = "\x7f" // greater than every character of it
	return s.listSessions(ctx, namedSQL, prefix, prefix+pastBase64URL, limit)
}

const byHashSQL = `
SELECT rowid, token, data, expiry FROM sessions
WHERE token IN (` // and parameters

// SessionsByHash returns those of the sessions hashes that there are, by hash. The
// errors are the database's.
func (s *Store) SessionsByHash(ctx context.Context, hashes []string) (map[string]SessionRow, error) {
	found := make(map[string]SessionRow, len(hashes))
	for some := range slices.Chunk(hashes, maxIn) {
		rows, err := s.listSessions(ctx, byHashSQL+query.Params(len(some))+")", query.Args(some)...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row.Token] = row
		}
	}
	return found, nil
}

func (s *Store) listSessions(ctx context.Context, text string, args ...any) ([]SessionRow, error) {
	if s.engine == Postgres { // which has no rowid
		text = strings.ReplaceAll(text, "rowid", "substr(token, 1, 12)")
	}
	rows, err := query.All(ctx, s.read, scanSession, text, args...)
	return rows, query.Wrap(err, "store: list sessions")
}

func scanSession(rows *sql.Rows) (s SessionRow, err error) {
	var c cursor
	var expires session.Expiry
	if err := rows.Scan(&c.tie, &s.Token, &s.Data, &c.expiry); err != nil {
		return s, err
	}
	err = expires.Scan(c.expiry)
	s.Expires, s.Expiry, s.Place = expires.Time, session.JulianDay(expires.Time), c.String()
	if day, ok := c.expiry.(float64); ok {
		s.Expiry = day
	}
	return s, err
}

// cursor is where a session stands among all: by its expiry, and among those of
// the same expiry by a tie-break. Both are as the database holds them.
type cursor struct{ expiry, tie any }

// String returns the cursor as text: on SQLite the Julian day and the rowid, on
// PostgreSQL the microseconds since 1970 and the short name.
func (c cursor) String() string {
	if t, ok := c.expiry.(time.Time); ok {
		return fmt.Sprintf("%d_%v", t.UnixMicro(), c.tie)
	}
	return fmt.Sprintf("%v_%v", c.expiry, c.tie)
}

// parseCursor reads what String wrote; false for anything else.
func (s *Store) parseCursor(text string) (cursor, bool) {
	first, tie, ok := strings.Cut(text, "_")
	if s.engine == Postgres {
		micros, err := strconv.ParseInt(first, 10, 64)
		return cursor{time.UnixMicro(micros).UTC(), tie}, ok && err == nil && len(tie) <= 12
	}
	day, err := strconv.ParseFloat(first, 64)
	rowid, err2 := strconv.ParseInt(tie, 10, 64)
	return cursor{day, rowid}, ok && err == nil && err2 == nil && !math.IsNaN(day)
}
