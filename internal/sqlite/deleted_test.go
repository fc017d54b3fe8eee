package sqlite

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// What a visitor deleted is in none of the files after the shop has ended, and after a
// quiet moment not while it runs either: neither a value that was cleared, nor a session
// that was destroyed, of one page or of several.
func TestWhatWasDeletedIsInNoFile(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	const secret = "Destroyed Street "
	for i := range 300 {
		long := fmt.Appendf(nil, `{"address":"%s%d","padding":"%s"}`, secret, i, strings.Repeat("x", i*30))
		mustExec(t, s.Write, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, 2470000.5)",
			fmt.Sprintf("%043d", i*7919%300), long)
	}
	mustExec(t, s.Write, "UPDATE sessions SET data = x'7b7d' WHERE token % 3 = 0")
	for i := range 300 {
		mustExec(t, s.Write, "DELETE FROM sessions WHERE data <> x'7b7d' AND token = $1", fmt.Sprintf("%043d", i))
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if s.WALBytes() == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a shop without writes never empties its log")
		}
		time.Sleep(50 * time.Millisecond)
	}
	wantNowhere(t, secret, path, path+"-wal")
	mustExec(t, s.Write, "UPDATE products SET stock = 1") // the versions know the new log
	if _, ok := s.versions.version("a"); !ok {
		t.Error("no row has a version any more")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantNowhere(t, secret, path)
}

func wantNowhere(t *testing.T, secret string, paths ...string) {
	t.Helper()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(content, []byte(secret)); n > 0 {
			t.Errorf("%s has it %d times", path, n)
		}
	}
}
