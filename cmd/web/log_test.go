package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trolley/test/shoptest"
)

// One client can neither write long lines nor many of a kind, and it is told how many
// there were.
func TestTheLogOfAFloodIsShort(t *testing.T) {
	t.Parallel()
	const requests = 50_000
	long := strings.Repeat("é", 12_000)
	for _, format := range []string{"json", "text"} {
		synctest.Test(t, func(t *testing.T) {
			log := &shoptest.Journal{}
			l := newLogger(format, slog.LevelInfo, log).With("of", long)
			for range requests {
				l.Info("request refused", "path", long, "status", 403, "error", errors.New(long), "list", []string{long})
			}
			l.Info("request refused", "status", 409)
			time.Sleep(2 * time.Second)
			text := log.String()
			if len(text) > 300<<10 {
				t.Errorf("%s: %d requests wrote %d KiB", format, requests, len(text)>>10)
			}
			for line := range strings.Lines(text) {
				if len(line) > 4*maxLogged+400 {
					t.Fatalf("%s: a line of %d bytes: %s", format, len(line), line)
				}
			}
			for _, want := range []string{"lines left out", "409", "49800"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: nothing says %q", format, want)
				}
			}
		})
	}
}

// The end of an error tells its cause.
func TestACutErrorKeepsBothEnds(t *testing.T) {
	t.Parallel()
	log := &shoptest.Journal{}
	newLogger("json", slog.LevelInfo, log).Error("not ready", "error", errors.New("store: "+strings.Repeat("x", 1000)+": disk full"))
	if got, _ := log.Entries(t)[0]["error"].(string); !strings.HasPrefix(got, "store: x") || !strings.HasSuffix(got, "x: disk full") || len(got) > maxLogged+10 {
		t.Errorf("%q", got)
	}
}

// Every request is in the log that was asked for.
func TestTheAccessLogIsWhole(t *testing.T) {
	t.Parallel()
	log := &shoptest.Journal{}
	l := newLogger("json", slog.LevelInfo, log)
	for range 1000 {
		l.Info("request", "status", 200)
	}
	if got := len(log.Entries(t)); got != 1000 {
		t.Errorf("%d of 1000 requests", got)
	}
}

// These are invisible in a log, and turn the text that follows them.
func TestCharactersThatCannotBeSeenAreReplacedInTheLog(t *testing.T) {
	t.Parallel()
	for _, r := range "\u00ad\u061c\u200b\u200e\u202a\u202e\u2028\u2029\u2066\u2069\ufeff\U000e0041\u0085\u009b\ue000" {
		log := &shoptest.Journal{}
		newLogger("json", slog.LevelInfo, log).Info("request refused", "path", "/a"+string(r)+"b")
		if got := log.Entries(t)[0]["path"]; got != "/a\ufffdb" {
			t.Errorf("%U: %q", r, got)
		}
	}
}
