// Package groupcommit lets many goroutines that write to one SQLite file share one
// fsync. It is a database/sql driver around modernc.org/sqlite.
//
// With synchronous=FULL every commit waits for the disk, and one connection can
// write at a time, so a plain pool does one fsync after the other. Here a sql.DB
// hands out virtual connections that share one real connection. Statements and
// transactions that wait at the same time are committed together:
//
//	write, read, err := groupcommit.Open("file:app.db?_journal_mode=WAL&_synchronous=FULL", groupcommit.Options{})
//
// Use write for all that changes the database, and read for queries: a query in
// the pool for writes waits for the writers.
//
// # Promises
//
//   - No false success: nil means on disk. If SQLite undoes a whole group because
//     of one statement (a full disk, OR ROLLBACK, a panic in a SQL function, a
//     deferred foreign key), the statements run again one by one, and each gets
//     the error that a plain connection would have given it.
//   - No late write: if a context or Options.MaxWait ends while a request waits,
//     in the queue or for SQLite's lock, it gets an error and never runs. A
//     statement that has started is finished, and its outcome is returned.
//   - A bounded queue: ErrBusy after Options.MaxWait or beyond MaxQueue.
//   - A failed COMMIT fails all that share it. If SQLite cannot say whether it
//     took effect, the error is an ErrOutcomeUnknown.
//   - A failed fsync is final: nothing is written after it, and the files are left
//     for another process to recover (ErrNotSynced).
//
// # Transactions
//
// A transaction holds the writer lock: all other writes wait for it. When it ends
// and others wait, they follow one another in the same BEGIN IMMEDIATE, each as a
// savepoint, and all are answered after the shared COMMIT. Each sees what those
// before it did. ROLLBACK, a failed statement and a violated deferred foreign key
// undo their own transaction only. Rollback waits for the shared COMMIT, too,
// because what was read may not have been on disk.
//
// SQLite itself rolls back everything on OR ROLLBACK, RAISE(ROLLBACK), an I/O error
// or an interrupted write. Transactions cannot be run again from here, so all that
// shared the COMMIT and had ended get ErrRolledBack. After a script, which may have
// committed, they get an ErrOutcomeUnknown instead.
//
// A transaction that has ended waits for the one after it: at most until that one
// reaches Options.MaxTx. Transactions that take longer than Options.MaxGather do
// not share.
//
// # How it works
//
// The holder of the writer lock alone uses the real connection (queue, real). It is
// the writer goroutine, which begins a transaction and only then takes what waits
// (writer), or an open transaction (tx, txgroup), or a caller who found the queue
// empty and runs its own statement, as fast as on a plain connection.
//
// Statements that begin with INSERT, REPLACE, UPDATE, DELETE, WITH, SELECT or VALUES
// are grouped. All others (PRAGMA, VACUUM, ATTACH, DDL, scripts of several
// statements) run outside a transaction; BEGIN, COMMIT and ROLLBACK as text are
// refused (classify).
package groupcommit
