package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// shop is a site with a table of orders, whose checkout stores an order and
// empties the session's cart (its count) in one transaction.
type shop struct {
	*site
	pool *sql.DB
	path string
}

func newShop(t *testing.T) shop {
	t.Helper()
	path := table(t)
	s := shop{newSiteOn(t, path, 5000, Options{}), open(t, path), path}
	s.exec("CREATE TABLE orders (quantity INTEGER NOT NULL)")
	return s
}

// transact runs f in a transaction, which it rolls back where f fails.
func (s shop) transact(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// order is one checkout; change is what it does to the session.
func (s shop) order(ctx context.Context, change func(context.Context) error) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		n, _ := countKey.Get(ctx)
		if _, err := tx.ExecContext(ctx, "INSERT INTO orders VALUES ($1)", n); err != nil {
			return err
		}
		if err := change(ctx); err != nil {
			return err
		}
		return CommitTx(ctx, tx)
	})
}

func (s shop) orders() (list string) {
	s.t.Helper()
	if err := s.db.QueryRow("SELECT coalesce(group_concat(quantity), '') FROM orders").Scan(&list); err != nil {
		s.t.Fatal(err)
	}
	return list
}

func empty(ctx context.Context) error { return countKey.Put(ctx, 0) }

// The order and the emptied cart are stored together.
func TestCommitTxCommitsWithTheTransaction(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cookie := s.begin()
	a := s.post(cookie, s.do(func(ctx context.Context) error { return s.order(ctx, empty) }))
	if got := s.orders(); got != "1" || s.count(cookie) != 0 || a.setsCookie() {
		t.Errorf("orders %q, want one of 1; count %d, want 0; cookie %q", got, s.count(cookie), a.header.Get("Set-Cookie"))
	}
	if got, want := s.Stats().Commits, int64(2); got != want { // begin, and the order: not once more at the end
		t.Errorf("%d commits, want %d", got, want)
	}
}

// Neither is stored where the transaction is rolled back.
func TestCommitTxRollsBackWithTheTransaction(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		s := newShop(t)
		cookie, want := "", 0
		if known {
			cookie, want = s.begin(), 1
		}
		a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
			err := s.transact(r.Context(), func(tx *sql.Tx) error {
				if _, err := tx.Exec("INSERT INTO orders VALUES (1)"); err != nil {
					return err
				}
				return errors.Join(countKey.Put(r.Context(), 9), CommitTx(r.Context(), tx), errors.New("sold out"))
			})
			http.Error(w, err.Error(), http.StatusInternalServerError)
		})
		if got := s.orders(); got != "" || a.setsCookie() || s.rows() != want || known && s.count(cookie) != 1 {
			t.Errorf("orders %q, cookie %q, %d rows", got, a.header.Get("Set-Cookie"), s.rows())
		}
		if got := s.Stats(); int(got.Created) != want || len(s.log.lines(t, "session created")) != want {
			t.Errorf("%d sessions count as created, want %d", got.Created, want)
		}
	}
}

// Where another request was first, the transaction is rolled back and the whole
// handler runs again: one order, and of what the session holds by then.
func TestConflictInATransactionRunsTheHandlerAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	other := newSiteOn(t, s.path, 5000, Options{}) // another process
	cookie := s.begin()
	runs := 0
	a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		if runs++; runs == 1 {
			other.post(cookie, other.put(7))
		}
		err := s.order(r.Context(), empty)
		if runs == 1 && !errors.Is(err, ErrConflict) {
			t.Errorf("error %v, want %v", err, ErrConflict)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	if got := s.orders(); got != "7" || runs != 2 || a.status != http.StatusOK || s.count(cookie) != 0 {
		t.Errorf("orders %q, want one of 7; %d runs, body %q, count %d", got, runs, a.body, s.count(cookie))
	}
}

// The other changes of a session join a transaction as well, and once.
func TestEveryChangeJoinsATransaction(t *testing.T) {
	t.Parallel()
	renewAndPut := func(ctx context.Context) error { return errors.Join(Renew(ctx), empty(ctx)) }
	for _, c := range []struct {
		name   string
		known  bool
		change func(context.Context) error
		count  int // of the cookie that the browser then has
		rows   int
		cookie string
	}{
		{"put", true, empty, 0, 1, ""},
		{"put in a new session", false, empty, 0, 1, "Max-Age=2"},
		{"renew", true, renewAndPut, 0, 1, "Max-Age=2"},
		{"destroy", true, Destroy, -1, 0, "Max-Age=0"},
		{"destroy nothing", false, Destroy, -1, 0, "Max-Age=0"},
		{"nothing", true, noop, 1, 1, ""},
		{"nothing in no session", false, noop, -1, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			cookie := ""
			if c.known {
				cookie = s.begin()
			}
			runs := 0
			a := s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
				runs++
				if err := s.order(r.Context(), c.change); err != nil {
					t.Error(err)
				}
			})
			if got := a.header.Get("Set-Cookie"); (got == "") != (c.cookie == "") || !strings.Contains(got, c.cookie) {
				t.Errorf("Set-Cookie %q, want %q", got, c.cookie)
			}
			if a.setsCookie() {
				cookie = cookieOf(a)
			}
			if got := s.count(cookie); got != c.count || s.rows() != c.rows || runs != 1 || strings.Contains(s.orders(), ",") {
				t.Errorf("count %d, want %d; %d rows, want %d; %d runs, orders %q", got, c.count, s.rows(), c.rows,
					runs, s.orders())
			}
		})
	}
}

