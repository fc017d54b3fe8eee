package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/maphash"
	"sync/atomic"

	"modernc.org/sqlite"
)

// versions tells whether a row of sessions or accounts has changed, without asking
// SQLite, so that rows can be cached and still be exactly what the table holds:
//
//   - What this process writes goes through one connection, whose hook counts
//     the changes of each row before they are committed.
//   - What another process writes shows in the header of the write-ahead log's
//     index.
//
// After each of its own transactions the process records the header, and asks SQLite
// whether another connection has written by then (PRAGMA data_version). So while the
// header is the recorded one, every change was counted. Reading it costs a hundredth
// of a query.
type versions struct {
	index    *walIndex
	recorded atomic.Pointer[indexHeader]
	epoch    atomic.Uint64 // how often another connection was seen to have written
	counts   []atomic.Uint64
	seed     maphash.Seed

	// Used under the writer lock alone:
	changed     []*atomic.Uint64 // of its transaction
	dataVersion driver.Stmt      // PRAGMA data_version
	last        driver.Value     // what it said last
	before      indexHeader      // when it said so
}

// A count is twice the changes, and 1 more while a transaction that changes one
// of its rows is open. Rows share counts, which costs a read now and then; of so
// many counts, 8 MiB, it is seldom.
const (
	openChange = 1
	counts     = 1 << 20
)

func newVersions(index *walIndex) *versions {
	return &versions{index: index, counts: make([]atomic.Uint64, counts), seed: maphash.MakeSeed()}
}

// epochBits leave room for more changes than a process can make.
const epochBits = 40

// version returns the version of the row with a token or an account's ID; false where it
// is unknown.
func (s *versions) version(token string) (version uint64, ok bool) {
	// The header first: had another connection written before it was recorded, the
	// epoch would tell.
	recorded := s.recorded.Load()
	if recorded == nil {
		return 0, false
	}
	if now, ok := s.index.header(); !ok || now != *recorded {
		return 0, false
	}
	epoch, count := s.epoch.Load(), s.count(token).Load()
	return epoch<<epochBits + count>>1, count&openChange == 0
}

func (s *versions) count(token string) *atomic.Uint64 {
	return &s.counts[maphash.String(s.seed, token)%counts]
}

// watch counts the changes that conn, which writes for this process, makes.
func (s *versions) watch(conn driver.Conn) (err error) {
	hooks, ok := conn.(sqlite.HookRegisterer)
	if !ok {
		return fmt.Errorf("%T has no hooks", conn)
	}
	prepare := conn.(driver.ConnPrepareContext).PrepareContext
	if s.dataVersion, err = prepare(context.Background(), "PRAGMA data_version"); err != nil {
		return err
	}
	hooks.RegisterPreUpdateHook(s.change)
	return nil
}

// change counts the change of a row that is about to be made.
func (s *versions) change(c sqlite.SQLitePreUpdateData) {
	if c.TableName != "sessions" && c.TableName != "accounts" {
		return
	}
	before, after := make([]any, 1), make([]any, 1) // of the first column, the key
	_, _ = c.Old(before...), c.New(after...)        // an error: there is no such row
	if before[0] == nil {
		before = after
	}
	s.countChange(before[0])
	if after[0] != nil && after[0] != before[0] {
		s.countChange(after[0])
	}
}

func (s *versions) countChange(token any) {
	text, _ := token.(string) // the column is TEXT
	n := s.count(text)
	if n.Load()&openChange == 0 {
		n.Add(openChange)
		s.changed = append(s.changed, n)
	}
	n.Add(2)
}

// settled implements groupcommit.Options.Settled.
func (s *versions) settled(conn driver.Conn, committed bool) {
	committed = committed && len(s.changed) > 0
	for _, n := range s.changed {
		n.Add(^uint64(openChange - 1)) // minus openChange
	}
	clear(s.changed)
	s.changed = s.changed[:0]
	s.recorded.Store(s.headerToRecord(conn, committed))
}

// headerToRecord returns the header up to which every change is counted, nil where
// that is unknown.
func (s *versions) headerToRecord(conn driver.Conn, committed bool) *indexHeader {
	if conn == nil { // what was prepared goes first
		_ = s.dataVersion.Close()
		s.last = nil // of another connection it would mean nothing
		return nil
	}
	now, ok := s.index.header()
	if !ok || committed && now == s.before {
		return nil // our own commit does not show: this is not the index in use
	}
	s.before = now
	version, err := s.readDataVersion()
	if err != nil {
		return nil
	}
	if version != s.last {
		s.last = version
		s.epoch.Add(1)
	}
	return &now
}

func (s *versions) readDataVersion() (driver.Value, error) {
	rows, err := s.dataVersion.(driver.StmtQueryContext).QueryContext(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	row := make([]driver.Value, 1)
	err = rows.Next(row)
	return row[0], errors.Join(err, rows.Close())
}
