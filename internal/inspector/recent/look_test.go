package recent

import (
	"slices"
	"testing"

	"trolley/session"
)

func nothingIsNew(Row) bool { return false }
func isNew(r Row) bool      { return r.Hash == "new" }

func TestLookFindsWhatOthersDid(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "a", "", "1")
	if found := s.Look(noon, []Row{{"a", []byte("1")}, {"b", []byte("5")}}, nothingIsNew); len(found) != 0 {
		t.Errorf("found %+v where nothing is new", found)
	}
	found := s.Look(noon, []Row{{"a", []byte("2")}, {"b", []byte("6")}, {"new", []byte("7")}}, isNew)
	if len(found) != 3 || found[2].Kind != session.EventCreated {
		t.Errorf("found %+v", found)
	}
	for hash, want := range map[string][]string{"a": {"1>2 elsewhere", ">1"}, "b": {"5>6 elsewhere"}, "new": {">7 elsewhere"}} {
		if got := s.told(hash); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", hash, got, want)
		}
	}
}

// A look may be faster than the news of what this process did itself: the news
// count, and nothing is told twice.
func TestNewsOvertakesALook(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "a", "", "1")
	s.Look(noon, []Row{{"a", []byte("3")}, {"new", []byte("7")}}, isNew)
	s.commit(noon, "a", "1", "2")
	s.commit(noon, "a", "2", "3")
	s.commit(noon, "new", "", "7")
	if got, want := s.told("a"), []string{"2>3", "1>2", ">1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := s.told("new"), []string{">7"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGoneSessionsAreTold(t *testing.T) {
	t.Parallel()
	s := roomy()
	s.commit(noon, "a", "", "1")
	found := s.Gone(noon, []string{"a", "b"})
	if len(found) != 1 || found[0].Hash != "a" || found[0].Kind != session.EventDestroyed || !found[0].Elsewhere {
		t.Errorf("found %+v, want the end of a", found)
	}
	if sessions, _ := s.size(); sessions != 0 {
		t.Errorf("%d sessions are known", sessions)
	}
}
