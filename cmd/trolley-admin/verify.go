package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"trolley/internal/verify"
)

func verifyCommand() command {
	return command{
		name: "verify", operands: "[FILE]", about: "check that everything is as the shop promises, in the database or in FILE",
		more: `FILE may be a backup, or a database that a shop is using; it is not changed. While
a large one is checked that a shop is using, the shop's log grows: check a backup
instead. Each line is a promise and how much was looked at; below it is what is
wrong, and the SQL that shows the row. The exit code is 0 where nothing is.`,
		examples: []string{
			"trolley-admin verify /var/backups/trolley/2026-11-23.db",
			"trolley-admin -db /var/lib/trolley/trolley.db verify",
		},
		setUp: func(*flag.FlagSet) action {
			return func(ctx context.Context, t tool, operands []string) error {
				switch len(operands) {
				case 0:
					return t.verify(ctx, t.db)
				case 1:
					return t.verify(ctx, operands[0])
				}
				return usagef("verify checks one file, see verify -help")
			}
		},
	}
}

func (t tool) verify(ctx context.Context, db string) error {
	checks, wrong := 0, 0
	err := t.reading(func() error {
		opened, err := verify.Open(ctx, db, t.log())
		if err != nil {
			return err
		}
		checks, wrong = 0, 0
		err = opened.Verify(ctx, func(c verify.Check) {
			checks++
			wrong += c.Wrong
			printCheck(t.stdout, c)
		}, nil)
		return errors.Join(err, opened.Close())
	})
	if err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%s: %s wrong, see above", db, things(wrong))
	}
	fmt.Fprintf(t.stdout, "%s: all %d promises hold\n", db, checks)
	return nil
}

// printCheck prints a promise and what is wrong with it.
func printCheck(w io.Writer, c verify.Check) {
	if c.Wrong > 0 {
		printFindings(w, c)
		return
	}
	fmt.Fprintf(w, "ok     %-18s  %s\n", c.Name, counted(int64(c.Seen), c.Of))
}

// printFindings prints what is wrong, if anything is, line by line.
func printFindings(w io.Writer, c verify.Check) {
	if c.Wrong == 0 {
		return
	}
	fmt.Fprintf(w, "WRONG  %-18s  %s of %s\n", c.Name, humanize.Comma(int64(c.Wrong)), counted(int64(c.Seen), c.Of))
	for _, f := range c.Findings {
		fmt.Fprintf(w, "       - %s\n", f.Text)
		if f.Query != "" {
			fmt.Fprintf(w, "         %s;\n", f.Query)
		}
	}
	if more := c.Wrong - len(c.Findings); more > 0 {
		fmt.Fprintf(w, "       - and %s more\n", humanize.Comma(int64(more)))
	}
}

// counted is a number of things: "1 row", "2 rows".
func counted(n int64, things string) string {
	if n == 1 {
		things = strings.TrimSuffix(things, "s")
	}
	return humanize.Comma(n) + " " + things
}

// things counts what is wrong.
func things(n int) string {
	if n == 1 {
		return "1 thing is"
	}
	return humanize.Comma(int64(n)) + " things are"
}

// seconds is a duration for people.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
