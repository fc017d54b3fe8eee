package inspector

import (
	"slices"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
)

// rows returns rows of the table, their hashes and data in turn.
func rows(of ...string) (rows []store.SessionRow) {
	for i := 0; i < len(of); i += 2 {
		rows = append(rows, store.SessionRow{Token: of[i], Data: []byte(of[i+1])})
	}
	return rows
}

// begun is the data of a session that began at noon.
const begun = `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{"__created":"2026-11-23T12:00:00Z"}}`

func TestPollFindsWhatOthersDid(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "a", "", "1")
	s.compare(rows("a", "1", "b", "5", "old", begun), noon.Add(time.Minute))
	if got := s.newest(5); len(got) != 1 {
		t.Errorf("found %+v where nothing is new", got)
	}
	s.compare(rows("a", "2", "b", "6", "new", begun), noon)
	if got := s.newest(5); len(got) != 4 || got[0].Kind != session.EventCreated || got[1].Kind != session.EventCommitted {
		t.Errorf("found %+v", got)
	}
	for hash, want := range map[string][]string{"a": {"1>2 elsewhere", ">1"}, "b": {"5>6 elsewhere"}, "new": {">" + begun + " elsewhere"}, "old": nil} {
		if got := s.told(hash); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", hash, got, want)
		}
	}
}

// A poll may find a change of this process before its event arrives: the event
// replaces what was found, and nothing is told twice.
func TestEventReplacesWhatAPollFound(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "a", "", "1")
	s.compare(rows("a", "3", "new", begun), noon)
	s.commit(noon, "a", "1", "2")
	s.commit(noon, "a", "2", "3")
	s.commit(noon, "new", "", begun)
	if got, want := s.told("a"), []string{"2>3", "1>2", ">1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := s.told("new"), []string{">" + begun}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGoneSessionsAreTold(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "a", "", "1")
	s.forget([]string{"a", "b"})
	if got := s.newest(5); len(got) != 2 || got[0].Hash != "a" || got[0].Kind != session.EventDestroyed || !got[0].Elsewhere {
		t.Errorf("the newest are %+v, want the end of a", got)
	}
	if sessions, _ := s.size(); sessions != 0 {
		t.Errorf("%d sessions are known", sessions)
	}
}
