package move

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"trolley/internal/store"
	"trolley/migrations"
	"trolley/test/minishop"
	"trolley/test/pgtest"
)

// Half a shop must not sell: what it lacks would be taken for gone.
func TestNobodyStartsOnAnIncompleteMove(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		s := minishop.OpenStore(t, dsn)
		minishop.Exec(t, s.Write(), "UPDATE shop SET moving = (1 = 1)")
		s.Close()
		for name, open := range map[string]func(context.Context, string, *slog.Logger) (*store.Store, error){
			"Open": store.Open, "OpenExisting": store.OpenExisting,
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
	for name, dsn := range map[string]string{
		"sqlite": minishop.SQLite.New(t), "another file": minishop.SQLite.New(t), "postgres": pgtest.New(t), "another database": pgtest.New(t),
	} {
		id, moving, err := readShop(t.Context(), minishop.OpenStore(t, dsn).Read())
		if err != nil || moving || seen[id] {
			t.Errorf("%s: %s, %v, %v; seen before: %v", name, id, moving, err, seen)
		}
		seen[id] = true
	}
}
