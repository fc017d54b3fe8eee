package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"trolley/internal/store"
	"trolley/internal/version"
)

// help has a text for each command, and one for the program.
//
//go:embed help
var help embed.FS

// command is a command of the program.
type command struct {
	name        string
	takes       string // the operands, for people
	least, most int    // operands
	// isOperand, if not nil, reports whether an argument that begins like a flag is an
	// operand.
	isOperand func(arg string) bool
	flags     func(*tool, *flag.FlagSet) // declares the command's own; nil for none
	do        func(t tool, ctx context.Context, operands []string) error
}

// tool is what a command works with: its flags, and the process.
type tool struct {
	env
	db string // path or URL of the database

	all, asCSV, asJSON, force, yes bool
	email, opsAddr, since          string
	limit                          int
}

// run is main without the process, and returns the exit code.
func run(ctx context.Context, args []string, e env) int {
	out := &output{Writer: e.stdout}
	e.stdout = out
	err := dispatch(ctx, args, e)
	if err = cmp.Or(err, out.lost); err != nil {
		fmt.Fprintln(e.stderr, "trolley-admin:", sentence(err))
	}
	return exitCode(err)
}

// dispatch reads the flags before the command, and runs the command.
func dispatch(ctx context.Context, args []string, e env) error {
	t := tool{env: e, db: cmp.Or(e.getenv("TROLLEY_DB"), "trolley.db")}
	f := t.newFlags()
	showVersion := f.Bool("version", false, "print the version and stop")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return t.printHelp("trolley-admin", f)
	case err != nil:
		return usagef("%w, see -help", err)
	case *showVersion:
		fmt.Fprintln(e.stdout, version.Of("trolley-admin"))
		return nil
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == f.Arg(0) })
	switch {
	case f.NArg() == 0:
		return usagef("missing command; one of: %s", names(all))
	case i < 0:
		return usagef("unknown command %q; one of: %s", f.Arg(0), names(all))
	}
	return all[i].run(ctx, t, f.Args()[1:])
}

func names(all []command) string {
	var names []string
	for _, c := range all {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// run reads a command's flags and operands, and does what they say.
func (c command) run(ctx context.Context, t tool, args []string) error {
	f := t.newFlags()
	if c.flags != nil {
		c.flags(&t, f)
	}
	operands, err := parseFlags(f, args, c.isOperand)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return t.printHelp(c.name, f)
	case err != nil:
		return usagef("%w, see %s -help", err, c.name)
	case len(operands) < c.least || len(operands) > c.most:
		return usagef("%s takes %s, see %s -help", c.name, c.takes, c.name)
	}
	if err := store.CheckName(t.db); err != nil {
		return usagef("-db: %w", err)
	}
	return c.do(t, ctx, operands)
}

// printHelp prints a text and the flags.
func (t tool) printHelp(name string, f *flag.FlagSet) error {
	text, err := help.ReadFile("help/" + name + ".txt")
	if err != nil {
		return err
	}
	_, err = t.stdout.Write(text)
	f.SetOutput(t.stdout)
	f.PrintDefaults()
	return err
}

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
