package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"trolley/internal/move"
	"trolley/internal/store"
	"trolley/test/pgtest"
)

// moveUntil moves a shop, and stops for good when it is told for the nth time of
// its progress after the check of the source.
func moveUntil(n int, from, to string) int {
	steps := 0
	_, err := move.Run(context.Background(), from, to, move.Options{Progress: func(p move.Progress) {
		if p.Stage == move.Checking {
			return
		}
		if steps++; steps == n {
			fmt.Println("here")
			select {}
		}
	}})
	fmt.Println("finished:", err)
	return 1
}

// moves is a move that has to succeed. Of a server of tests it warns.
func moves(t *testing.T, from, to string) done {
	t.Helper()
	d := admin(t, from, "move", to)
	if d.code != 0 {
		t.Fatalf("exit code %d\n%s%s", d.code, d.stdout, d.stderr)
	}
	return d
}

// Wherever a move is killed, no shop starts on what it left, and the next one
// completes it. Each is killed one step later than the one before.
func TestAKilledMoveIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	from, to := usedShop(t), pgtest.New(t)
	step := 1
	for ; kill(t, stopMoveAt+"="+strconv.Itoa(step), from, to); step++ {
		s, err := store.Open(t.Context(), to, slog.New(slog.DiscardHandler))
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "trolley-admin move again") {
			t.Fatalf("killed at step %d, a shop starts: %v", step, err)
		}
	}
	if step < 10 {
		t.Errorf("it was killed at %d steps only", step-1)
	}
	if d := moves(t, from, to); !strings.Contains(d.stdout, "every row is the same") {
		t.Errorf("the move that nobody killed was not complete:\n%s", d.stdout)
	}
	must(t, admin(t, to, "verify"))
}

func TestAMoveTellsWhatItMoved(t *testing.T) {
	t.Parallel()
	from, to := usedShop(t), pgtest.New(t)
	d := moves(t, from, to)
	for _, want := range []string{"ok     sessions            2 rows\n", "ok     orders              1 row\n", from + ": moved to postgres://", "every row compared"} {
		if !strings.Contains(d.stdout, want) {
			t.Errorf("%q is not in\n%s", want, d.stdout)
		}
	}
}

func TestASourceWithAWrongRowIsNotMovedAndNamed(t *testing.T) {
	t.Parallel()
	from, to := usedShop(t), pgtest.New(t)
	damage(t, from, "UPDATE products SET stock = -3 WHERE sku = 'bread-knife'")
	d := admin(t, from, "move", to)
	if d.code != exitFailed || !strings.Contains(d.stderr, "the stock of bread-knife is -3") || !strings.Contains(d.stderr, "a promise is broken") {
		t.Errorf("%+v", d)
	}
}

func TestAnInterruptedMoveSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		context.Canceled: "interrupted; nothing is left half done",
		fmt.Errorf("%w: copy: %w", move.ErrUnfinished, context.Canceled): "the move is not complete, run it again: copy: context canceled",
	} {
		if got := sentence(err); got != want {
			t.Errorf("sentence(%v) = %q, want %q", err, got, want)
		}
	}
}
