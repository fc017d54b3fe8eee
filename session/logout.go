package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// errNotCommitted is why a logout in a transaction failed. The handler's log says more.
var errNotCommitted = errors.New("the handler's transaction failed")

// destroyLater handles a logout whose commit failed, as on a full disk. The browser's
// cookie is deleted, and this process refuses the sessions: the browser's, and those that
// RevokeTx was to end with them. Purge deletes their rows as soon as it can.
func (s *session) destroyLater(ctx context.Context, w http.ResponseWriter, reason error) error {
	if len(s.ending) == 0 { // something else failed
		return reason
	}
	for _, token := range s.ending {
		s.m.refused.Store(token, nil)
	}
	s.token, s.status = "", scs.Destroyed // whatever was put since
	s.writeCookie(ctx, w)
	return fmt.Errorf("%w: %w", ErrNotDeleted, reason)
}

func (m *Manager) isRefused(token string) bool {
	_, refused := m.refused.Load(token)
	return refused
}

// destroyRefused deletes the rows that destroyLater left.
func (m *Manager) destroyRefused(ctx context.Context) (err error) {
	m.refused.Range(func(key, _ any) bool {
		token := key.(string)
		err = transact(ctx, m.db, func(tx *sql.Tx) error { return deleteRow(ctx, tx, token, time.Now()) })
		switch {
		case err == nil:
			m.noteDestroyed(ctx, token, nil)
		case !errors.Is(err, ErrConflict): // ErrConflict: the row is gone already
			return false
		}
		err = nil
		m.refused.Delete(token)
		return true
	})
	return err
}
