package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"trolley/internal/account"
	"trolley/internal/locale"
	"trolley/internal/store"
)

func passwdCommand() command {
	return command{
		name: "passwd", operands: "EMAIL", about: "set a new password for the account of EMAIL",
		more: `It reads the password from the terminal, or a line of standard input. Every session
that is signed in to the account ends, in the same transaction; its cart stays.`,
		examples: []string{"trolley-admin passwd ada@example.com"},
		setUp:    forEmail("passwd", tool.passwd),
	}
}

func exportCommand() command {
	return command{
		name: "export", operands: "EMAIL", about: "print all that the shop keeps of EMAIL, as JSON",
		more: `That is the account with its cart and its sessions, and every order of the account or
with the email, those of guests included. Make sure first who asks.`,
		examples: []string{"trolley-admin export ada@example.com > ada.json"},
		setUp:    forEmail("export", tool.export),
	}
}

func eraseCommand() command {
	return command{
		name: "erase", operands: "EMAIL", about: "erase the account of EMAIL, and who its orders went to",
		more: `In one transaction the account goes, its sessions end, and name, email and address
are taken out of every order of the account or with the email, those of guests
included. Amounts stay. Backups keep what they hold: erase it there after a restore.`,
		examples: []string{"trolley-admin erase ada@example.com"},
		setUp:    forEmail("erase", tool.erase),
	}
}

// deed is what a command does for a person.
type deed func(tool, context.Context, *account.Accounts, account.Person) error

// forEmail has a command take one email.
func forEmail(name string, do deed) func(*flag.FlagSet) action {
	return func(*flag.FlagSet) action {
		return func(ctx context.Context, t tool, operands []string) error {
			if len(operands) != 1 || account.Email(operands[0]) == "" {
				return usagef("%s needs one email address, see %s -help", name, name)
			}
			return t.withAccounts(ctx, operands[0], do)
		}
	}
}

// withAccounts finds the person of an email, who may be none.
func (t tool) withAccounts(ctx context.Context, typed string, do deed) error {
	email := account.Email(typed)
	err := t.changing(ctx, func(s *store.Store) error {
		accounts := account.New(s, nil, t.journal())
		person, err := accounts.Find(ctx, email)
		if err != nil {
			return err
		}
		return do(t, ctx, accounts, person)
	})
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is nothing of %s here", email)
	}
	return err
}

func (t tool) passwd(ctx context.Context, accounts *account.Accounts, of account.Person) error {
	if of.ID == "" {
		return store.ErrNotFound
	}
	password, err := t.readPassword()
	if err != nil {
		return err
	}
	if sentence := account.CheckPassword(password, of.Typed); sentence != "" {
		return errors.New(sentence)
	}
	ended, err := accounts.ResetPassword(ctx, of.Account, password)
	if err == nil {
		fmt.Fprintf(t.stdout, "Set a new password and ended %s.\n", locale.Plural(ended, "session", "sessions"))
	}
	return err
}

// readPassword reads a line, on a terminal without showing it.
func (t tool) readPassword() (string, error) {
	if f, ok := t.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(t.stderr, "New password: ")
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.stderr)
		return string(typed), err
	}
	line := bufio.NewScanner(t.stdin)
	line.Scan()
	return strings.TrimSuffix(line.Text(), "\r"), line.Err()
}

func (t tool) export(ctx context.Context, accounts *account.Accounts, of account.Person) error {
	data, err := accounts.Export(ctx, of)
	if err != nil {
		return err
	}
	return printJSON(t.stdout, data)
}

func (t tool) erase(ctx context.Context, accounts *account.Accounts, of account.Person) error {
	orders, err := accounts.Erase(ctx, of)
	if err == nil {
		fmt.Fprintf(t.stdout, "Erased what there was of it, also in %s.\n", locale.Plural(orders, "order", "orders"))
	}
	return err
}

func (t tool) revokeAccount(ctx context.Context, accounts *account.Accounts, of account.Person) error {
	ended, err := accounts.End(ctx, of.ID, account.Every)
	if err == nil {
		fmt.Fprintf(t.stdout, "Ended %s.\n", locale.Plural(ended, "session", "sessions"))
	}
	return err
}
