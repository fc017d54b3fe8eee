package e2e

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// Every node purges when it starts, so three that start at once purge the same
// rows at once.
func TestThreeNodesPurgeEachExpiredRowOnce(t *testing.T) {
	t.Parallel()
	const expired, alive = 20_000, 10
	dsn := shelved.New(t)
	const fill = `INSERT INTO sessions (token, data, expiry)
		SELECT lpad(i::text, 12, '0') || 'x', '{}', now() + CASE WHEN i <= $1 THEN INTERVAL '-1 hour' ELSE INTERVAL '1 hour' END
		FROM generate_series(1, $2) AS i`
	blackbox.Change(t, dsn, fill, expired, expired+alive)
	c := nodesOn(t, dsn, proctest.Trolley)
	for blackbox.Count(t, dsn, "SELECT COUNT(*) FROM sessions") > alive {
		if t.Context().Err() != nil {
			t.Fatal("the purge does not end")
		}
	}
	purged := 0
	for i, n := range c.nodes {
		n.Stop(t) // so that the last batch is in the log
		of := n.purged(t)
		t.Logf("node %d purged %d", i, of)
		purged += of
	}
	// The rows are gone, so a row that two nodes call purged makes the sum too large.
	if n := blackbox.Count(t, dsn, "SELECT COUNT(*) FROM sessions"); n != alive || purged != expired {
		t.Errorf("%d were purged and %d are left, want %d and %d", purged, n, expired, alive)
	}
}

// purged returns how many sessions the node's log calls expired, and fails the test
// where a purge failed.
func (s *shop) purged(t testing.TB) (n int) {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(s.Stderr.String()))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Msg   string
			Count int
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		switch line.Msg {
		case "sessions expired":
			n += line.Count
		case "purge stopped":
			t.Errorf("the log has %s", lines.Text())
		}
	}
	return n
}
