package pgtest

import (
	"errors"
	"io"
	"os/exec"
)

// untilTheEnd is a shell that waits for the end of its standard input, which is
// that of the test binary, and then stops the server and removes everything.
// What is just being made in there may need a second try.
const untilTheEnd = `
trap '' HUP INT TERM
read -r _
"$1" stop -m immediate -D "$2/data"
rm -rf "$2" || { sleep 1; rm -rf "$2"; }
`

// keep starts that shell. Closing what it returns is an end as well.
func keep(root string) (io.Closer, error) {
	shell := exec.Command("/bin/sh", "-c", untilTheEnd, "keeper", program("pg_ctl"), root)
	prepare(shell, root)
	shell.Dir = "/"
	life, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, err
	}
	return closer(func() error { return errors.Join(life.Close(), shell.Wait()) }), nil
}

type closer func() error

// Close implements io.Closer.
func (f closer) Close() error { return f() }
