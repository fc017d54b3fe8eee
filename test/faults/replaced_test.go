package faults

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// detectedWithin bounds how long a shop works on a file that is not there: what
// it acknowledges meanwhile is lost.
const detectedWithin = 30 * time.Second

func TestRemovedDatabaseStopsTheShop(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	wantStopped(t, s, "is gone", func() {
		if err := os.Remove(s.DB); err != nil {
			t.Fatal(err)
		}
	})
}

func TestMovedFolderStopsTheShop(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	wantStopped(t, s, "is gone", func() {
		if err := os.Rename(filepath.Dir(s.DB), filepath.Dir(s.DB)+"-moved"); err != nil {
			t.Fatal(err)
		}
	})
}

// The file that was put in the place of the database is whole afterwards: the
// write-ahead log of the one that was there is not applied to it.
func TestReplacedDatabaseStopsTheShop(t *testing.T) {
	t.Parallel()
	other := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	kept := other.begin(t)
	other.Stop(t)
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	blackbox.Change(t, s.DB, "UPDATE products SET description = 'Of the old file.'")
	wantStopped(t, s, "replaced", func() {
		if err := os.Rename(other.DB, s.DB); err != nil {
			t.Fatal(err)
		}
	})
	again := start(t, s.DB)
	blackbox.WantWhole(t, s.DB)
	if cart := again.cart(t, kept); cart["thing-1"] != 1 {
		t.Errorf("the file that was put there had a cart, which is now %v", cart)
	}
	if n := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM products WHERE description = 'Of the old file.'"); n > 0 {
		t.Errorf("%d products are those of the file that was there before", n)
	}
}

// wantStopped fails the test unless the shop, under load, ends soon after the
// change with code 1 and one last line. Whoever adds while it ends, here because
// the request took so long, is told that this was not kept.
func wantStopped(t *testing.T, s *shop, says string, change func()) {
	t.Helper()
	cookie := s.begin(t)
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	l.reach(t, 20)
	finish := s.holdAdd(t, cookie)
	change()
	changed := time.Now()
	eventually(t, "the shop says that it ends", func() bool { return strings.Contains(s.Stderr.String(), "stopping") })
	if status := finish(); status != http.StatusServiceUnavailable {
		t.Errorf("an add to a lost file is answered with %d", status)
	}
	code := s.Exit(t)
	took := time.Since(changed)
	close(stop)
	wait()
	t.Logf("the shop ended %v after it happened", took)
	if took > detectedWithin {
		t.Errorf("the shop ended %v after it happened", took)
	}
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	line := s.Stderr.LastLine()
	if !strings.HasPrefix(line, "trolley: ") || !strings.Contains(line, says) || !strings.Contains(line, s.DB) {
		t.Errorf("the last line of the log does not tell: %s", line)
	}
	if n := strings.Count(s.Stderr.String(), "\ntrolley: "); n > 1 {
		t.Errorf("%d lines say that it ends", n)
	}
}
