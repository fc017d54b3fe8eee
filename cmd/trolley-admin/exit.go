package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"trolley/internal/move"
)

// The exit codes.
const (
	exitFailed = 1 // nothing was done, or something is wrong
	exitUsage  = 2 // the command line was not understood
	exitBroken = 3 // the backup was made, and a rule is broken in it
)

var (
	errUsage  = errors.New("not understood")
	errBroken = errors.New("the backup was made, and something is wrong in it")
)

// usagef is an error of the command line.
func usagef(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errUsage}, args...)...)
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, errBroken):
		return exitBroken
	}
	return exitFailed
}

// sentence returns err on one line, without the names of packages.
func sentence(err error) string {
	if errors.Is(err, context.Canceled) && !errors.Is(err, move.ErrUnfinished) {
		return "interrupted; nothing is left half done"
	}
	text := strings.TrimPrefix(err.Error(), errUsage.Error()+": ")
	text = strings.NewReplacer("store: ", "", "session: ", "").Replace(text)
	return strings.Join(strings.Fields(text), " ")
}
