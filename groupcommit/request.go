package groupcommit

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"
)

// request is what a caller wants from the real connection, and the answer. Each
// virtual connection has one and reuses it.
type request struct {
	class    class
	query    string
	args     []driver.NamedValue
	wantRows bool
	do       func(*request) // for the exclusive lane: what to run instead
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
	if r.do != nil {
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

// waitContext bounds the rest of the wait, for SQLite's lock.
func (r *request) waitContext() (context.Context, context.CancelFunc) {
	return context.WithDeadline(r.ctx, r.deadline)
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
