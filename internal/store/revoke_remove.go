package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// removeBatch is how many rows of revoked sessions are deleted in one transaction:
// SQLite's write lock is then held for 10 to 30 ms. After it others have the
// database, and the disk, for removePause times as long.
const (
	removeBatch = 500
	removePause = 2
)

// For so long the rows are left to the process that ended the sessions.
const abandonedAfter = 10 * time.Minute

// RemoveRevoked removes the rows of all sessions that [Store.RevokeAll] ever ended,
// in batches that leave most of the time to others. Ended at any moment, even by
// SIGKILL, it leaves the rest to the next call, or to [Store.RemoveAbandoned].
// progress, which may be nil, is told how many rows are gone, of how many.
func (s *Store) RemoveRevoked(ctx context.Context, progress func(done, total int)) error {
	if progress == nil {
		progress = func(int, int) {}
	}
	return s.removeRevoked(ctx, time.UnixMilli(math.MaxInt64), progress)
}

// RemoveAbandoned does what RemoveRevoked was kept from by its end, as soon as that
// is certain, until ctx ends.
func (s *Store) RemoveAbandoned(ctx context.Context) {
	for {
		removed := 0
		err := s.removeRevoked(ctx, s.now().Add(-abandonedAfter), func(done, _ int) { removed = done })
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.WarnContext(ctx, "revoked sessions not removed", "removed", removed, "error", err)
		case removed > 0:
			s.log.InfoContext(ctx, "revoked sessions removed", "count", removed)
		}
		if pause(ctx, time.Minute) != nil {
			return
		}
	}
}

// removeRevoked removes what was revoked before a moment.
func (s *Store) removeRevoked(ctx context.Context, before time.Time, progress func(done, total int)) error {
	if s.Engine() != SQLite {
		return nil // its TRUNCATE leaves none
	}
	tables, total, err := s.revokedRows(ctx, before)
	if err != nil {
		return fmt.Errorf("store: remove revoked sessions: %w", err)
	}
	for done := 0; len(tables) > 0; {
		began := time.Now()
		n, more, err := s.removeSome(ctx, tables[0])
		if err != nil {
			return fmt.Errorf("store: remove revoked sessions: %w", err)
		}
		if !more {
			tables = tables[1:]
		}
		done += n
		progress(done, max(done, total))
		if err := pause(ctx, removePause*time.Since(began)); err != nil {
			return err
		}
	}
	return nil
}

// revokedRows returns the tables of what was revoked before a moment, and how many
// rows they have.
func (s *Store) revokedRows(ctx context.Context, before time.Time) (tables []string, rows int, err error) {
	tx, err := s.read.BeginTx(ctx, oneMoment()) // another process may drop one
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, rollback(tx)) }()
	if tables, err = revokedTables(ctx, tx, before); err != nil {
		return nil, 0, err
	}
	for _, table := range tables {
		n, err := countRows(ctx, tx, name(table))
		if err != nil {
			return nil, 0, err
		}
		rows += n
	}
	return tables, rows, nil
}

// removeSome deletes the next rows of a table, and with the last ones the table,
// and reports whether there is more. Another process may be doing the same.
func (s *Store) removeSome(ctx context.Context, table string) (n int, more bool, err error) {
	err = s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		const there = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1"
		if found, err := one(ctx, tx, scanInt, there, table); err != nil || found == 0 {
			return err
		}
		// In the order of the rowids a table is deleted page by page.
		text := fmt.Sprintf("DELETE FROM %[1]s WHERE rowid IN (SELECT rowid FROM %[1]s ORDER BY rowid LIMIT $1)", name(table))
		result, err := tx.ExecContext(ctx, text, removeBatch)
		if err != nil {
			return err
		}
		gone, err := result.RowsAffected()
		n, more = int(gone), gone == removeBatch
		if err != nil || more {
			return err
		}
		_, err = tx.ExecContext(ctx, "DROP TABLE "+name(table))
		return err
	})
	return n, more, err
}
