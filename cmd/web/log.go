package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/time/rate"
)

// newLogger logs to w from a level on, as text for people or as JSON, one object a
// line; in UTC, so that the logs of several machines can be laid side by side.
func newLogger(format string, level slog.Level, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: readable}
	var h slog.Handler = slog.NewTextHandler(w, o)
	if format == "json" {
		h = slog.NewJSONHandler(w, o)
	}
	return slog.New(logBudget{h, &logKinds{by: make(map[string]*logKind)}})
}

// maxLogged bounds a value in the log, in bytes: visitors choose what paths and errors
// hold.
const maxLogged = 200

// readable replaces what would make a line long or illegible. A stack trace is the
// program's and stays whole.
func readable(groups []string, a slog.Attr) slog.Attr {
	text := a.Value.String()
	_, isError := a.Value.Any().(error)
	switch {
	case a.Key == slog.TimeKey && len(groups) == 0:
		a.Value = slog.TimeValue(a.Value.Time().UTC().Truncate(time.Millisecond))
	case a.Value.Kind() == slog.KindDuration:
		a.Value = slog.StringValue(text) // JSON would have nanoseconds
	case a.Key != "stack" && (isError || len(text) > maxLogged || a.Value.Kind() == slog.KindString):
		a.Value = slog.StringValue(shortened(strings.Map(tame, text)))
	}
	return a
}

// shortened keeps the end as well: it tells the cause of an error.
func shortened(s string) string {
	const end = maxLogged / 3
	if len(s) <= maxLogged {
		return s
	}
	return strings.ToValidUTF8(s[:maxLogged-end], "") + "..." + strings.ToValidUTF8(s[len(s)-end:], "")
}

// tame replaces the invisible characters that JSON lets pass: control characters above ASCII,
// which terminals obey and some programs take for the end of a line, and characters
// that turn the direction of what follows. The handlers quote those below the space.
func tame(r rune) rune {
	if r > ' ' && !unicode.IsGraphic(r) {
		return unicode.ReplacementChar
	}
	return r
}

// The budget of each kind of line. One client can cause thousands a second.
const (
	linesPerSecond = 10
	linesAtOnce    = 200
)

// logBudget counts the lines of a kind that are beyond its budget, in one line a second.
// A kind is a message, with the status of a refusal. The log of all requests is whole.
type logBudget struct {
	slog.Handler
	kinds *logKinds
}

type logKinds struct {
	mu sync.Mutex
	by map[string]*logKind
}

type logKind struct {
	budget  *rate.Limiter
	leftOut int
}

// Handle implements slog.Handler.
func (b logBudget) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "request" || b.kinds.take(r, b.tell) {
		return b.Handler.Handle(ctx, r)
	}
	return nil
}

// take reports whether the budget of a record's kind has room. If not, tell is called in
// a second, with how many records had none by then.
func (k *logKinds) take(r slog.Record, tell func(kind string, n int)) bool {
	name := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "status" {
			name += " " + a.Value.String()
		}
		return true
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	of, known := k.by[name]
	if !known {
		of = &logKind{budget: rate.NewLimiter(linesPerSecond, linesAtOnce)}
		k.by[name] = of
	}
	if of.budget.Allow() {
		return true
	}
	if of.leftOut++; of.leftOut == 1 {
		time.AfterFunc(time.Second, func() {
			k.mu.Lock()
			n := of.leftOut
			of.leftOut = 0
			k.mu.Unlock()
			tell(name, n)
		})
	}
	return false
}

func (b logBudget) tell(kind string, n int) {
	r := slog.NewRecord(time.Now(), slog.LevelWarn, "lines left out", 0)
	r.AddAttrs(slog.String("kind", kind), slog.Int("count", n))
	_ = b.Handler.Handle(context.Background(), r) // there is no other log to tell it to
}

// WithAttrs implements slog.Handler.
func (b logBudget) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logBudget{b.Handler.WithAttrs(attrs), b.kinds}
}

// WithGroup implements slog.Handler.
func (b logBudget) WithGroup(name string) slog.Handler {
	return logBudget{b.Handler.WithGroup(name), b.kinds}
}
