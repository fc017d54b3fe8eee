package main

import (
	"context"
	"fmt"

	"trolley/internal/move"
)

func (t tool) move(ctx context.Context, operands []string) error {
	from, to := t.db, operands[len(operands)-1]
	if len(operands) == 2 {
		from = operands[0]
	}
	bar := t.newMeter(false)
	moved, err := move.Run(ctx, from, to, move.Options{Log: t.log(), Progress: func(p move.Progress) {
		bar.show(string(p.Stage), p.Done, p.Total)
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
		fmt.Fprintf(t.stdout, "ok     %-18s  %s\n", table.Name, counted(int(table.Rows), "rows"))
	}
	if m.Already {
		fmt.Fprintf(t.stdout, "%s was moved to %s before; every row is the same\n", m.From, m.To)
		return
	}
	fmt.Fprintf(t.stdout, "%s: moved to %s in %s, every row compared; start the shop there\n", m.From, m.To, seconds(m.Took))
}
