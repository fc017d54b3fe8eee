package session

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// observer keeps the events that it is told of.
type observer struct {
	mu     sync.Mutex
	events []Event
}

func (o *observer) observe(e Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, e)
}

// take returns the events since the last call.
func (o *observer) take() []Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	events := o.events
	o.events = nil
	return events
}

// one returns the only event since the last call, which must be of kind.
func (o *observer) one(t *testing.T, kind EventKind) Event {
	t.Helper()
	events := o.take()
	if len(events) != 1 || events[0].Kind != kind || !events[0].Time.Equal(time.Now()) {
		t.Fatalf("events %+v, want one %s, of now", events, kind)
	}
	return events[0]
}

// An observer is told of each event once, with the rows before and after,
// and never of a token.
func TestObserverIsToldOfALife(t *testing.T) {
	t.Parallel()
	var o observer
	bubble(t, Options{Lifetime: time.Hour, Observe: o.observe}, func(t *testing.T, s *site) {
		first := s.begin()
		begun, _ := s.row(first)
		if e := o.one(t, EventCreated); e.Hash != begun.token || e.Old != nil || !begun.holds(e.New) ||
			e.ID() != ShortID(begun.token) ||
			e.Expires.Sub(begun.expiry).Abs() > time.Millisecond {
			t.Errorf("created: %+v, want %+v", e, begun)
		}
		s.post(first, s.put(2))
		put, _ := s.row(first)
		if e := o.one(t, EventCommitted); e.Hash != put.token || !begun.holds(e.Old) || !put.holds(e.New) {
			t.Errorf("committed: %+v, want %+v", e, put)
		}
		s.count(first)
		s.post(first, s.put(2)) // as it was: no event
		second := cookieOf(s.post(first, s.do(Renew)))
		renewed, _ := s.row(second)
		if e := o.one(t, EventRenewed); e.Hash != renewed.token || e.Was != put.token || !put.holds(e.Old) ||
			!renewed.holds(e.New) {
			t.Errorf("renewed: %+v, want %+v", e, renewed)
		}
		s.post(second, s.do(Destroy))
		if e := o.one(t, EventDestroyed); e.Hash != renewed.token || !renewed.holds(e.Old) || e.New != nil {
			t.Errorf("destroyed: %+v, want %+v", e, renewed)
		}
		third := s.begin()
		o.take()
		time.Sleep(2 * time.Hour)
		if _, err := s.Purge(t.Context()); err != nil {
			t.Error(err)
		}
		if e := o.one(t, EventExpired); e.Hash != hash(tokenOf(third)) {
			t.Errorf("expired: %+v, want %s", e, hash(tokenOf(third)))
		}
	})
}

// A run that another request overtook is an event, and what it tried is none.
func TestObserverIsToldOfAConflict(t *testing.T) {
	t.Parallel()
	var o observer
	bubble(t, Options{Observe: o.observe}, func(t *testing.T, s *site) {
		cookie := s.begin()
		o.take()
		runs := 0
		s.get(cookie, func(w http.ResponseWriter, r *http.Request) {
			if runs++; runs == 1 {
				s.post(cookie, s.put(7))
				o.one(t, EventCommitted)
			}
			s.put(8)(w, r)
		})
		events := o.take()
		if len(events) != 2 || events[0].Kind != EventConflict || events[1].Kind != EventCommitted {
			t.Fatalf("events %+v, want a conflict and a commit", events)
		}
		if want := hash(tokenOf(cookie)); events[0].Hash != want || !strings.Contains(string(events[1].Old), `"count":7`) {
			t.Errorf("events %+v, want those of %s", events, want)
		}
	})
}

// What a transaction took back is no event; what it stored is one.
func TestObserverIsToldOfWhatIsFinal(t *testing.T) {
	t.Parallel()
	var o observer
	s := newShop(t)
	s.o.Observe = o.observe
	cookie := s.begin()
	o.take()
	s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		err := s.transact(r.Context(), func(tx *sql.Tx) error {
			return errors.Join(empty(r.Context()), CommitTx(r.Context(), tx), errors.New("sold out"))
		})
		http.Error(w, err.Error(), http.StatusInternalServerError)
	})
	if got := o.take(); len(got) > 0 {
		t.Errorf("events %+v of a transaction that was rolled back", got)
	}
	s.post(cookie, s.do(func(ctx context.Context) error { return s.order(ctx, empty) }))
	if got := o.take(); len(got) != 1 || got[0].Kind != EventCommitted || got[0].Took != 0 {
		t.Errorf("events %+v, want one commit", got)
	}
}
