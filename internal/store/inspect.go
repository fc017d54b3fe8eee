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
)

// ListedSession is a row of the sessions table and where it stands in the lists
// below.
type ListedSession struct {
	SessionRow
	Place string // for SessionStretch.From; no secret
}

// SessionStretch says from where to go through a list of sessions, which way,
// and how far.
type SessionStretch struct {
	From  string // a place, exclusive; "", or what is no place, for the beginning of the list
	Back  bool   // towards the beginning of the list
	Limit int
}

// NewestSessions returns sessions in the order in which they began or were
// renewed, the newest first, those that are over but not yet removed included.
// PostgreSQL keeps no such order: there it is that of their ends, which is the
// same unless sessions have an idle timeout.
func (s *Store) NewestSessions(ctx context.Context, of SessionStretch) ([]ListedSession, error) {
	from, placed := s.listPlace(of.From)
	if s.Engine() == Postgres {
		rows, err := s.byExpiry(ctx, walk{from, placed, !of.Back, of.Limit}, time.Time{}, endOfTime)
		return inOrder(rows, of.Back), err
	}
	text := newestSQL
	if of.Back {
		text = newerSQL
	}
	if !placed {
		from.tie = int64(math.MaxInt64)
	}
	rows, err := s.listSessions(ctx, text, from.tie, of.Limit)
	return inOrder(rows, of.Back), err
}

// EndingSessions returns sessions that are alive and end before the given time,
// those that end first before the others.
func (s *Store) EndingSessions(ctx context.Context, of SessionStretch, before time.Time) ([]ListedSession, error) {
	from, placed := s.listPlace(of.From)
	rows, err := s.byExpiry(ctx, walk{from, placed, of.Back, of.Limit}, s.now(), before)
	return inOrder(rows, of.Back), err
}

func inOrder(rows []ListedSession, back bool) []ListedSession {
	if back {
		slices.Reverse(rows)
	}
	return rows
}

// endOfTime is after the end of every session.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// walk is a way through the sessions by their ends.
type walk struct {
	from   listPlace
	placed bool // there is a place to start from
	down   bool // the last one first
	limit  int
}

// byExpiry returns the sessions that end after low and before high. It takes two
// statements, since a comparison of (expiry, tie) would search the index by its
// first column alone: a million sessions may end in one instant.
func (s *Store) byExpiry(ctx context.Context, w walk, low, high time.Time) ([]ListedSession, error) {
	texts := expirySQL(s.Engine())
	same, further := texts.alsoAfter, texts.after
	if w.down {
		same, further = texts.alsoBefore, texts.before
	}
	bounds := [2]any{s.expiry(low), s.expiry(high)}
	if !w.placed {
		return s.listSessions(ctx, further, bounds[0], bounds[1], w.limit)
	}
	rows, err := s.listSessions(ctx, same, w.from.expiry, w.from.tie, w.limit)
	if err != nil || len(rows) >= w.limit {
		return rows, err
	}
	if w.down {
		bounds[1] = w.from.expiry
	} else {
		bounds[0] = w.from.expiry
	}
	more, err := s.listSessions(ctx, further, bounds[0], bounds[1], w.limit-len(rows))
	return append(rows, more...), err
}

// NamedSessions returns the sessions whose token column begins with prefix,
// which has only characters of base64url, in the order of that column.
func (s *Store) NamedSessions(ctx context.Context, prefix string, limit int) ([]ListedSession, error) {
	const pastBase64URL = "\x7f" // greater than every character of it
	return s.listSessions(ctx, namedSQL(s.Engine()), prefix, prefix+pastBase64URL, limit)
}

// SessionsByHash returns those of the sessions hashes that there are, by hash.
func (s *Store) SessionsByHash(ctx context.Context, hashes []string) (map[string]ListedSession, error) {
	found := make(map[string]ListedSession, len(hashes))
	for some := range slices.Chunk(hashes, maxIn) {
		args := make([]any, len(some))
		for i, hash := range some {
			args[i] = hash
		}
		rows, err := s.listSessions(ctx, byHashSQL(s.Engine(), len(some)), args...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row.Token] = row
		}
	}
	return found, nil
}

func (s *Store) listSessions(ctx context.Context, text string, args ...any) ([]ListedSession, error) {
	rows, err := query.All(ctx, s.read, scanListed, text, args...)
	if err != nil {
		return nil, fmt.Errorf("store: list sessions: %w", err)
	}
	return rows, nil
}

func scanListed(rows *sql.Rows) (l ListedSession, err error) {
	var tie, expiry any
	if err := rows.Scan(&tie, &l.Token, &l.Data, &expiry); err != nil {
		return l, err
	}
	var at moment
	err = at.Scan(expiry)
	l.Expiry, l.Expires, l.Place = at.day, at.time, listPlace{expiry, tie}.String()
	return l, err
}

// listPlace is where a session stands among all: by its expiry, and among those of
// the same expiry by a tie-break. Both are as the engine holds them.
type listPlace struct{ expiry, tie any }

// String returns the place as text: on SQLite the Julian day and the rowid, on
// PostgreSQL the microseconds since 1970 and the short name.
func (p listPlace) String() string {
	if t, ok := p.expiry.(time.Time); ok {
		return fmt.Sprintf("%d_%v", t.UnixMicro(), p.tie)
	}
	day, _ := p.expiry.(float64)
	return strconv.FormatFloat(day, 'g', -1, 64) + "_" + fmt.Sprint(p.tie)
}

// listPlace reads what String wrote; false for anything else.
func (s *Store) listPlace(text string) (listPlace, bool) {
	first, tie, ok := strings.Cut(text, "_")
	if s.Engine() == Postgres {
		micros, err := strconv.ParseInt(first, 10, 64)
		return listPlace{time.UnixMicro(micros).UTC(), tie}, ok && err == nil && len(tie) <= 12
	}
	day, err := strconv.ParseFloat(first, 64)
	rowid, err2 := strconv.ParseInt(tie, 10, 64)
	return listPlace{day, rowid}, ok && err == nil && err2 == nil && !math.IsNaN(day)
}

// CountSessions returns how many sessions are alive, and how many rows wait for
// the purge. It reads an entry of the index for each: tens of milliseconds for a
// million. Ask rarely.
func (s *Store) CountSessions(ctx context.Context) (alive, expired int, err error) {
	const living = "SELECT COUNT(*) FROM sessions WHERE expiry > $1"
	const over = "SELECT COUNT(*) FROM sessions WHERE expiry <= $1"
	now := s.expiry(s.now())
	if alive, err = query.One(ctx, s.read, query.Int, living, now); err == nil {
		expired, err = query.One(ctx, s.read, query.Int, over, now)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("store: count sessions: %w", err)
	}
	return alive, expired, nil
}
