package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	lib "modernc.org/sqlite/lib"
)

// connections returns n connections of db at once.
func connections(t *testing.T, db *sql.DB, n int) []*sql.Conn {
	t.Helper()
	var conns []*sql.Conn
	for range n {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conns = append(conns, conn)
	}
	return conns
}

func TestEverySettingHoldsOnEveryConnection(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	for db, queryOnly := range map[*sql.DB]string{s.Write: "0", s.Read: "1"} {
		for i, conn := range connections(t, db, db.Stats().MaxOpenConnections) {
			for pragma, want := range map[string]string{
				"journal_mode": "wal", "synchronous": "2", "busy_timeout": "2000", "foreign_keys": "1",
				"journal_size_limit": "67108864", "trusted_schema": "0", "cell_size_check": "1", "query_only": queryOnly,
			} {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("connection %d: %s = %q, %v; want %q", i, pragma, got, err, want)
				}
			}
		}
	}
}

// SQLite and its driver ignore what they do not know. Each of these once opened
// without a word. A misspelt synchronous is not among them: the default is FULL, so
// nothing is lost by it.
func TestAMisspeltSettingRefusesTheConnection(t *testing.T) {
	t.Parallel()
	for right, wrong := range map[string]string{
		"busy_timeout":       "bussy_timeout",
		"journal_mode":       "jornal_mode",
		"synchronous%282%29": "synchronous%281%29",
		"foreign_keys":       "foreign_key",
		"_defensive":         "_defencive",
		"_dqs":               "_dsq",
		"query_only":         "queryonly",
		"journal_size_limit": "journal_size_limt",
		"trusted_schema":     "trusted_shema",
		"cell_size_check":    "cell_sizes_check",
	} {
		t.Run(wrong, func(t *testing.T) {
			t.Parallel()
			c := (&file{path: filepath.Join(t.TempDir(), "x.db")}).connector(shopReader)
			c.dsn = strings.Replace(c.dsn, "mode=ro", "mode=rwc", 1) // there is no file yet
			conn, err := c.Connect(t.Context())
			if err != nil {
				t.Fatalf("as it is: %v", err)
			}
			conn.Close()
			misspelt := strings.Replace(c.dsn, right, wrong, 1)
			if misspelt == c.dsn {
				t.Fatalf("%s is not in %s", right, c.dsn)
			}
			c.dsn = strings.Replace(misspelt, "x.db", "y.db", 1) // journal_mode stays in a file
			if conn, err := c.Connect(t.Context()); err == nil {
				conn.Close()
				t.Errorf("%s was accepted", wrong)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
		})
	}
}

// Earlier versions have the WAL-reset bug, which could damage a file that two
// connections write and checkpoint: https://www.sqlite.org/wal.html#walresetbug
func TestSQLiteIsNewEnough(t *testing.T) {
	t.Parallel()
	const oldest = 3_051_003
	if n := lib.SQLITE_VERSION_NUMBER; n < oldest {
		t.Errorf("SQLite %d can damage a database, want %d or newer", n, oldest)
	}
}

func TestAPragmaCannotCarryFurtherSQL(t *testing.T) {
	t.Parallel()
	openNew(t) // sets it for the process
	c := (&file{path: filepath.Join(t.TempDir(), "x.db")}).connector(shopWriter)
	c.dsn += "&_pragma=foreign_keys(1)%3BCREATE+TABLE+x(y)"
	if conn, err := c.Connect(t.Context()); err == nil {
		conn.Close()
		t.Error("a pragma with a second statement was accepted")
	}
}

func TestTheReadPoolRefusesToWrite(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	_, err := s.Read.ExecContext(t.Context(), "DELETE FROM products")
	if err == nil || !IsUnavailable(err) {
		t.Errorf("DELETE on the read pool: %v", err)
	}
}

// Begun as DEFERRED, the second transaction would fail at its first write.
func TestWriteTransactionsTakeTurnsFromTheirStart(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	a, b := openAt(t, path), openAt(t, path)
	tx, err := a.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	mustExec(t, b.Write, "PRAGMA busy_timeout = 0")
	if second, err := b.Write.BeginTx(t.Context(), nil); err == nil {
		second.Rollback()
		t.Error("a second write transaction began beside the first")
	} else if !IsUnavailable(err) || IsConflict(err) {
		t.Errorf("the error of a locked database is not recognised: %v", err)
	}
}
