package main

import (
	"io"
	"log/slog"
	"time"
)

// newLogger logs to w, as text for people or as JSON, one object a line; in
// UTC, so that the logs of several machines can be laid side by side.
func newLogger(format string, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(groups) == 0 {
			a.Value = slog.TimeValue(a.Value.Time().UTC().Truncate(time.Millisecond))
		}
		return a
	}}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
