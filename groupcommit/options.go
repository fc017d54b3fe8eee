package groupcommit

import (
	"cmp"
	"database/sql/driver"
	"time"
)

// Options bound the queue and the groups. The zero value of each field means
// its default.
type Options struct {
	// MaxGroup is the largest number of statements in one transaction. The
	// default is 256.
	MaxGroup int

	// MaxBytes bounds a group by the size of its SQL texts and parameters, so
	// that a few large values do not hold up everybody else. A statement that
	// is larger by itself runs in a group of one. The default is 1 MiB.
	MaxBytes int

	// MaxGather bounds how long a group waits for the callers of the groups before
	// it, if those were many, besides eight times the duration of a commit. The
	// default is 4 ms; with a negative value nobody waits.
	MaxGather time.Duration

	// MaxQueue is the largest number of requests that wait at once; the next
	// one gets ErrBusy immediately. The default is 4096.
	MaxQueue int

	// MaxWait bounds the time a request waits before it starts to run, in the
	// queue and for SQLite's lock together, whatever its context says; then it
	// gets ErrBusy. A busy_timeout of the connection that is shorter still
	// applies to the lock. The default is 2 s.
	MaxWait time.Duration

	// MaxTx bounds an explicit transaction, because everybody else waits for
	// it: after MaxTx it is rolled back and its calls return ErrTxTimeout.
	// The default is 30 s; a negative value means no bound.
	MaxTx time.Duration

	// MaxStatements is the number of prepared statements that are kept on the
	// real connection. The default is 64; a negative value keeps none.
	MaxStatements int

	// Opened, if set, gets each real connection before its first use. An error
	// refuses it.
	Opened func(driver.Conn) error

	// Settled, if set, is called after each transaction, and each statement that
	// ran outside of one, before whoever waits for it is answered. It gets the
	// real connection, on which no transaction is open then, or nil where that is
	// about to be closed; and whether the transaction was committed, as far as is known.
	Settled func(conn driver.Conn, committed bool)
}

func (o Options) withDefaults() Options {
	return Options{
		MaxGroup:      cmp.Or(o.MaxGroup, 256),
		MaxBytes:      cmp.Or(o.MaxBytes, 1<<20),
		MaxGather:     cmp.Or(o.MaxGather, 4*time.Millisecond),
		MaxQueue:      cmp.Or(o.MaxQueue, 4096),
		MaxWait:       cmp.Or(o.MaxWait, 2*time.Second),
		MaxTx:         cmp.Or(o.MaxTx, 30*time.Second),
		MaxStatements: cmp.Or(o.MaxStatements, 64),
		Opened:        o.Opened,
		Settled:       o.Settled,
	}
}
