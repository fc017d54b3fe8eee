// Command trolley-admin looks after the database of a Trolley shop, also while
// the shop is running: it copies the database, checks it, lists and ends
// sessions, and moves the shop to PostgreSQL.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // who reads the output may leave: that ends no move half-way
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	code := run(ctx, os.Args[1:], env{os.Getenv, os.Stdin, os.Stdout, os.Stderr, time.Now})
	stop()
	os.Exit(code)
}

// env is a command's environment variables, input, output and clock.
type env struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
}
