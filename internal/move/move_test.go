package move

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/alexedwards/scs/postgresstore"

	"trolley/internal/store"
	"trolley/migrations"
	"trolley/test/minishop"
	"trolley/test/pgtest"
)

// mustMove moves a shop and returns what came of it.
func mustMove(t *testing.T, from, to string) Moved {
	t.Helper()
	moved, err := Run(t.Context(), from, to, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return moved
}

func sameContents(t *testing.T, a, b string) {
	t.Helper()
	if is, was := contents(t, a), contents(t, b); is != was {
		t.Errorf("the shop was\n%.3000s\nand is\n%.3000s", was, is)
	}
}

func TestAMoveKeepsEveryRow(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		from, cookie := bigShop(t, e)
		to := pgtest.New(t)
		before := contents(t, from)
		moved := mustMove(t, from, to)
		sameContents(t, to, from)
		if after := contents(t, from); after != before {
			t.Error("the source was changed")
		}
		if got := moved.Tables[7]; moved.Already || got.Name != "sessions" || got.Rows < manySessions {
			t.Errorf("it tells %+v", moved)
		}
		if names, text := describe(verified(t, to)); names != nil {
			t.Errorf("afterwards, in %v:\n%s", names, text)
		}
		s := minishop.OpenStore(t, to)
		data, ok, err := postgresstore.NewWithCleanupInterval(s.Read(), 0).Find(minishop.HashOf(cookie))
		row, err2 := s.FindSession(t.Context(), minishop.HashOf(cookie))
		if err := errors.Join(err, err2); err != nil || !ok || string(data) != string(row.Data) {
			t.Errorf("scs's own store finds %q, %v, %v; want %q", data, ok, err, row.Data)
		}
	})
}

// The source's file has the same bytes, and nothing new lies beside it.
func TestAMoveLeavesTheSourcesFolderAsItWas(t *testing.T) {
	t.Parallel()
	from := minishop.SQLite.New(t)
	minishop.Used(t, from)
	before := minishop.Folder(t, from)
	mustMove(t, from, minishop.Postgres.New(t))
	if after := minishop.Folder(t, from); !maps.Equal(before, after) {
		t.Errorf("the folder held %v and holds %v", before, after)
	}
}

// A complete move is compared when it is run again, and a shop that has sold since
// is left alone.
func TestACompleteMoveIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	from, to := minishop.SQLite.New(t), minishop.Postgres.New(t)
	minishop.Used(t, from)
	mustMove(t, from, to)
	if moved := mustMove(t, from, to); !moved.Already {
		t.Errorf("the second time it tells %+v, want Already", moved)
	}
	minishop.Exec(t, minishop.OpenStore(t, to).Write(), "UPDATE products SET stock = stock - 1 WHERE sku = 'test-mug'")
	before := contents(t, to)
	if _, err := Run(t.Context(), from, to, Options{}); !errors.Is(err, errDiffers) || errors.Is(err, ErrUnfinished) {
		t.Errorf("after it has sold: %v, want errDiffers", err)
	}
	if contents(t, to) != before {
		t.Error("a shop that sells was changed")
	}
}

// Wherever a move is interrupted, the target is no shop yet, and the next one
// goes on: it is interrupted some steps later, until there is no later step. Each run
// takes another third of the steps, since each is a move.
func TestAnInterruptedMoveIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	from, _ := bigShop(t, minishop.SQLite)
	to := pgtest.New(t)
	first := 1 + rand.IntN(3)
	t.Log("interrupted at every third step, from step", first)
	for step := first; ; step += 3 {
		ctx, cancel := context.WithCancel(t.Context())
		steps, stage := 0, Stage("")
		_, err := Run(ctx, from, to, Options{Progress: func(p Progress) {
			if steps++; steps == step {
				stage = p.Stage
				cancel()
			}
		}})
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnfinished) == (stage == Checking) {
			t.Fatalf("interrupted while %s: %v", stage, err)
		}
		if stage != Checking {
			wantIncomplete(t, to)
		}
	}
	sameContents(t, to, from)
}

// wantIncomplete fails the test unless a start is refused.
func wantIncomplete(t *testing.T, dsn string) {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, migrations.ErrMoving) {
		t.Fatalf("a start on it: %v, want ErrMoving", err)
	}
}
