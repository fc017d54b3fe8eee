package groupcommit

import (
	"cmp"
	"database/sql/driver"
	"time"
)

// Options bound the queue and the groups. The zero value of each field means
// its default.
type Options struct {
	// MaxGroup is the largest number of statements, or of transactions, that share
	// a commit. The default is 256.
	MaxGroup int

	// MaxBytes bounds a group by the size of its SQL texts and parameters, so
	// that a few large values do not delay the others. A larger statement runs in
	// a group of one. The default is 1 MiB.
	MaxBytes int

	// MaxGather bounds how long a commit is put off so that others can share it: by
	// a group that waits for the callers of the last large groups, at most for eight
	// times the duration of a commit; and by transactions that follow one another.
	// The default is 4 ms; with a negative value neither happens.
	MaxGather time.Duration

	// MaxQueue is the largest number of requests that wait at once; the next
	// one gets ErrBusy immediately. The default is 4096.
	MaxQueue int

	// MaxWait bounds the time that a request waits before it starts to run, in
	// the queue and for SQLite's lock together, whatever its context says; then it
	// gets ErrBusy. A busy_timeout of the connection that is shorter still
	// applies to the lock. The default is 2 s.
	MaxWait time.Duration

	// MaxTx bounds an explicit transaction, because all others wait for it: after
	// MaxTx it is rolled back and its calls return ErrTxTimeout. The default is 30 s.
	MaxTx time.Duration

	// Wrap, if set, wraps the connector of SQLite's connections. Pass Connector of
	// the package stmtcache: modernc's connections prepare every text anew.
	Wrap func(driver.Connector) driver.Connector

	// Opened, if set, gets each real connection, unwrapped, before its first use.
	// An error refuses it.
	Opened func(driver.Conn) error

	// Settled, if set, is called after each transaction, and after each statement
	// that ran outside one, before its callers are answered. It gets the real
	// connection, on which no transaction is open then, or nil if that is about to
	// be closed; and whether the transaction was committed, as far as is known.
	Settled func(conn driver.Conn, committed bool)

	// OnCommit, if set, is called after each COMMIT, failed ones too, with the number
	// of statements or transactions that shared it and the time that it took. It
	// holds up all writes.
	OnCommit func(size int, took time.Duration)
}

func (o Options) withDefaults() Options {
	o.MaxGroup = cmp.Or(o.MaxGroup, 256)
	o.MaxBytes = cmp.Or(o.MaxBytes, 1<<20)
	o.MaxGather = cmp.Or(o.MaxGather, 4*time.Millisecond)
	o.MaxQueue = cmp.Or(o.MaxQueue, 4096)
	o.MaxWait = cmp.Or(o.MaxWait, 2*time.Second)
	o.MaxTx = cmp.Or(o.MaxTx, 30*time.Second)
	if o.Wrap == nil {
		o.Wrap = func(c driver.Connector) driver.Connector { return c }
	}
	return o
}
