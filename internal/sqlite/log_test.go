package sqlite

import (
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"
)

// After a kill the index says what the log held. After a power cut it may be older than
// the log, which was emptied since: such a shop starts.
func TestAnIndexOfBeforeThePowerCutIsNotBelieved(t *testing.T) {
	t.Parallel()
	killed := openNew(t)
	mustExec(t, killed.Write, "INSERT INTO sessions (token, data, expiry) VALUES ('a', x'7b7d', 2470000.5)")
	path := newFile(t)
	for _, suffix := range suffixes {
		content, err := os.ReadFile(killed.file.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := empty(t.Context(), killed.checkpointer.own); err != nil {
		t.Fatal(err)
	}
	moved, err := os.ReadFile(killed.file.path)
	if err == nil {
		err = errors.Join(os.WriteFile(path, moved, 0o600), os.Truncate(path+"-wal", 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrLost) {
		t.Errorf("with the index of a killed shop: %v, want ErrLost", err)
	}
	before := machineStarted().Add(-time.Minute)
	if err := os.Chtimes(path+"-shm", before, before); err != nil {
		t.Fatal(err)
	}
	if n := count(t, openAt(t, path).Read, "SELECT COUNT(*) FROM sessions"); n != 1 {
		t.Errorf("%d sessions after a power cut, want 1", n)
	}
}
