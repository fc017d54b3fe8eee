package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// command is what can be asked of the program.
type command struct {
	name, operands string
	about          string   // what it does, in a line
	more           string   // what else there is to know
	examples       []string // lines of a shell
	// isOperand, where not nil, knows operands that begin like a flag.
	isOperand func(arg string) bool
	// setUp declares the command's flags and returns what it does.
	setUp func(*flag.FlagSet) action
}

// action is a command with its flags read.
type action func(ctx context.Context, t tool, operands []string) error

// tool is what a command works with.
type tool struct {
	world
	db string // path or URL of the database
}

func commands() []command {
	return []command{backupCommand(), verifyCommand(), sessionsCommand(), revokeCommand(), moveCommand()}
}

// run is main without the process, and returns the exit code.
func run(ctx context.Context, args []string, w world) int {
	err := dispatch(ctx, args, w)
	if err != nil {
		fmt.Fprintln(w.stderr, "trolley-admin:", sentence(err))
	}
	return exitCode(err)
}

// dispatch reads the flags before the command, and has the command do the rest.
func dispatch(ctx context.Context, args []string, w world) error {
	t := tool{world: w}
	f := newFlags()
	f.StringVar(&t.db, "db", databaseName(w), "the shop's database: a `path`, or a postgres:// URL")
	showVersion := f.Bool("version", false, "print the version and stop")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		printHelp(w.stdout, f)
		return nil
	case err != nil:
		return usagef("%w, see -help", err)
	case *showVersion:
		fmt.Fprintln(w.stdout, version())
		return nil
	case f.NArg() == 0:
		return usagef("what is to be done? There are %s, see -help", names())
	}
	for _, c := range commands() {
		if c.name == f.Arg(0) {
			return c.run(ctx, t, f.Args()[1:])
		}
	}
	return usagef("what is %q? There are %s, see -help", f.Arg(0), names())
}

func names() string {
	var all []string
	for _, c := range commands() {
		all = append(all, c.name)
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
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
	return act(ctx, t, operands)
}

// databaseName is the database where -db does not say: as for the shop itself.
func databaseName(w world) string {
	if name := w.getenv("TROLLEY_DB"); name != "" {
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
