package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// output is the standard output of a command. It keeps the first error of a write, since
// a report that is lost, on a full disk say, is no success.
type output struct {
	io.Writer
	lost error
}

// Write implements io.Writer. A reader that has left, as head does, loses nothing.
func (o *output) Write(text []byte) (n int, err error) {
	if n, err = o.Writer.Write(text); err == nil {
		return n, nil
	}
	err = fmt.Errorf("the output is lost: %w", err)
	if o.lost == nil && !errors.Is(err, syscall.EPIPE) {
		o.lost = err
	}
	return n, err
}
