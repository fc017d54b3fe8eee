package session

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// session is the session of a request in one run of its handler. It travels in
// the context, beside scs's own data, and is scs's store and codec for that run.
type session struct {
	scs.Store // see insert
	scs       scs.SessionManager
	m         *Manager
	q         *request

	mu          sync.Mutex // guards these: a handler may use goroutines
	values      values
	status      scs.Status
	readOnly    bool // inside Manager.ReadOnly, or after the commit
	afterCommit []func()

	// The row.
	loaded  *record // when the run began
	known   *record // as this run read or wrote it last; not final in a transaction
	encoded values  // what the commit under way stores
	ended   bool    // so recently that this request may have overlapped the end: it must store nothing
	renewed bool    // it ended by a renewal: it lives on under another token

	// What Destroy and RevokeTx are to end, as hashed tokens.
	destroyed  bool     // Destroy was called
	destroyTx  bool     // and CommitTx after it: that transaction decides
	ending     []string // all of them
	others     []string // those of the browser's other cookies
	endedOther bool     // one of the others had a row

	// The commit.
	tx       *sql.Tx // that it joins
	again    bool    // run the handler again
	token    string  // for the cookie; "" if nothing was stored
	deadline time.Time
	onCommit []func() // count, log and observe what was stored, once that is final
}

type contextKey struct{}

func isInside(ctx context.Context) bool { return ctx.Value(contextKey{}) != nil }

// current returns the request's session. It panics outside of Manager.Handler: that
// is a route that was wired wrongly.
func current(ctx context.Context) *session {
	s, ok := ctx.Value(contextKey{}).(*session)
	if !ok {
		panic("session: no session in this context: is the route inside Manager.Handler?")
	}
	return s
}

// load reads the session of the cookie and returns the context for one run of the
// handler. Without a session that can be read it is a new one.
func (q *request) load(ctx context.Context) (context.Context, *session, error) {
	s := &session{Store: q.m.rows, scs: *q.m.scs, m: q.m, q: q, loaded: &q.m.none, known: &q.m.none}
	s.scs.Store, s.scs.Codec = s, s
	defer q.spend(time.Now())
	ctx, err := s.scs.Load(context.WithValue(ctx, contextKey{}, s), q.cookie.token)
	s.ended = s.ended || q.found && s.loaded.token == ""
	q.found = q.found || s.loaded.token != ""
	return ctx, s, err
}

func (s *session) snapshot() values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values
}

// set puts a value, or removes it if v is nil, and returns the one before. It checks
// the size before it changes anything. A change that makes the session smaller is not
// refused, however large it stays.
func (s *session) set(name string, v *value) (before *value, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readOnly {
		return nil, fmt.Errorf("%w: change of %q", ErrReadOnly, name)
	}
	before = s.values.get(name)
	next := s.values.with(name, v)
	size, isGrowing := next.size(), next.size() >= s.values.size()
	if next.get(createdKey) == nil {
		size += ownBytes
	}
	if v != nil && isGrowing && name != rememberKey && size > s.m.o.MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes with %q, at most %d", ErrTooLarge, size, name, s.m.o.MaxBytes)
	}
	if v != nil || before != nil {
		s.values, s.status = next, scs.Modified
	}
	return before, nil
}

// mustSet is for calls that return no error: inside ReadOnly they are mistakes.
func (s *session) mustSet(name string, v *value) (before *value) {
	before, err := s.set(name, v)
	if err != nil {
		panic(err)
	}
	return before
}

// seal ends the changes of the session.
func (s *session) seal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readOnly = true
}

// commit stores what the handler did to the session, unless it stored that already
// in a transaction.
func (s *session) commit(ctx context.Context) error {
	if err := s.endOthers(ctx); err != nil {
		return err
	}
	switch {
	case s.status == scs.Modified:
		return s.store(ctx)
	case s.status == scs.Unmodified:
		s.touch(ctx)
		return nil
	}
	s.token = "" // of a commit in a transaction before
	if s.known.token == "" {
		return nil
	}
	err := s.destroy(ctx, s.known.token, s.known.data)
	if err == nil {
		s.known = &s.m.none
	}
	return err
}

// store writes a changed session through scs and notes the cookie to send. A
// visitor who stored nothing gets neither a row nor a cookie.
func (s *session) store(ctx context.Context) (err error) {
	vs := s.snapshot()
	remembered := s.remembers(vs)
	if s.known.token == "" && len(vs.application()) == 0 && remembered == s.m.scs.Cookie.Persist {
		return nil
	}
	if s.ended || s.m.isRefused(s.known.token) {
		return ErrEnded
	}
	if s.q.cookie.ambiguous {
		return ErrAmbiguous
	}
	if s.known.token == "" && s.m.o.Limit != nil {
		if wait := s.m.o.Limit(s.q.http); wait > 0 {
			return &LimitError{wait}
		}
	}
	vs = vs.with(rememberKey, &value{json: strconv.AppendBool(nil, remembered)})
	if vs.get(createdKey) == nil {
		vs = vs.with(createdKey, &value{json: time.Now().UTC().AppendFormat(nil, `"`+time.RFC3339+`"`)})
	}
	s.encoded = vs
	s.token, s.deadline, err = s.scs.Commit(ctx)
	return err
}

// CommitTx commits the session inside tx, so that both are stored together or not
// at all. It returns ErrConflict if another request changed the session first, and
// the handler will run again; ErrEnded, ErrReadOnly, or the database's error. A
// session that the handler did not change is not checked. A handler whose tx is not
// committed must answer with a status of 500 or more, or call RunAgain; one whose
// tx is committed must leave the session alone afterwards. If tx was to destroy the
// session, a status of 500 or more means that it failed: see ErrNotDeleted.
func CommitTx(ctx context.Context, tx *sql.Tx) error {
	s := current(ctx)
	if s.readOnly {
		return ErrReadOnly
	}
	s.tx, s.destroyTx = tx, s.destroyed
	defer func() { s.tx = nil }()
	err := s.commit(ctx)
	s.again = s.again || IsConflict(err)
	return err
}

// RunAgain discards the response and runs the handler again on a fresh copy of the
// session: for a transaction that a database refused (see IsConflict).
func RunAgain(ctx context.Context) { current(ctx).again = true }
