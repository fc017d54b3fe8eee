package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"trolley/internal/store"
	"trolley/internal/version"
)

// command is a command of the program.
type command struct {
	name, operands string
	about          string   // what it does, in one line
	more           string   // the rest of its help
	examples       []string // lines of a shell
	// isOperand, if not nil, reports whether an argument that begins like a flag is an
	// operand.
	isOperand func(arg string) bool
	// setUp declares the command's flags and returns what it does.
	setUp func(*flag.FlagSet) action
}

// action is a command with its flags read.
type action func(ctx context.Context, t tool, operands []string) error

// tool is what a command works with.
type tool struct {
	env
	db string // path or URL of the database
}

func commands() []command {
	return []command{
		backupCommand(), verifyCommand(), sessionsCommand(), revokeCommand(), moveCommand(),
		ordersCommand(), orderCommand(), cancelCommand(), stockCommand(), inspectorCommand(),
		passwdCommand(), exportCommand(), eraseCommand(),
	}
}

// run is main without the process, and returns the exit code.
func run(ctx context.Context, args []string, e env) int {
	err := dispatch(ctx, args, e)
	if err != nil {
		fmt.Fprintln(e.stderr, "trolley-admin:", sentence(err))
	}
	return exitCode(err)
}

// dispatch reads the flags before the command, and runs the command.
func dispatch(ctx context.Context, args []string, e env) error {
	t := tool{env: e}
	f := newFlags()
	f.StringVar(&t.db, "db", databaseName(e), "the shop's database: a `path`, or a postgres:// URL")
	showVersion := f.Bool("version", false, "print the version and stop")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		printHelp(e.stdout, f)
		return nil
	case err != nil:
		return usagef("%w, see -help", err)
	case *showVersion:
		fmt.Fprintln(e.stdout, version.Of("trolley-admin"))
		return nil
	case f.NArg() == 0:
		return usagef("missing command; one of: %s", names())
	}
	for _, c := range commands() {
		if c.name == f.Arg(0) {
			return c.run(ctx, t, f.Args()[1:])
		}
	}
	return usagef("unknown command %q; one of: %s", f.Arg(0), names())
}

func names() string {
	var all []string
	for _, c := range commands() {
		all = append(all, c.name)
	}
	return strings.Join(all, ", ")
}

// run reads a command's flags and does what it says.
func (c command) run(ctx context.Context, t tool, args []string) error {
	f := newFlags()
	f.StringVar(&t.db, "db", t.db, "the shop's database: a `path`, or a postgres:// URL")
	act := c.setUp(f)
	operands, err := parseFlags(f, args, c.isOperand)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.printHelp(t.stdout, f)
		return nil
	case err != nil:
		return usagef("%w, see %s -help", err, c.name)
	}
	if err := store.CheckName(t.db); err != nil {
		return usagef("-db: %w", err)
	}
	return act(ctx, t, operands)
}

// databaseName returns the default of -db, which is that of the shop.
func databaseName(e env) string {
	if name := e.getenv("TROLLEY_DB"); name != "" {
		return name
	}
	return "trolley.db"
}

func printHelp(w io.Writer, f *flag.FlagSet) {
	fmt.Fprint(w, "Look after the database of a Trolley shop, also while the shop is running.\n\n"+
		"usage: trolley-admin [-db path] command [flags] [operands]\n\n")
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(columns, "  %s\t%s\n", strings.TrimSpace(c.name+" "+c.operands), c.about)
	}
	columns.Flush()
	fmt.Fprint(w, "\ntrolley-admin command -help tells more.\n\n")
	printFlags(w, f)
	fmt.Fprint(w, "\nThe environment variable TROLLEY_DB stands for -db, as it does for the shop.\n\nexamples:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %s\n", c.examples[0])
	}
	fmt.Fprint(w, "\nexit codes: 0 done, 1 failed or something is wrong, 2 not understood,\n"+
		"3 a backup was made of a database in which something is wrong\n")
}

func (c command) printHelp(w io.Writer, f *flag.FlagSet) {
	fmt.Fprintf(w, "%s: %s\n\nusage: trolley-admin %s\n\n%s\n\n", c.name, c.about, strings.TrimSpace(c.name+" [flags] "+c.operands), c.more)
	printFlags(w, f)
	fmt.Fprint(w, "\nexamples:\n")
	for _, example := range c.examples {
		fmt.Fprintf(w, "  %s\n", example)
	}
}

func printFlags(w io.Writer, f *flag.FlagSet) {
	f.SetOutput(w)
	f.PrintDefaults()
}
