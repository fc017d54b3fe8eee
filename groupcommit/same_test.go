package groupcommit

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sameSchema = `
CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, k TEXT UNIQUE, n INTEGER NOT NULL CHECK (n < 20)) STRICT;
CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
CREATE TRIGGER rollback_all BEFORE INSERT ON t WHEN new.k = 'k13' BEGIN SELECT RAISE(ROLLBACK, 'k13'); END;
CREATE TRIGGER fail_half BEFORE INSERT ON t WHEN new.k = 'k14' BEGIN SELECT RAISE(FAIL, 'k14'); END;
`

// groupable are statements that may be in a group. Each has one parameter.
var groupable = []string{
	"INSERT INTO t (k, n) VALUES ('k' || ?1, ?1)",
	"INSERT INTO t (k, n) VALUES ('k' || ?1, ?1), ('k' || (?1 + 1), ?1) RETURNING id, k",
	"INSERT OR IGNORE INTO t (k, n) VALUES ('k' || ?1, ?1)",
	"INSERT OR REPLACE INTO t (k, n) VALUES ('k' || ?1, ?1) RETURNING *",
	"INSERT OR FAIL INTO t (k, n) VALUES ('k' || (?1 + 1), 1), ('k' || ?1, 1), ('k' || (?1 + 1), 1)",
	"INSERT OR ROLLBACK INTO t (k, n) VALUES ('k' || ?1, ?1)",
	"REPLACE INTO t (k, n) VALUES ('k' || ?1, 30 - ?1)",
	"WITH x (v) AS (VALUES (?1)) INSERT INTO t (k, n) SELECT 'x' || v, v FROM x",
	"UPDATE t SET n = n + ?1",
	"UPDATE OR FAIL t SET n = n + ?1 WHERE id > 2",
	"UPDATE t SET k = 'k' || ?1 WHERE id = ?1 RETURNING id, k, n",
	"DELETE FROM t WHERE k = 'k' || ?1 RETURNING id",
	"DELETE FROM t WHERE id > ?1",
	"INSERT INTO c (t) VALUES (?1)",
	"DELETE FROM c WHERE t = ?1",
	"SELECT id, k, n FROM t WHERE id >= ?1 ORDER BY id",
	"SELECT CASE WHEN n = ?1 THEN abs(-9223372036854775807 - 1) ELSE n END AS late FROM t ORDER BY id",
	"WITH x AS (SELECT 1) SELECT count(*), sum(n), ?1 FROM t, x",
	"VALUES (?1, 'a'), (x'00', NULL)",
	"INSERT INTO nowhere VALUES (?1)",
	"INSERT INTO t (k, n) VALUES (?1",
	"INSERT INTO t (k, n) VALUES ('two' || ?1, ?2)",
}

// lonely are statements that are not.
var lonely = []string{
	"PRAGMA user_version = 7",
	"PRAGMA user_version",
	"CREATE TABLE IF NOT EXISTS extra (v)",
	"DROP TABLE IF EXISTS extra",
	"INSERT INTO extra VALUES (?1); INSERT INTO t (k, n) VALUES ('s' || ?1, 1); INSERT INTO extra VALUES (?1)",
	"INSERT INTO t (k, n) VALUES (';' || ?1, ?1)",
	"-- nothing",
}

// handle is what both sql.DB and sql.Tx can do.
type handle interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
}

// side runs a program on one database and writes down what it sees.
type side struct {
	db  *sql.DB
	tx  *sql.Tx
	log strings.Builder
}

func (s *side) handle() handle {
	if s.tx != nil {
		return s.tx
	}
	return s.db
}

// endIfGone ends the transaction if SQLite has rolled it back: what follows would
// commit alone on a plain connection, and a Group refuses it.
func (s *side) endIfGone() {
	if s.tx == nil {
		return
	}
	_, err := s.tx.Exec("BEGIN")
	if err == nil {
		s.tx.Exec("ROLLBACK")
	}
	if err == nil || errors.Is(err, sql.ErrTxDone) {
		s.end((*sql.Tx).Commit)
	}
}

// end ends the open transaction, if any.
func (s *side) end(end func(*sql.Tx) error) {
	if s.tx != nil {
		fmt.Fprintf(&s.log, "end: %s\n", describe(end(s.tx)))
		s.tx = nil
	}
}

func (s *side) begin() {
	if s.tx == nil {
		var err error
		s.tx, err = s.db.Begin()
		fmt.Fprintf(&s.log, "begin: %s\n", describe(err))
	}
}

func describe(err error) string {
	var coded interface{ Code() int }
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &coded):
		return fmt.Sprint("code ", coded.Code())
	default:
		return err.Error()
	}
}

// outcome runs one statement in one of three ways and describes what it did.
func outcome(h handle, query string, arg int64, how byte) string {
	ctx := context.Background()
	switch how % 3 {
	case 0:
		res, err := h.ExecContext(ctx, query, arg)
		return query + ": " + result(query, res, err)
	case 1:
		rows, err := h.QueryContext(ctx, query, arg)
		return query + ": " + table(query, rows, err)
	default:
		s, err := h.PrepareContext(ctx, query)
		if err != nil {
			return query + ": " + describe(err)
		}
		defer s.Close()
		rows, err := s.QueryContext(ctx, arg)
		return query + ": prepared " + table(query, rows, err)
	}
}

// result describes what Exec returned. The count of rows means something for
// statements that write, the id for those that inserted; otherwise SQLite repeats
// what it said last, and that may have been to somebody else.
func result(query string, res sql.Result, err error) string {
	id, n := int64(0), int64(0)
	switch {
	case err != nil:
		return describe(err)
	case !writes(query):
		return "ok"
	}
	if n, _ = res.RowsAffected(); n > 0 && (strings.Contains(query, "INSERT") || strings.Contains(query, "REPLACE")) {
		id, _ = res.LastInsertId()
	}
	return fmt.Sprintf("id %d, %d rows", id, n)
}

