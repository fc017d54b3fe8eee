package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"trolley/internal/locale"
	"trolley/internal/store"
	"trolley/internal/verify"
)

func (t tool) verify(ctx context.Context, operands []string) error {
	t.db = append(operands, t.db)[0]
	checks, wrong := 0, 0
	err := t.looking(ctx, func(s *store.Store) error {
		checks, wrong = 0, 0
		return verify.Database{DB: s.Read(), File: s.File()}.Verify(ctx, func(c verify.Check) {
			checks++
			wrong += c.Wrong
			printCheck(t.stdout, c)
		})
	})
	if err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%s: %s wrong, see above", t.db, things(wrong))
	}
	fmt.Fprintf(t.stdout, "%s: all %d promises hold\n", t.db, checks)
	return nil
}

// printCheck prints a promise and what is wrong with it.
func printCheck(w io.Writer, c verify.Check) {
	if c.Wrong == 0 {
		fmt.Fprintf(w, "ok     %-18s  %s\n", c.Name, counted(c.Seen, c.Of))
	}
	printFindings(w, c)
}

// printFindings prints what is wrong, if anything is, line by line.
func printFindings(w io.Writer, c verify.Check) {
	if c.Wrong == 0 {
		return
	}
	fmt.Fprintf(w, "WRONG  %-18s  %s of %s\n", c.Name, locale.Number(c.Wrong), counted(c.Seen, c.Of))
	for _, f := range c.Findings {
		fmt.Fprintf(w, "       - %s\n", f.Text)
		if f.Query != "" {
			fmt.Fprintf(w, "         %s;\n", f.Query)
		}
	}
	if more := c.Wrong - len(c.Findings); more > 0 {
		fmt.Fprintf(w, "       - and %s more\n", locale.Number(more))
	}
}

// counted is a number of things: "1 row", "2 rows".
func counted(n int, things string) string {
	return locale.Plural(n, strings.TrimSuffix(things, "s"), things)
}

// things counts what is wrong.
func things(n int) string { return locale.Plural(n, "thing is", "things are") }

// seconds is a duration for people.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
