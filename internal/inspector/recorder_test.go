package inspector

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trolley/session"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func roomy() *Recorder {
	return newRecorder(limits{waiting: 100, sessions: 100, changes: 3, bytes: 1 << 20, latest: 5})
}

// size returns how many sessions are known, and how many bytes of data.
func (s *Recorder) size() (sessions, bytes int) {
	defer s.lock()()
	for _, k := range s.known {
		sessions, bytes = sessions+1, bytes+k.size()
	}
	return sessions, bytes
}

// commit notes that a session's data went from one to another.
func (s *Recorder) commit(at time.Time, hash, old, new string) {
	e := session.Event{Kind: session.EventCommitted, Time: at, Hash: hash, Old: []byte(old), New: []byte(new)}
	if old == "" {
		e.Kind, e.Old = session.EventCreated, nil
	}
	s.Observe(e)
}

// told returns the changes of a session, the newest first, as "old>new".
func (s *Recorder) told(hash string) (changes []string) {
	for _, c := range s.history(hash, noon).Changes {
		text := string(c.Old) + ">" + string(c.New)
		if c.Elsewhere {
			text += " elsewhere"
		}
		changes = append(changes, text)
	}
	return changes
}

func TestHistoryIsTheLastChanges(t *testing.T) {
	t.Parallel()
	s := roomy()
	for i, step := range []string{"", "1", "2", "3"} {
		s.commit(noon, "a", step, fmt.Sprint(i+1))
	}
	if got, want := s.told("a"), []string{"3>4", "2>3", "1>2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	h := s.history("a", noon.Add(time.Minute))
	if h.Total != 4 || h.Activity[activeMinutes-2] != 4 || h.Activity[activeMinutes-1] != 0 || !h.Last.Equal(noon) {
		t.Errorf("%+v, want four changes a minute ago", h)
	}
	if got := s.history("b", noon); got.Changes != nil || got.Activity != nil {
		t.Errorf("of somebody unknown: %+v", got)
	}
}

func TestRenewedSessionKeepsItsHistory(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "old", "", "1")
	s.Observe(session.Event{Kind: session.EventRenewed, Time: noon, Hash: "new", Was: "old", Old: []byte("1"), New: []byte("2")})
	if got, want := s.told("new"), []string{"1>2", ">1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := s.told("old"); got != nil {
		t.Errorf("under the old name: %q", got)
	}
}

func TestEndedSessionIsForgotten(t *testing.T) {
	t.Parallel()
	s := roomy()
	for _, kind := range []session.EventKind{session.EventDestroyed, session.EventExpired} {
		s.commit(noon, "a", "", "1")
		s.Observe(session.Event{Kind: kind, Time: noon, Hash: "a"})
		if sessions, bytes := s.size(); sessions != 0 || bytes != 0 {
			t.Errorf("%s: %d sessions and %d bytes are left", kind, sessions, bytes)
		}
		if latest := s.newest(5); latest[0].Kind != kind || latest[1].Kind != session.EventCreated {
			t.Errorf("the latest are %+v", latest)
		}
	}
}

func TestConflictsAreCounted(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "a", "", "1")
	for _, hash := range []string{"a", "a", "", "b"} {
		s.Observe(session.Event{Kind: session.EventConflict, Time: noon, Hash: hash})
	}
	if got := s.history("a", noon); got.Conflicts != 2 || got.Total != 1 {
		t.Errorf("%+v, want two conflicts and one change", got)
	}
}

func TestBusiestComeFirst(t *testing.T) {
	t.Parallel()
	s := roomy()
	for i, hash := range []string{"a", "b", "b", "c", "b", "c", "d"} {
		s.commit(noon.Add(time.Duration(i)*time.Second), hash, "1", "2")
	}
	if got, want := s.busiest(noon.Add(time.Minute)), []string{"b", "c", "d", "a"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := s.busiest(noon.Add(activeMinutes * time.Minute)); len(got) != 0 {
		t.Errorf("half an hour later: %q", got)
	}
}

// What is kept never grows beyond the limits, and what did not change for
// longest goes first.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	few := newRecorder(limits{waiting: 100, sessions: 5, changes: 2, bytes: 1 << 20, latest: 2})
	small := newRecorder(limits{waiting: 100, sessions: 1000, changes: 2, bytes: 2000, latest: 2})
	for i := range 100 {
		hash, data := fmt.Sprint(i), strings.Repeat("x", 100)
		for _, s := range []*Recorder{few, small} {
			s.commit(noon, hash, "", data+"1")
			s.commit(noon, hash, data+"1", data+"2")
			s.compare(rows("seen "+hash, data), time.Time{})
		}
	}
	if sessions, _ := few.size(); sessions < 3 || sessions > 5 || len(few.told("99")) != 2 || few.told("1") != nil || len(few.newest(5)) != 2 {
		t.Errorf("%d sessions, the last with %q", sessions, few.told("99"))
	}
	if sessions, bytes := small.size(); bytes > 2000 || sessions < 2 || len(small.told("99")) != 2 {
		t.Errorf("%d sessions of %d bytes, the last with %q", sessions, bytes, small.told("99"))
	}
}