func writes(query string) bool {
	return classify(query) == classGrouped && !strings.HasPrefix(query, "SELECT") && !strings.HasPrefix(query, "VALUES") &&
		!strings.HasPrefix(query, "WITH x AS (SELECT")
}

// table describes what Query returned. If a write fails when it commits, a plain
// connection hands out the rows of RETURNING before the error; a Group does not.
func table(query string, rows *sql.Rows, err error) string {
	if err != nil {
		return describe(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	text := fmt.Sprint(columns)
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range dest {
			dest[i] = &values[i]
		}
		err := rows.Scan(dest...)
		text += fmt.Sprintf(" %v %s", values, describe(err))
	}
	if rows.Err() != nil && writes(query) {
		return describe(rows.Err())
	}
	return text + " " + describe(rows.Err())
}

// seeds is how many random programs an ordinary test run tries.
const seeds = 40

// FuzzSameAsPlain runs byte-coded programs of two bytes per instruction on a
// plain connection and on a Group, and compares all that can be seen.
func FuzzSameAsPlain(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x01\x01\x02\x17\x05\x18\x00\x04\x03\x19\x00"))
	f.Add([]byte("\x1a\x65\x00\x00\x1a\x67\x05\x00\x08\x05\x0d\x09\x0f\x01"))
	f.Add([]byte("\x17\x00\x00\x02\x05\x02\x00\x03\x18\x00\x17\x00\x0d\x09\x18\x00\x0f\x00"))
	for i := range seeds {
		random, program := rand.NewPCG(1, uint64(i)), []byte(nil)
		for len(program) < 200 {
			program = binary.LittleEndian.AppendUint64(program, random.Uint64())
		}
		f.Add(program)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 200 {
			t.Skip()
		}
		plain := &side{db: openPlain(t, filepath.Join(t.TempDir(), "plain.db"), "_synchronous=OFF")}
		db, g := openGroup(t, connector(t, filepath.Join(t.TempDir(), "group.db"), "_synchronous=OFF"), patient)
		grouped := &side{db: db}
		for _, s := range []*side{plain, grouped} {
			mustExec(t, s.db, sameSchema)
			s.run(t, program, g)
		}
		if diff := cmp.Diff(plain.log.String(), grouped.log.String()); diff != "" {
			t.Errorf("a plain connection (-) and a group (+) differ:\n%s", diff)
		}
	})
}

// run runs program and dumps the database.
func (s *side) run(t *testing.T, program []byte, g *Group) {
	for len(program) >= 2 {
		op, arg := program[0], program[1]
		program = program[2:]
		switch op = op % byte(len(groupable)+len(lonely)+4); {
		case int(op) < len(groupable):
			s.log.WriteString(outcome(s.handle(), groupable[op], int64(arg%16), arg/16) + "\n")
			s.endIfGone()
		case int(op) < len(groupable)+len(lonely):
			s.log.WriteString(outcome(s.handle(), lonely[int(op)-len(groupable)], int64(arg%16), arg/16) + "\n")
			s.endIfGone()
		case arg >= 200 || s.tx != nil && arg >= 100:
			s.end((*sql.Tx).Rollback)
		case s.tx != nil:
			s.end((*sql.Tx).Commit)
		case arg < 60:
			s.begin()
		default:
			n := min(len(program)/2, int(arg%8)+2)
			s.burst(t, program[:2*n], g, arg%16 >= 8)
			program = program[2*n:]
		}
	}
	s.end((*sql.Tx).Rollback)
	for _, query := range []string{"SELECT * FROM t ORDER BY id", "SELECT * FROM c ORDER BY id",
		"SELECT * FROM sqlite_sequence", "SELECT name FROM sqlite_schema ORDER BY name",
		"PRAGMA user_version", "PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		s.log.WriteString(outcome(s.db, query, 0, 1) + "\n")
	}
}

// burst runs statements one after the other on a plain connection, and in one
// group, in the same order, on a Group; inTx, each in a transaction that shares
// its commit.
func (s *side) burst(t *testing.T, program []byte, g *Group, inTx bool) {
	lines := make([]string, len(program)/2)
	one := func(i int) {
		query, arg := groupable[int(program[2*i])%len(groupable)], program[2*i+1]
		if inTx {
			lines[i] = transaction(s.db, query, arg)
		} else {
			lines[i] = outcome(s.db, query, int64(arg%16), arg/16%2)
		}
	}
	if s.db.Stats().MaxOpenConnections == 1 { // plain
		for i := range lines {
			one(i)
		}
	} else {
		hold := begin(t, s.db)
		done := make(chan struct{})
		for i := range lines {
			go func() { one(i); done <- struct{}{} }()
			waitFor(t, "a statement in the queue", func() bool { return g.Stats().Waiting == i+1 })
		}
		hold.Rollback()
		for range lines {
			<-done
		}
	}
	s.log.WriteString("burst\n" + strings.Join(lines, "\n") + "\n")
}

// transaction runs a statement in a transaction. It must not be one that makes
// SQLite roll back the others.
func transaction(db *sql.DB, query string, arg byte) string {
	if strings.Contains(query, "OR ROLLBACK") {
		query = groupable[0]
	}
	tx, err := db.Begin()
	if err != nil {
		return "begin: " + describe(err)
	}
	line := outcome(tx, query, int64(arg%12), arg/16%2) // 13 is rolled back by a trigger
	if arg >= 200 {
		return line + " undone " + describe(tx.Rollback())
	}
	return line + " committed " + describe(tx.Commit())
}
