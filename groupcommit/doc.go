// Package groupcommit makes many small durable writes to SQLite fast: it is a
// database/sql driver around another one (modernc.org/sqlite) that commits the
// autocommit statements of many goroutines together.
//
// With PRAGMA synchronous=FULL every commit waits for the disk, and only one
// connection can write at a time, so a plain pool does one fsync per statement,
// one after the other. Here a sql.DB hands out virtual connections that share
// one real connection. Whatever statements wait while the disk is busy run in
// the next transaction, one fsync for all:
//
//	inner, err := sqlite.NewConnector("file:app.db?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=2000")
//	db := sql.OpenDB(groupcommit.Connector(inner, groupcommit.Options{}))
//	db.SetMaxIdleConns(256)
//
// Callers notice nothing: each statement is a transaction of its own, has its
// own error, and is on disk when Exec returns. Who comes alone waits for nobody;
// after a crowd a group waits some milliseconds for it to come again.
//
// # What is promised
//
//   - No false success: nil means committed. If the transaction of a group is
//     lost because of one statement (SQLITE_FULL, OR ROLLBACK, a panic in a SQL
//     function, a deferred foreign key), its statements run again one by one,
//     and each gets the error that a plain connection would have given it.
//   - No late write: a caller whose context or Options.MaxWait ends while it
//     waits, in the queue or for SQLite's lock, gets an error, and its statement
//     is never run. One that has started is finished and its result awaited.
//   - No endless queue: ErrBusy after Options.MaxWait or beyond MaxQueue.
//   - Transactions (BeginTx) have the real connection for themselves. They and
//     the groups take turns; neither starves the other, and nobody polls.
//   - A failed COMMIT fails everybody in the group. If SQLite cannot say whether
//     it took effect the error is an ErrOutcomeUnknown.
//   - No second chance for fsync: after one failed, nothing is written any more,
//     and the files are left for another process to recover (ErrNotSynced).
//
// # How it works
//
// One pen goes round (queue): whoever holds it uses the real connection (real).
// The writer goroutine takes it when somebody waits, begins a transaction, and
// only then takes the waiting statements from the queue (writer). A transaction
// keeps it until it ends (lease). A caller who finds nobody waiting takes it for
// its own statement, which is then as fast as on a plain connection.
//
// Only statements that begin with INSERT, REPLACE, UPDATE, DELETE, WITH, SELECT
// or VALUES are grouped. All others (PRAGMA, VACUUM, ATTACH, DDL, scripts of
// several statements) run alone and outside a transaction; BEGIN, COMMIT and the
// like as text are refused (classify).
//
// Options.Opened and Options.Settled let the owner of the pool watch the real
// connection: for hooks, say, or for what has been committed.
//
// Options.Wrap takes a statement cache: see the package stmtcache.
package groupcommit
