package sqlite

import (
	"errors"
	"os"
	"testing"
	"time"
)

// What SQLite writes to the file, whichever program has it do so, and what only looks
// like a change, is no loss.
func TestOnlyAForeignContentIsALoss(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	guest, err := OpenExisting(t.Context(), path, s.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { guest.Close() })
	mustExec(t, s.Write, "INSERT INTO sessions (token, data, expiry) VALUES ('a', x'7b7d', 2470000.5)")
	changes := map[string]func() error{
		"checkpoint": func() error { return move(t.Context(), s.checkpointer.own) },
		"truncate":   func() error { return empty(t.Context(), guest.Write) },
		"vacuum":     func() error { _, err := guest.Write.ExecContext(t.Context(), "VACUUM"); return err },
		"copy":       func() error { return guest.CopyTo(t.Context(), newFile(t)) },
		"touch":      func() error { return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) },
		"chmod":      func() error { return os.Chmod(path, 0o640) },
		"rewritten":  func() error { return rewrite(path, func(b []byte) {}) },
	}
	for name, change := range changes {
		mustExec(t, s.Write, "UPDATE sessions SET data = randomblob(30000)")
		if err := change(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	last := func(b []byte) { b[len(b)-1]++ }
	if err := rewrite(path, last); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); !errors.Is(err, ErrLost) {
		t.Errorf("another last byte: %v", err)
	}
}

// The log was never looked at since it began: all of it must be there.
func TestAHoleInTheLogIsALoss(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	write := func() {
		mustExec(t, s.Write, "INSERT INTO sessions (token, data, expiry) VALUES (hex(randomblob(8)), x'7b7d', 2470000.5)")
	}
	write()
	write()
	if err := os.Truncate(path+"-wal", logHeader); err != nil {
		t.Fatal(err)
	}
	write()
	if err := s.Check(); !errors.Is(err, ErrLost) {
		t.Errorf("the first commits are gone from the log: %v", err)
	}
}

// Another program would take the log that stands next to the file that a link names.
func TestALinkInThePlaceOfAFileIsALoss(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"", "-wal"} {
		path := newFile(t)
		s := openAt(t, path)
		if err := errors.Join(os.Rename(path+suffix, path+".moved"), os.Symlink(path+".moved", path+suffix)); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); !errors.Is(err, ErrLost) {
			t.Errorf("a link to db%s: %v", suffix, err)
		}
	}
}

// While a reader holds back a checkpoint, the file may have fewer pages than its header
// counts: the last ones have changed since, and stay in the log.
func TestACheckpointHeldBackIsNoLoss(t *testing.T) {
	t.Parallel()
	s := openAt(t, newFile(t))
	mustExec(t, s.Write, "INSERT INTO sessions (token, data, expiry) VALUES ('a', randomblob(200000), 2470000.5)")
	tx, err := s.Read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("SELECT COUNT(*) FROM sessions"); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Write, "UPDATE sessions SET data = randomblob(200000)")
	if err := move(t.Context(), s.checkpointer.own); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// rewrite writes a file anew, in place.
func rewrite(path string, change func([]byte)) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	change(content)
	return os.WriteFile(path, content, private)
}
