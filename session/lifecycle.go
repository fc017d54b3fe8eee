package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// endedMemory is how long the token of a renewed or destroyed session is known
// as such: longer than any request can take.
const endedMemory = time.Minute

// aMomentAround returns between which times, in milliseconds since 1970, a session
// ended a moment ago. The clock of another node may be ahead; what lies further
// ahead was noted before the clock was set back, and would keep a visitor who
// still sends the token from storing anything until then.
func aMomentAround(now time.Time) (since, until int64) {
	return now.Add(-endedMemory).UnixMilli(), now.Add(endedMemory).UnixMilli()
}

// Renew gives the session a new token, at the commit, and keeps its values and
// its absolute deadline. Call it where the rights of a session change.
// Without a session it does nothing.
func Renew(ctx context.Context) error {
	r := current(ctx)
	if r.row.token == "" {
		return nil
	}
	deadline := r.m.scs.Deadline(ctx)
	if err := r.m.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("session: renew: %w", err)
	}
	r.m.scs.SetDeadline(ctx, deadline) // scs starts a new lifetime
	return nil
}

// Destroy forgets the session, at the commit: its row goes, and so does the
// cookie. It returns ErrEnded where the session was renewed meanwhile: the
// browser then holds a newer token, which is the one to destroy.
func Destroy(ctx context.Context) error {
	r := current(ctx)
	switch {
	case r.renewed:
		return ErrEnded
	case r.ended: // a second logout: a late cookie could delete that of the next session
		return nil
	}
	return r.m.scs.Destroy(ctx)
}

// Remember says whether the cookie outlives the browser. A session starts
// remembered.
func Remember(ctx context.Context, remember bool) {
	if Remembered(ctx) != remember {
		current(ctx).m.scs.RememberMe(ctx, remember)
	}
}

// Remembered says whether the cookie outlives the browser.
func Remembered(ctx context.Context) bool {
	s := current(ctx).m.scs
	return !s.Exists(ctx, rememberKey) || s.GetBool(ctx, rememberKey)
}

// destroy deletes the row whatever it holds by now: the visitor's last word.
func (s *store) destroy(ctx context.Context, r *request) error {
	err := s.transact(ctx, r, func(tx *sql.Tx) error {
		if err := one(tx.ExecContext(ctx, deleteSQL, r.doomed)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, endedSQL, r.doomed, time.Now().UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("session: destroy: %w", err)
	}
	id, gone := shortID(r.doomed), Event{Kind: EventDestroyed, Hash: r.doomed, Old: r.known().data}
	r.doomed = ""
	r.then(func() {
		s.m.stats.Destroyed.Add(1)
		s.m.observe(gone)
		s.m.Log.InfoContext(ctx, "session destroyed", "session", id)
	})
	return nil
}

// replace swaps a renewed session's row for the one under its new token, in
// one transaction, and remembers the old token for a minute.
func (s *store) replace(ctx context.Context, r *request, next row) error {
	err := s.transact(ctx, r, func(tx *sql.Tx) error {
		if err := one(tx.ExecContext(ctx, deleteLoadedSQL, r.doomed, r.known().data)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, renewedSQL, r.doomed, time.Now().UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insertSQL, next.token, next.data, s.stamp(next.expiry))
		return err
	})
	if err != nil {
		return fmt.Errorf("session: renew: %w", err)
	}
	was := shortID(r.doomed)
	r.doomed = ""
	r.then(func() {
		s.m.stats.Renewed.Add(1)
		s.m.Log.InfoContext(ctx, "session renewed", "session", next.id(), "was", was)
	})
	return nil
}

func (s *store) transact(ctx context.Context, r *request, do func(*sql.Tx) error) error {
	if r.tx != nil {
		return do(r.tx)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// heal deletes a row that cannot be read, so that its visitor starts afresh
// instead of meeting the same error on every page.
func (s *store) heal(ctx context.Context, bad row, reason error) {
	s.m.stats.Unreadable.Add(1)
	s.m.Log.WarnContext(ctx, "session unreadable, deleted", "session", bad.id(), "bytes", len(bad.data), "error", reason)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.m.MaxWait)
	defer cancel()
	if _, err := s.write.ExecContext(ctx, deleteLoadedSQL, bad.token, bad.data); err != nil {
		s.m.Log.WarnContext(ctx, "session unreadable, not deleted", "session", bad.id(), "error", err)
	}
}
