package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
)

const (
	deleteSQL       = `DELETE FROM sessions WHERE token = $1`
	deleteLoadedSQL = `DELETE FROM sessions WHERE token = $1 AND data = $2`

	endSQL = `
INSERT INTO ended_sessions (token, ended_at, renewed) VALUES ($1, $2, $3)
ON CONFLICT (token) DO UPDATE SET ended_at = excluded.ended_at, renewed = excluded.renewed`

	wasEndedSQL = `
SELECT renewed FROM ended_sessions WHERE token IN ($1, '` + allSessions + `') AND ended_at BETWEEN $2 AND $3
ORDER BY renewed DESC LIMIT 1`
)

// endedMemory is how long the token of a renewed or destroyed session is remembered:
// longer than any request takes.
const endedMemory = time.Minute

// endedWindow returns between which times, in milliseconds since 1970, a session
// ended recently. The clock of another node may be ahead; what lies further ahead was
// noted before the clock was set back, and would keep a visitor who still sends the
// token from storing anything until then.
func endedWindow(now time.Time) (since, until int64) {
	return now.Add(-endedMemory).UnixMilli(), now.Add(endedMemory).UnixMilli()
}

// findEnded notes whether the session that has no row ended recently.
func (s *session) findEnded(ctx context.Context, token string) error {
	ctx, cancel := context.WithTimeout(ctx, s.q.patience)
	defer cancel()
	since, until := endedWindow(time.Now())
	err := s.m.o.Reader.QueryRowContext(ctx, wasEndedSQL, token, since, until).Scan(&s.renewed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	s.ended = true
	return err
}

// Renew gives the session a new token, at the commit, and keeps its values and its
// absolute deadline. Call it when the rights of a session change; at a sign-in call
// Login. Without a session it does nothing. It returns ErrReadOnly inside
// Manager.ReadOnly, and the error of the random numbers.
func Renew(ctx context.Context) error {
	s := current(ctx)
	return s.renew(ctx, s.scs.Deadline(ctx))
}

// Login is Renew for a sign-in: the session starts a new Options.Lifetime as well. No
// other call moves a deadline. remember is for Remember: the cookie outlives the
// browser ("keep me signed in"), or not. Without a session, the one that the next Put
// begins is as new, also where the session of the cookie has just ended: a sign-in has
// the right to begin another one. The errors are those of Renew.
func Login(ctx context.Context, remember bool) error {
	s := current(ctx)
	if err := s.renew(ctx, time.Now().Add(s.m.o.Lifetime).UTC()); err != nil {
		return err
	}
	s.ended = false
	s.mustSet(createdKey, nil) // the commit sets it
	Remember(ctx, remember)
	return nil
}

func (s *session) renew(ctx context.Context, deadline time.Time) error {
	if s.readOnly {
		return ErrReadOnly
	}
	if s.loaded.token == "" {
		return nil
	}
	if err := s.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("session: renew: %w", err)
	}
	s.scs.SetDeadline(ctx, deadline) // RenewToken set another
	s.status = scs.Modified
	return nil
}

// Destroy ends the session, at the commit: its row is deleted, and so is the cookie.
// Where the browser has several session cookies, all their sessions end. If the row
// cannot be deleted, as on a full disk, the request is refused with ErrNotDeleted.
// It returns ErrEnded if the session was renewed meanwhile: the browser then holds a
// newer token, which is the one to destroy; and ErrReadOnly inside Manager.ReadOnly.
func Destroy(ctx context.Context) error {
	s := current(ctx)
	switch {
	case s.readOnly:
		return ErrReadOnly
	case s.renewed:
		return ErrEnded
	case s.ended: // a second logout: a late cookie could delete that of the next session
		return nil
	}
	s.values, s.status, s.destroyed = nil, scs.Destroyed, true
	s.others = s.m.otherTokens(s.q.http, s.q.cookie)
	err := s.scs.Destroy(ctx)
	s.ending = append(s.ending, s.others...)
	if s.known.token != "" {
		s.ending = append(s.ending, s.known.token)
	}
	return err
}

// DeleteCtx implements scs.CtxStore. It leaves the row for the commit: a handler that
// fails after Destroy or Renew must not have ended the session.
func (s *session) DeleteCtx(context.Context, string) error { return nil }

// destroy deletes a row unconditionally: a logout wins over concurrent changes. It
// returns ErrConflict if there is none.
func (s *session) destroy(ctx context.Context, token string, data []byte) error {
	err := s.transact(ctx, func(tx *sql.Tx) error { return deleteRow(ctx, tx, token, time.Now()) })
	if err != nil {
		return fmt.Errorf("session: destroy: %w", err)
	}
	s.onCommit = append(s.onCommit, func() { s.m.noteDestroyed(ctx, token, data) })
	return nil
}

// endOthers ends the sessions that the browser's other cookies open.
func (s *session) endOthers(ctx context.Context) error {
	for _, token := range s.others {
		err := s.destroy(ctx, token, nil)
		if err != nil && !errors.Is(err, ErrConflict) { // ErrConflict: the cookie opens none
			return err
		}
		s.endedOther = s.endedOther || err == nil
	}
	s.others = nil
	return nil
}

// deleteRow deletes the row of a session that ended at a time. It returns ErrConflict
// if there is none.
func deleteRow(ctx context.Context, tx *sql.Tx, token string, at time.Time) error {
	if err := one(tx.ExecContext(ctx, deleteSQL, token)); err != nil {
		return err
	}
	return noteEnd(ctx, tx, token, at, 0)
}

// noteEnd remembers that a token ended; renewed is 0 or 1.
func noteEnd(ctx context.Context, tx *sql.Tx, token string, at time.Time, renewed int) error {
	_, err := tx.ExecContext(ctx, endSQL, token, at.UnixMilli(), renewed)
	return err
}

// replace swaps a renewed session's row for the one under its new token, in one
// transaction, and remembers the old token for a minute.
func (s *session) replace(ctx context.Context, next *record) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		if err := one(tx.ExecContext(ctx, deleteLoadedSQL, s.known.token, s.known.data)); err != nil {
			return err
		}
		if err := noteEnd(ctx, tx, s.known.token, time.Now(), 1); err != nil {
			return err
		}
		return one(tx.ExecContext(ctx, insertSQL, next.token, next.data, s.m.o.Engine.Expiry(next.expiry)))
	})
	if err != nil {
		return fmt.Errorf("session: renew: %w", err)
	}
	return nil
}

func (s *session) transact(ctx context.Context, do func(*sql.Tx) error) error {
	if s.tx != nil {
		return do(s.tx)
	}
	return transact(ctx, s.m.db, do)
}

func transact(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	err = tx.Commit()
	if ended := ctx.Err(); ended != nil && errors.Is(err, sql.ErrTxDone) { // it was rolled back when ctx ended
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return err
}
