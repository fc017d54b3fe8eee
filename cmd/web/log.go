package main

import (
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"
)

// newLogger logs to w, as text for people or as JSON, one object a line; in
// UTC, so that the logs of several machines can be laid side by side.
func newLogger(format string, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(groups) == 0 {
			a.Value = slog.TimeValue(a.Value.Time().UTC().Truncate(time.Millisecond))
		}
		if a.Value.Kind() == slog.KindString {
			a.Value = slog.StringValue(strings.Map(tame, a.Value.String()))
		}
		return a
	}}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// tame replaces the control characters that JSON lets pass, and slog with it: DEL
// and C1, which terminals obey and some programs take for the end of a line.
func tame(r rune) rune {
	if r >= 0x7f && r <= 0x9f {
		return unicode.ReplacementChar
	}
	return r
}
