package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"trolley/migrations"
)

// Half a shop must not sell: what it lacks would be taken for gone.
func TestNobodyStartsOnAnIncompleteMove(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.ready(t)
		s := openAt(t, dsn)
		mustExec(t, s.Write(), "UPDATE shop SET moving = (1 = 1)")
		s.Close()
		for name, open := range map[string]func(context.Context, string, *slog.Logger) (*Store, error){
			"Open": Open, "OpenExisting": OpenExisting,
		} {
			s, err := open(t.Context(), dsn, slog.New(slog.DiscardHandler))
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, migrations.ErrMoving) {
				t.Errorf("%s = %v, want ErrMoving", name, err)
			}
		}
		if names, text := describe(verified(t, dsn)); len(names) != 1 || names[0] != "schema" {
			t.Errorf("Verify finds %v\n%s", names, text)
		}
	})
}

func TestEveryShopHasAnIdentityOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range slices.Concat(enginesUnderTest, enginesUnderTest) {
		row, err := readShop(t.Context(), openAt(t, e.empty(t)).Read())
		if err != nil || row.moving || seen[row.id] {
			t.Errorf("%s: %+v, %v; seen before: %v", e.Engine, row, err, seen)
		}
		seen[row.id] = true
	}
}
