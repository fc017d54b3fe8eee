package faults

import (
	"net/http"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// A form that is on its way for long holds up neither a page nor another form of
// the same session.
func TestSlowClientHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	cookie := s.begin(t)
	const slow = 5
	var finish []func() int
	for range slow {
		finish = append(finish, s.holdAdd(t, cookie))
	}
	for n := range 5 {
		a := s.add(t.Context(), cookie, "thing-2", 1)
		if !a.IsAcknowledged() || a.Took > promptRead {
			t.Errorf("add %d beside a slow one: status %d, %v, after %v", n, a.Status, a.Err, a.Took)
		}
		s.wantPages(t, cookie)
	}
	for _, f := range finish {
		if status := f(); status != http.StatusSeeOther {
			t.Errorf("the slow add is answered with %d", status)
		}
	}
	if cart := s.cart(t, cookie); cart["thing-2"] != 5 || cart["thing-48"] != slow {
		t.Errorf("the cart has %v", cart)
	}
}
