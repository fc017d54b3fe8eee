package shop_test

import (
	"iter"
	"net/http"
	"testing"
	"time"

	"trolley/test/shoptest"
)

func TestASessionShowsItsLastChanges(t *testing.T) {
	t.Parallel()
	var hash string
	s := shoptest.New(t, func(o *shoptest.Settings) {
		o.History = func(of string) iter.Seq2[time.Time, string] {
			return func(yield func(time.Time, string) bool) {
				hash = of
				for _, what := range []string{"one", "two", "three", "four", "five", "six"} {
					if !yield(time.Now(), what) {
						return
					}
				}
			}
		}
	})
	v := s.Visitor(t)
	lacks(t, v.Get("/session"), "What changed last")
	v.Settle()
	page := v.Get("/session").Want(t, http.StatusOK, "What changed last", "one.", "five.")
	lacks(t, page, "six.")
	if want := shoptest.HashOf(v.Token()); hash != want {
		t.Errorf("the changes of %s, want those of %s", hash, want)
	}
}
