package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"trolley/internal/query"
)

var inspectedAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fillSessions inserts n sessions, named n000 and so on in the order of insertion, of
// which three at a time end in the same second; the first three are over.
func fillSessions(t *testing.T, s *Store, n int) {
	t.Helper()
	s.now = func() time.Time { return inspectedAt }
	for i := range n {
		ends := inspectedAt.Add(time.Duration(i/3) * time.Second)
		mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", fmt.Sprintf("n%03d", i), []byte("{}"), s.engine.Expiry(ends))
	}
}

func tokens(rows []SessionRow) (names []string) {
	for _, row := range rows {
		names = append(names, row.Token)
	}
	return names
}

// collect goes through a list, limit rows at a time, and back again, and returns
// what it met on the way there.
func collect(t *testing.T, limit int, list func(SessionStretch) ([]SessionRow, error)) (there []string) {
	t.Helper()
	of, back := SessionStretch{Limit: limit}, []string(nil)
	for {
		rows, err := list(of)
		if err != nil || len(rows) > limit {
			t.Fatalf("%d rows of at most %d, %v", len(rows), limit, err)
		}
		if len(rows) == 0 {
			break
		}
		there, of.From = append(there, tokens(rows)...), rows[len(rows)-1].Place
	}
	for of.Back = true; ; {
		rows, err := list(of)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		back, of.From = append(tokens(rows), back...), rows[0].Place
	}
	if len(there) > 0 && !slices.Equal(back, there[:len(there)-1]) {
		t.Errorf("limit %d: on the way there\n%q, and back\n%q", limit, there, back)
	}
	return there
}

func TestSessionsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		const n = 20
		fillSessions(t, s, n)
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("n%03d", i))
		}
		newest := slices.Clone(all)
		slices.Reverse(newest)
		for _, limit := range []int{1, 2, 3, 7, 100} {
			got := collect(t, limit, func(of SessionStretch) ([]SessionRow, error) { return s.NewestSessions(t.Context(), of) })
			if !slices.Equal(got, newest) {
				t.Errorf("the newest, %d at a time: %q", limit, got)
			}
			got = collect(t, limit, func(of SessionStretch) ([]SessionRow, error) {
				return s.EndingSessions(t.Context(), of, inspectedAt.Add(4*time.Second))
			})
			if want := all[3:12]; !slices.Equal(got, want) {
				t.Errorf("those that end soon, %d at a time: %q, want %q", limit, got, want)
			}
		}
	})
}

// What is no place, whoever wrote it, is the beginning of the list.
func TestOtherPlacesAreTheBeginning(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		fillSessions(t, s, 6)
		for _, from := range []string{"", "_", "1", "x_y", "NaN_1", "1_1_1_1_1_1_1_1_1_1_1_1_1", "9e999_1", "' OR 1_'"} {
			rows, err := s.NewestSessions(t.Context(), SessionStretch{From: from, Limit: 2})
			if got := tokens(rows); err != nil || !slices.Equal(got, []string{"n005", "n004"}) {
				t.Errorf("%q: %q, %v", from, got, err)
			}
			if _, err = s.EndingSessions(t.Context(), SessionStretch{From: from, Limit: 2, Back: true}, endOfTime); err != nil {
				t.Errorf("%q: %v", from, err)
			}
		}
	})
}

func TestSessionsAreFoundByName(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		for _, token := range []string{"ab", "abc", "abC", "ab_", "ab-", "abz9", "aB", "ac", "b"} {
			mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", token, []byte("{}"), s.engine.Expiry(inspectedAt))
		}
		rows, err := s.NamedSessions(t.Context(), "ab", 100)
		if got, want := tokens(rows), []string{"ab", "ab-", "abC", "ab_", "abc", "abz9"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		if rows, err = s.NamedSessions(t.Context(), "ab", 2); err != nil || len(rows) != 2 || !rows[0].Expires.Equal(inspectedAt) {
			t.Errorf("two of them: %+v, %v", rows, err)
		}
		found, err := s.SessionsByHash(t.Context(), append([]string{"abc", "nobody", "b"}, make([]string, 2*maxIn)...))
		if err != nil || len(found) != 2 || found["abc"].Token != "abc" || found["b"].Token != "b" {
			t.Errorf("by hash: %+v, %v", found, err)
		}
		if found, err = s.SessionsByHash(t.Context(), nil); err != nil || len(found) != 0 {
			t.Errorf("of none: %+v, %v", found, err)
		}
	})
}

func TestSessionsAreCounted(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		fillSessions(t, s, 10)
		if alive, expired, err := s.CountSessions(t.Context()); alive != 7 || expired != 3 || err != nil {
			t.Errorf("%d alive and %d expired, %v; want 7 and 3", alive, expired, err)
		}
		if db := s.SQLite(); (db != nil) != (e.Engine == SQLite) || db != nil && db.WALBytes() == 0 {
			t.Errorf("write-ahead log on %s: %v", e.Engine, db != nil)
		}
	})
}

// With a million sessions a page is as quick as with ten: SQLite goes to its
// first row by an index, sorts nothing, and stops at the limit.
func TestListsNeedAnIndexAndNoSorting(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	for name, text := range map[string]string{
		"newest": newestSQL, "newer": newerSQL, "later": laterSQL, "same, later": sameLaterSQL, "earlier": earlierSQL,
		"same, earlier": sameEarlierSQL, "named": namedSQL, "by hash": byHashSQL + "$1, $2, $3)",
	} {
		plan, err := query.All(t.Context(), s.Read(), scanPlan, "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$"))...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(plan) != 1 || !strings.HasPrefix(plan[0], "SEARCH sessions USING ") {
			t.Errorf("%s: %q, want one search of an index", name, plan)
		}
	}
}

// scanPlan reads what a step of a plan does.
func scanPlan(rows *sql.Rows) (detail string, err error) {
	var id, parent, unused int
	return detail, rows.Scan(&id, &parent, &unused, &detail)
}
