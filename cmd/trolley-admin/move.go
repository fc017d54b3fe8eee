package main

import (
	"context"
	"flag"
	"fmt"

	"trolley/internal/move"
)

func moveCommand() command {
	return command{
		name: "move", operands: "[FROM] TO", about: "copy the whole shop into TO, an empty PostgreSQL database, and compare every row",
		more: `Stop the shop, move, start it with -db TO: shoppers keep their cookies and carts,
buyers their orders. TO is a postgres:// URL; to keep a password off the command
line, leave it out and use PGPASSWORD or ~/.pgpass. FROM is a path or a URL, and the
shop's database where it is not given. It stays as it is.

A FROM that a shop is using or that verify finds fault with, and a TO that holds
anything else, are refused before anything is written. Whatever interrupts the
move, run the same line again: it starts over. No shop starts on TO until it is
complete. Run once more, it compares every row and writes nothing.`,
		examples: []string{
			"trolley-admin move /var/lib/trolley/trolley.db postgres://trolley@db1.example/trolley",
			"trolley-admin move postgres://trolley@db2.example/trolley",
		},
		setUp: func(*flag.FlagSet) action {
			return func(ctx context.Context, t tool, operands []string) error {
				switch len(operands) {
				case 1:
					return t.move(ctx, t.db, operands[0])
				case 2:
					return t.move(ctx, operands[0], operands[1])
				}
				return usagef("move needs the database to move the shop to, see move -help")
			}
		},
	}
}

func (t tool) move(ctx context.Context, from, to string) error {
	bar := t.newMeter(false)
	moved, err := move.Run(ctx, from, to, move.Options{Log: t.log(), Progress: func(p move.Progress) {
		if p.Total > 0 {
			bar.show(string(p.Stage), p.Done, p.Total)
		}
	}})
	bar.clear()
	for _, c := range moved.Checks {
		printFindings(t.stderr, c)
	}
	if err != nil {
		return err
	}
	t.reportMove(moved)
	return nil
}

func (t tool) reportMove(m move.Moved) {
	for _, table := range m.Tables {
		fmt.Fprintf(t.stdout, "ok     %-18s  %s\n", table.Name, counted(table.Rows, "rows"))
	}
	if m.Already {
		fmt.Fprintf(t.stdout, "%s was moved to %s before; every row is the same\n", m.From, m.To)
		return
	}
	fmt.Fprintf(t.stdout, "%s: moved to %s in %s, every row compared; start the shop there\n", m.From, m.To, seconds(m.Took))
}
