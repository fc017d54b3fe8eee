package groupcommit

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
)

func TestNoIncrementIsLost(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{})
	mustExec(t, db, "INSERT INTO counters VALUES ('a', 0)")
	const workers, each = 32, 20
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if _, err := db.Exec("UPDATE counters SET n = n + 1 WHERE name = 'a'"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var got int
	if err := plain.QueryRow("SELECT n FROM counters").Scan(&got); err != nil || got != workers*each {
		t.Errorf("counter is %d, %v, want %d", got, err, workers*each)
	}
}

func TestAcknowledgedIsVisibleToOthers(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{})
	plain.SetMaxOpenConns(4)
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := range 20 {
				who := fmt.Sprintf("%d-%d", w, i)
				if _, err := db.Exec(insertLog, who); err != nil {
					t.Error(err)
				}
				if got := count(t, plain, who); got != 1 {
					t.Errorf("%s was acknowledged and is there %d times", who, got)
				}
			}
		})
	}
	wg.Wait()
}

func TestGroupsAreAsLargeAsTheirBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		o     Options
		bytes int // per statement
		want  uint64
	}{
		{"all that wait", Options{}, 0, 1},
		{"count", Options{MaxGroup: 16}, 0, 4}, // 16 + 16 + 16 + 2
		{"count of one", Options{MaxGroup: 1}, 0, 50},
		{"bytes", Options{MaxBytes: 25_500}, 5_000, 10}, // 5 each
		{"larger than the bound", Options{MaxBytes: 1}, 5_000, 50},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, g, plain := openNew(t, test.o)
			calls := make([]*call, 50)
			for i := range calls {
				calls[i] = &call{query: "INSERT INTO log (who, data) VALUES (?, ?)",
					args: []any{fmt.Sprint(i), make([]byte, test.bytes)}}
			}
			before := g.Stats().Groups
			together(t, db, g, calls...)
			if got := g.Stats().Groups - before; got != test.want {
				t.Errorf("50 statements made %d groups, want %d", got, test.want)
			}
			if got := count(t, plain, "%"); got != 50 {
				t.Errorf("%d rows, want 50", got)
			}
		})
	}
}

func TestStatementsOfALaneRunInOrder(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{MaxGroup: 3})
	var calls []*call
	for i := range 10 {
		calls = append(calls, insert(fmt.Sprint(i)))
	}
	together(t, db, g, calls...)
	if got, want := order(t, plain), "0123456789"; got != want {
		t.Errorf("ran in the order %s, want %s", got, want)
	}
}

// order returns the who of all rows in the order of their insertion.
func order(t *testing.T, db *sql.DB) string {
	t.Helper()
	var got string
	if err := db.QueryRow("SELECT group_concat(who, '' ORDER BY id) FROM log").Scan(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTransactionsAndGroupsTakeTurns(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{MaxGroup: 2, MaxGather: time.Hour})
	hold := begin(t, db)
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			tx, err := db.Begin()
			if err == nil {
				_, err = tx.Exec(insertLog, fmt.Sprint("T", i))
				err = errors.Join(err, tx.Commit())
			}
			if err != nil {
				t.Error(err)
			}
		})
		waitFor(t, "a transaction in the queue", func() bool { return g.Stats().Waiting == i+1 })
	}
	var calls []*call
	for i := range 8 {
		calls = append(calls, insert(fmt.Sprint("s", i)))
	}
	done := queueCalls(t, db, g, calls...)
	hold.Rollback()
	<-done
	wg.Wait()
	if got, want := order(t, plain), "s0s1T0T1s2s3T2s4s5s6s7"; got != want {
		t.Errorf("ran in the order %s, want %s", got, want)
	}
}

func TestStatsCountWhatRan(t *testing.T) {
	t.Parallel()
	var sizes []int
	db, g, _ := openNew(t, Options{OnCommit: func(size int, took time.Duration) {
		if sizes = append(sizes, size); took <= 0 {
			t.Errorf("a commit took %v", took)
		}
	}})
	together(t, db, g, insert("a"), insert("b"), insert("c")) // one transaction, one group
	mustExec(t, db, insertLog, "d")
	mustExec(t, db, "PRAGMA user_version = 1")
	mustExec(t, db, "SELECT 1")
	s := g.Stats()
	got := []uint64{s.Statements, s.Groups, s.Largest, s.OutsideTx, s.Transactions, s.TxCommits, s.Retried,
		s.Opened, s.Busy, s.Left}
	if want := []uint64{5, 3, 3, 1, 1, 0, 0, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("stats %v, want %v", got, want)
	}
	if want := []int{3, 1, 1}; !slices.Equal(sizes, want) {
		t.Errorf("OnCommit was told %v, want %v", sizes, want)
	}
}

func TestSqlite3storeRunsUnmodified(t *testing.T) {
	t.Parallel()
	db, g, _ := openNew(t, Options{})
	store := sqlite3store.NewWithCleanupInterval(db, 0)
	soon := time.Now().Add(time.Hour)
	hold := begin(t, db)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			if err := store.Commit(fmt.Sprint("token", i), []byte{byte(i)}, soon); err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, "64 commits in the queue", func() bool { return g.Stats().Waiting == 64 })
	hold.Rollback()
	wg.Wait()
	if s := g.Stats(); s.Groups != 1 || s.Statements != 64 {
		t.Errorf("%d commits of sessions made %d groups, want 64 and 1", s.Statements, s.Groups)
	}
	if data, ok, err := store.Find("token7"); !ok || err != nil || !bytes.Equal(data, []byte{7}) {
		t.Errorf("found %v %v %v", data, ok, err)
	}
	if err := store.Delete("token7"); err != nil {
		t.Error(err)
	}
	if _, ok, err := store.Find("token7"); ok || err != nil {
		t.Errorf("a deleted session was found: %v %v", ok, err)
	}
	if all, err := store.All(); len(all) != 63 || err != nil {
		t.Errorf("%d sessions, %v, want 63", len(all), err)
	}
}

func TestReturnedRowsAreComplete(t *testing.T) {
	t.Parallel()
	db, _, _ := openNew(t, Options{})
	rows, err := db.Query("INSERT INTO log (who, data) VALUES ('a', x'00ff'), ('b', NULL) RETURNING id, who, data")
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, insertLog, "c") // nobody waits for open rows
	var got []string
	for rows.Next() {
		var id int
		var who string
		var data []byte
		if err := rows.Scan(&id, &who, &data); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(id, who, data))
	}
	if want := "1a[0 255],2b[]"; strings.Join(got, ",") != want || rows.Err() != nil {
		t.Errorf("rows %q, %v, want %s", got, rows.Err(), want)
	}
}
