package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"slices"
	"time"
)

// What follows is for operators. No statement here reads more rows than it is
// told to, however many there are: an index leads to the first one and gives
// the order. EXPLAIN QUERY PLAN is in the tests.
const (
	listedColumns = "SELECT rowid, token, data, expiry FROM sessions WHERE "

	newestSQL = listedColumns + "rowid < $1 ORDER BY rowid DESC LIMIT $2"
	newerSQL  = listedColumns + "rowid > $1 ORDER BY rowid LIMIT $2"

	endingSQL      = listedColumns + "expiry > $1 AND expiry < $2 ORDER BY expiry, rowid LIMIT $3"
	endingAlsoSQL  = listedColumns + "expiry = $1 AND rowid > $2 ORDER BY rowid LIMIT $3"
	endedFirstSQL  = listedColumns + "expiry > $1 AND expiry < $2 ORDER BY expiry DESC, rowid DESC LIMIT $3"
	endingFirstSQL = listedColumns + "expiry = $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3"

	namedSQL = listedColumns + "token >= $1 AND token < $2 ORDER BY token LIMIT $3"
)

// ListedSession is a row of the sessions table and where it stands in it.
type ListedSession struct {
	SessionRow
	Place int64 // grows with every session that begins or is renewed
}

// SessionStretch says which way to go through a list of sessions, from where,
// and how far.
type SessionStretch struct {
	From  *SessionPlace // exclusive; nil for the end of the list at which it begins
	Back  bool          // towards the beginning of the list
	Limit int
}

// SessionPlace is where a session stands in both lists.
type SessionPlace struct {
	Expiry float64 // as stored
	Place  int64
}

// NewestSessions returns sessions in the order in which their rows were
// inserted, the newest first, those that are over but not yet removed included.
func (s *Store) NewestSessions(ctx context.Context, of SessionStretch) ([]ListedSession, error) {
	from, text := int64(math.MaxInt64), newestSQL
	if of.From != nil {
		from = of.From.Place
	}
	if of.Back {
		text = newerSQL
	}
	rows, err := s.listSessions(ctx, text, from, of.Limit)
	return inOrder(rows, of.Back), err
}

// EndingSessions returns sessions that are alive and end before the given time,
// those that end first before the others.
func (s *Store) EndingSessions(ctx context.Context, of SessionStretch, before time.Time) ([]ListedSession, error) {
	low, high := julianDay(s.now()), julianDay(before)
	if of.From == nil {
		return s.listSessions(ctx, endingSQL, low, high, of.Limit)
	}
	// Two statements, since a comparison of (expiry, rowid) searches the index by
	// its first column alone: a million sessions may end in one instant.
	same, further := endingAlsoSQL, endingSQL
	if of.Back {
		same, further, high = endingFirstSQL, endedFirstSQL, of.From.Expiry
	} else {
		low = of.From.Expiry
	}
	rows, err := s.listSessions(ctx, same, of.From.Expiry, of.From.Place, of.Limit)
	if err == nil && len(rows) < of.Limit {
		var more []ListedSession
		more, err = s.listSessions(ctx, further, low, high, of.Limit-len(rows))
		rows = append(rows, more...)
	}
	return inOrder(rows, of.Back), err
}

func inOrder(rows []ListedSession, back bool) []ListedSession {
	if back {
		slices.Reverse(rows)
	}
	return rows
}

// NamedSessions returns the sessions whose token column begins with prefix,
// which has only characters of base64url, in the order of that column.
func (s *Store) NamedSessions(ctx context.Context, prefix string, limit int) ([]ListedSession, error) {
	const pastBase64URL = "\x7f" // greater than every character of it
	return s.listSessions(ctx, namedSQL, prefix, prefix+pastBase64URL, limit)
}

// SessionsByHash returns those of the sessions hashes that there are, by hash.
func (s *Store) SessionsByHash(ctx context.Context, hashes []string) (map[string]ListedSession, error) {
	found := make(map[string]ListedSession, len(hashes))
	for some := range slices.Chunk(hashes, maxIn) {
		args := make([]any, len(some))
		for i, hash := range some {
			args[i] = hash
		}
		rows, err := s.listSessions(ctx, byHashSQL(len(some)), args...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row.Token] = row
		}
	}
	return found, nil
}

func byHashSQL(n int) string { return listedColumns + "token IN (" + params(n) + ")" }

func (s *Store) listSessions(ctx context.Context, text string, args ...any) ([]ListedSession, error) {
	rows, err := all(ctx, s.read, scanListed, text, args...)
	if err != nil {
		return nil, fmt.Errorf("store: list sessions: %w", err)
	}
	return rows, nil
}

func scanListed(rows *sql.Rows) (l ListedSession, err error) {
	err = rows.Scan(&l.Place, &l.Token, &l.Data, &l.Expiry)
	l.Expires = julianTime(l.Expiry)
	return l, err
}

// CountSessions returns how many sessions are alive, and how many rows wait for
// the purge. It reads an entry of the index for each: tens of milliseconds for a
// million. Ask rarely.
func (s *Store) CountSessions(ctx context.Context) (alive, expired int, err error) {
	page, err := s.countSessions(ctx, julianDay(s.now()))
	if err != nil {
		return 0, 0, fmt.Errorf("store: count sessions: %w", err)
	}
	return page.Alive, page.Expired, nil
}

// WALBytes returns the size of SQLite's write-ahead log; false where there is none.
func (s *Store) WALBytes() (int64, bool) {
	f, ok := s.engine.(*sqliteFile)
	if !ok {
		return 0, false
	}
	info, err := os.Stat(f.path + "-wal") // never Open: see creating
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}
