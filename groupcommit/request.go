package groupcommit

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"
)

// mode says how the SQL text of a request is used.
type mode int

const (
	modeExec mode = iota
	modeQuery
	modePrepare // to find its errors
)

// request is what a caller wants from the real connection, and the answer. Each
// virtual connection has one and reuses it.
type request struct {
	mode     mode
	class    class
	query    string
	args     []driver.NamedValue
	begins   bool           // a transaction, instead of running query
	do       func(*request) // outside a transaction, instead of running query
	ctx      context.Context
	deadline time.Time // of the wait

	result driver.Result
	rows   *buffer
	tx     *tx
	err    error
	done   chan struct{} // the answer is there
	timer  *time.Timer
}

func newRequest() *request {
	r := &request{done: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	r.timer.Stop()
	return r
}

// reset drops the references to parameters and results.
func (r *request) reset() {
	*r = request{done: r.done, timer: r.timer}
}

func (r *request) lane() lane {
	if r.begins || r.do != nil {
		return exclusive
	}
	return grouped
}

// size estimates the memory that the request adds to a group, in bytes.
func (r *request) size() int {
	n := len(r.query)
	for _, a := range r.args {
		switch v := a.Value.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		default:
			n += 8
		}
	}
	return n
}

// failed reports whether the statement failed, if only at its last row.
func (r *request) failed() bool {
	return r.err != nil || r.rows != nil && r.rows.err != io.EOF
}

// refusal is the error of a request that could not begin because of err.
func (r *request) refusal(err error) error {
	switch {
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return ErrBusy
	default:
		return busy(err)
	}
}

// answer hands r back to its caller. It must not be touched afterwards.
func (r *request) answer() { r.done <- struct{}{} }
