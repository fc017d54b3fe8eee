package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"trolley/internal/sqlite"
	"trolley/internal/store"
)

// reading opens the database to look at it, and has look do so. A database that
// a shop begins to use at that very moment is opened once more.
func (t tool) reading(ctx context.Context, db string, look func(*store.Store) error) error {
	err := t.readOnce(ctx, db, look)
	if errors.Is(err, sqlite.ErrChanged) {
		fmt.Fprintln(t.stderr, "A shop has just begun to use the database: once more.")
		err = t.readOnce(ctx, db, look)
	}
	return err
}

func (t tool) readOnce(ctx context.Context, db string, look func(*store.Store) error) error {
	s, err := store.OpenReadOnly(ctx, db, t.log())
	if err != nil {
		return err
	}
	return errors.Join(look(s), s.Close())
}

// log warns on stderr, without times: somebody is looking.
func (t tool) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(t.stderr, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}
