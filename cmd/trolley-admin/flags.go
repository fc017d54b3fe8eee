package main

import (
	"flag"
	"io"
	"strings"
)

// newFlags returns a set of flags whose mistakes are returned, not printed.
func newFlags() *flag.FlagSet {
	f := flag.NewFlagSet("", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// parseFlags reads flags and operands in any order, and returns the operands.
// After -- all are operands, and so is what isOperand, which may be nil, knows
// and is no flag.
func parseFlags(f *flag.FlagSet, args []string, isOperand func(string) bool) (operands []string, err error) {
	for len(args) > 0 {
		n, known := flagLength(f, args)
		switch {
		case args[0] == "--":
			return append(operands, args[1:]...), nil
		case n == 0 || !known && isOperand != nil && isOperand(args[0]):
			operands, args = append(operands, args[0]), args[1:]
		default:
			if err := f.Parse(args[:n]); err != nil {
				return nil, err
			}
			args = args[n:]
		}
	}
	return operands, nil
}

// flagLength returns how many of args are their first flag, and whether f has
// it: 0 where an operand comes first, 2 where the flag's value is an argument of
// its own.
func flagLength(f *flag.FlagSet, args []string) (n int, known bool) {
	name, isFlag := strings.CutPrefix(args[0], "-")
	if !isFlag || name == "" {
		return 0, false
	}
	name, _, hasValue := strings.Cut(strings.TrimPrefix(name, "-"), "=")
	found := f.Lookup(name)
	if found == nil {
		return 1, name == "help" || name == "h"
	}
	if hasValue || isSwitch(found) || len(args) == 1 {
		return 1, true
	}
	return 2, true
}

func isSwitch(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}
