package session

import (
	"bytes"
	"context"
	"database/sql"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// request is what the package knows of the session in one run of a handler.
// It travels in the context, beside scs's own data.
type request struct {
	m *Manager
	// scs is the Manager's, with a codec that knows this request.
	scs scs.SessionManager
	row row // as loaded; its token is empty where there was none
	// contents are those of the row that was loaded or written last.
	contents contents
	// stamp is that of the row as it was read, where keep is set: it may be kept.
	stamp uint64
	keep  bool
	// ended: the session that the browser named is gone, and for so short a
	// time that this request may have overlapped its end. It must store nothing.
	ended   bool
	renewed bool // ended by a renewal: it goes on under another token
	// tossed: the browser sent several session cookies; its own goes.
	tossed bool
	// doomed is the token, hashed, whose row goes at the commit (renewal, destruction).
	doomed string
	// again asks for another run of the handler.
	again bool
	// tx, while set, is the transaction that the commit joins; joined is what
	// it wrote there.
	tx     *sql.Tx
	joined row
	// cookie is the token to send, with the deadline; nil for none.
	cookie *cookie
	// news are what the commits have to count and log once they are final: a
	// transaction that they joined may yet be rolled back.
	news []func()
}

type cookie struct {
	token    string
	deadline time.Time
}

type contextKey struct{}

// current returns the request's session. It panics outside Manager.Handler:
// that is a route that was wired wrongly.
func current(ctx context.Context) *request {
	r, ok := ctx.Value(contextKey{}).(*request)
	if !ok {
		panic("session: no session in this context: is the route inside Manager.Handler?")
	}
	return r
}

// load reads the session that token names and returns the context for one run
// of the handler. A row that cannot be read becomes a fresh session.
func (m *Manager) load(ctx context.Context, token string) (context.Context, *request, error) {
	r := &request{m: m, scs: *m.scs}
	r.scs.Codec = boundCodec{r: r}
	ctx = context.WithValue(ctx, contextKey{}, r)
	loaded, err := r.scs.Load(ctx, token)
	switch {
	case isUnreadable(err):
		m.store.heal(ctx, r.row, err)
	case err != nil || time.Now().Before(m.scs.Deadline(loaded)):
		if r.keep && err == nil && r.row.token != "" {
			m.store.cache.put(&kept{r.row, r.contents, r.stamp})
		}
		return loaded, r, err
	}
	// Unreadable, or its expiry was moved past its deadline: a fresh session.
	r.row, r.contents = row{}, contents{}
	loaded, err = m.scs.Load(ctx, "")
	return loaded, r, err
}

// known is the session's row as this request last saw or wrote it.
func (r *request) known() row {
	if r.joined.token != "" {
		return r.joined
	}
	return r.row
}

func (r *request) then(f func()) { r.news = append(r.news, f) }

func (r *request) report() {
	for _, f := range r.news {
		f()
	}
	r.news = nil
}

// commit stores what the handler did to the session, unless it stored it
// already in a transaction of its own.
func (r *request) commit(ctx context.Context) error {
	s := r.m.scs
	switch s.Status(ctx) {
	case scs.Destroyed:
		r.cookie = nil // of a commit in a transaction before
		if r.doomed == "" {
			return nil
		}
		return r.m.store.destroy(ctx, r)
	case scs.Modified:
		return r.store(ctx)
	}
	r.m.store.touch(ctx, r, s.Deadline(ctx))
	return nil
}

// store writes a changed session through scs and notes the cookie to send. A
// visitor who stored nothing gets neither a row nor a cookie.
func (r *request) store(ctx context.Context) error {
	s := r.m.scs
	if r.row.token == "" && r.joined.token == "" && len(Values(ctx)) == 0 && Remembered(ctx) {
		return nil
	}
	if r.ended {
		return ErrEnded
	}
	if !s.Exists(ctx, rememberKey) {
		s.RememberMe(ctx, true) // a cart should survive the browser
	}
	if !s.Exists(ctx, createdKey) {
		created, err := marshal(time.Now().UTC().Truncate(time.Second))
		if err != nil {
			return err
		}
		s.Put(ctx, createdKey, &value{RawMessage: created})
	}
	token, deadline, err := r.scs.Commit(ctx)
	if err != nil {
		return err
	}
	r.cookie = &cookie{token, deadline}
	return nil
}

// writeCookie sends the token where the browser does not have it as it should
// be: a new session, a renewed one, one to be remembered from now on or no
// longer; and deletes the cookie of a destroyed one, and a tossed one.
func (r *request) writeCookie(ctx context.Context, w http.ResponseWriter, remembered bool) {
	s := r.m.scs
	switch {
	case r.cookie != nil && (hash(r.cookie.token) != r.row.token || remembered != Remembered(ctx)):
		s.WriteSessionCookie(ctx, w, r.cookie.token, r.cookie.deadline)
	case r.cookie == nil && (r.tossed || s.Status(ctx) == scs.Destroyed):
		s.WriteSessionCookie(ctx, w, "", time.Time{})
	}
}

// CommitTx commits the session inside tx, so that it and whatever else tx
// holds are stored together or not at all. Where another request changed the
// session first it returns ErrConflict and the handler will run again. A
// session that the handler did not change is not checked. A handler whose tx is
// not committed must answer with a status of 500 or more, or call RunAgain; one
// whose tx is must leave the session alone afterwards.
func CommitTx(ctx context.Context, tx *sql.Tx) error {
	r := current(ctx)
	r.tx = tx
	defer func() { r.tx = nil }()
	err := r.commit(ctx)
	if isConflict(err) {
		r.again = true
	}
	return err
}

// RunAgain throws the response away and runs the handler again on a fresh copy
// of the session: for a transaction that a database refused to serialize.
func RunAgain(ctx context.Context) { current(ctx).again = true }

// row is a row of the table.
type row struct {
	token  string // hashed
	data   []byte
	expiry time.Time
}

// id is the short name of the session that logs and pages show: the beginning
// of the hash, too little to be a token.
func (r row) id() string { return shortID(r.token) }

func (r row) holds(data []byte) bool { return bytes.Equal(r.data, data) }