// Several commits in one handler follow each other.
func TestCommitTxTwice(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		s := newShop(t)
		cookie := ""
		if known {
			cookie = s.begin()
		}
		a := s.post(cookie, s.do(func(ctx context.Context) error {
			put := func(n int) func(context.Context) error {
				return func(ctx context.Context) error { return countKey.Put(ctx, n) }
			}
			return errors.Join(s.order(ctx, put(5)), s.order(ctx, Renew), s.order(ctx, put(6)), countKey.Put(ctx, 7))
		}))
		if a.setsCookie() {
			cookie = cookieOf(a)
		}
		if got, want := s.count(cookie), 7; got != want || s.rows() != 1 || s.Stats().Conflicts != 0 {
			t.Errorf("known %v: count %d, want %d; %d rows, error %v", known, got, want, s.rows(), s.failed)
		}
	}
}

// What a commit in a transaction began, the rest of the handler can still end.
func TestDestroyAfterCommitTx(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		s := newShop(t)
		cookie := ""
		if known {
			cookie = s.begin()
		}
		a := s.post(cookie, s.do(func(ctx context.Context) error {
			return errors.Join(s.order(ctx, countOne), s.order(ctx, Renew), Destroy(ctx))
		}))
		if got := a.header.Get("Set-Cookie"); s.rows() != 0 || !strings.Contains(got, "Max-Age=0") {
			t.Errorf("known %v: %d rows, want none; Set-Cookie %q, want a deletion", known, s.rows(), got)
		}
	}
}

// A session that a transaction destroyed is none to the rest of the handler, and is not
// deleted a second time.
func TestDestroyInATransaction(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a := s.post(s.begin(), s.do(func(ctx context.Context) error {
		err := s.order(ctx, Destroy)
		if info := Current(ctx); info.Exists() {
			t.Errorf("after its end it is %+v", info)
		}
		return err
	}))
	if got := a.header.Get("Set-Cookie"); s.rows() != 0 || !strings.Contains(got, "Max-Age=0") {
		t.Errorf("%d rows, want none; Set-Cookie %q, want a deletion", s.rows(), got)
	}
	if got := s.orders(); got != "1" || s.Stats().Destroyed != 1 || s.Stats().Conflicts != 0 {
		t.Errorf("orders %q, %+v; want one order, one end and no second run", got, s.Stats())
	}
}

// A transaction cannot revive a destroyed session, and is not committed.
func TestCommitTxInAnEndedSession(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cookie := s.begin()
	s.post(cookie, s.do(Destroy))
	a := s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if err := s.order(r.Context(), empty); !errors.Is(err, ErrEnded) {
			t.Errorf("error %v, want %v", err, ErrEnded)
		}
	})
	if got := s.orders(); got != "" || s.rows() != 0 || a.setsCookie() || a.status != http.StatusConflict {
		t.Errorf("orders %q, %d rows, status %d", got, s.rows(), a.status)
	}
}

// RunAgain throws a whole run away: its page, its header, its values.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	runs := 0
	a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		runs++
		if got, _ := countKey.Get(r.Context()); got != 1 {
			t.Errorf("run %d starts from %d, want 1", runs, got)
		}
		w.Header().Add("X-Run", fmt.Sprint(runs))
		s.put(runs*10)(w, r)
		if runs < 3 {
			w.WriteHeader(http.StatusInternalServerError)
			RunAgain(r.Context())
		}
	})
	if a.status != http.StatusOK || a.body != "SUCCESS" || fmt.Sprint(a.header.Values("X-Run")) != "[3]" {
		t.Errorf("status %d, body %q, runs %q", a.status, a.body, a.header.Values("X-Run"))
	}
	if got, want := s.count(cookie), 30; got != want || s.Stats().Conflicts != 2 {
		t.Errorf("count %d, want %d; %d conflicts", got, want, s.Stats().Conflicts)
	}
}

// A handler that another one overtakes every time is given up, with nothing stored.
func TestEndlessConflictIsGivenUp(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie := s.begin()
		runs := 0
		a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
			runs++
			s.exec("UPDATE sessions SET data = CAST(replace(CAST(data AS TEXT), '\"count\":', '\"count\":1') AS BLOB)")
			s.put(5)(w, r)
		})
		wantUnavailable(t, a)
		if !errors.Is(s.failed, ErrConflict) || runs != maxRuns || s.Stats().Conflicts != maxRuns {
			t.Errorf("error %v after %d runs and %d conflicts", s.failed, runs, s.Stats().Conflicts)
		}
		if r, _ := s.row(cookie); strings.Contains(string(r.data), `"count":5`) {
			t.Errorf("the row holds %s", r.data)
		}
	})
}

// A client that leaves between two runs is not worked for any longer.
func TestNoRunForAClientThatLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	ctx, leave := context.WithCancel(t.Context())
	runs := 0
	ask(s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if runs++; runs == 2 {
			leave()
		}
		RunAgain(r.Context())
	})), newRequest("POST", "", "").WithContext(ctx))
	if !errors.Is(s.failed, context.Canceled) || runs != 2 {
		t.Errorf("error %v after %d runs, want %v after 2", s.failed, runs, context.Canceled)
	}
}
