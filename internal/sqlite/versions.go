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

// versions tells whether a row of the sessions table has changed, without asking
// SQLite, so that sessions can be cached and still be exactly what the table holds:
//
//   - What this process writes goes through one connection, whose hook counts
//     the changes of each row before they are committed.
//   - What another process writes shows in the header of the write-ahead log's
//     index.
//
// After each transaction of its own the process notes the header, and asks
// SQLite whether anybody else has written by then (PRAGMA data_version). So
// while the header is the one that was noted, there is no change that was not
// counted; reading it costs a hundredth of a query.
type versions struct {
	index  *walIndex
	noted  atomic.Pointer[indexHeader]
	epoch  atomic.Uint64 // how often somebody else was seen to have written
	counts []atomic.Uint64
	seed   maphash.Seed

	// Of the one who has the connection:
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

// version returns the version of a session's row; false where it is unknown.
func (s *versions) version(token string) (version uint64, ok bool) {
	// The header first: had somebody else written before it was noted, the
	// epoch would tell.
	noted := s.noted.Load()
	if noted == nil {
		return 0, false
	}
	if now, ok := s.index.header(); !ok || now != *noted {
		return 0, false
	}
	epoch, count := s.epoch.Load(), s.count(token).Load()
	return epoch<<epochBits + count>>1, count&openChange == 0
}

func (s *versions) count(token string) *atomic.Uint64 {
	return &s.counts[maphash.String(s.seed, token)%counts]
}

// watch has the connection that writes tell of its changes.
func (s *versions) watch(conn driver.Conn) (err error) {
	hooks, ok := conn.(sqlite.HookRegisterer)
	if !ok {
		return fmt.Errorf("%T has no hooks", conn)
	}
	if s.dataVersion, err = conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), "PRAGMA data_version"); err != nil {
		return err
	}
	hooks.RegisterPreUpdateHook(s.change)
	return nil
}

// change counts the change of a row that is about to be made.
func (s *versions) change(c sqlite.SQLitePreUpdateData) {
	if c.TableName != "sessions" {
		return
	}
	before, after := make([]any, 1), make([]any, 1) // of the first column, the token
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
	s.noted.Store(s.headerToNote(conn, committed))
}

// headerToNote returns the header up to which it is known who has written, nil
// where that is not known.
func (s *versions) headerToNote(conn driver.Conn, committed bool) *indexHeader {
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
