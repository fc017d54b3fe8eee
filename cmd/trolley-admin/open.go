package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os/user"

	"trolley/internal/sqlite"
)

// reading runs read, which opens the database for reading. If a shop begins to use the
// database at that very moment, it runs read once more.
func (t tool) reading(read func() error) error {
	err := read()
	if errors.Is(err, sqlite.ErrChanged) {
		fmt.Fprintln(t.stderr, "A shop has just begun to use the database: once more.")
		err = read()
	}
	return err
}

// log warns on stderr.
func (t tool) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(t.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// journal is the log of what an operator changes: when, and who it was.
func (t tool) journal() *slog.Logger {
	who := "unknown"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	return slog.New(slog.NewTextHandler(t.stderr, nil)).With("user", cmp.Or(t.getenv("SUDO_USER"), who))
}
