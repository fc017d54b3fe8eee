package main

import (
	"flag"
	"io"
	"slices"
	"strings"
)

// newFlags returns a set of flags that has -db, and whose mistakes are returned, not
// printed.
func (t *tool) newFlags() *flag.FlagSet {
	f := flag.NewFlagSet("", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.StringVar(&t.db, "db", t.db, "the shop's database: a `path`, or a postgres:// URL")
	return f
}

// parseFlags reads flags and operands in any order, and returns the operands.
// After -- all are operands, and so is what isOperand, which may be nil, knows
// and is no flag.
func parseFlags(f *flag.FlagSet, args []string, isOperand func(string) bool) (operands []string, err error) {
	hyphened := func(arg string) bool {
		name := strings.TrimLeft(arg, "-")
		return isOperand != nil && isOperand(arg) && name != "help" && f.Lookup(name) == nil
	}
	for len(args) > 0 {
		n := slices.IndexFunc(args, hyphened)
		if n < 0 {
			n = len(args)
		}
		if err := f.Parse(args[:n]); err != nil {
			return nil, err
		}
		read := n - f.NArg() // up to the first operand
		if read > 0 && args[read-1] == "--" {
			return append(operands, args[read:]...), nil
		}
		next := min(read+1, len(args))
		operands, args = append(operands, args[read:next]...), args[next:]
	}
	return operands, nil
}
