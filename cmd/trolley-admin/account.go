package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"trolley/internal/account"
	"trolley/internal/store"
)

// deed is what a command does for a person.
type deed func(tool, context.Context, *account.Accounts, account.Person) error

// forEmail has a command take one email.
func forEmail(do deed) func(tool, context.Context, []string) error {
	return func(t tool, ctx context.Context, operands []string) error {
		return t.withAccounts(ctx, operands[0], do)
	}
}

// withAccounts finds the person of an email, who may be none.
func (t tool) withAccounts(ctx context.Context, typed string, do deed) error {
	email := account.Email(typed)
	if email == "" {
		return usagef("%.40q is no email address", typed)
	}
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
		fmt.Fprintf(t.stdout, "Set a new password and ended %s.\n", counted(ended, "sessions"))
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
		fmt.Fprintf(t.stdout, "Erased what there was of it, also in %s.\n", counted(orders, "orders"))
	}
	return err
}

func (t tool) revokeAccount(ctx context.Context, accounts *account.Accounts, of account.Person) error {
	ended, err := accounts.End(ctx, of.ID, account.Every)
	if err == nil {
		fmt.Fprintf(t.stdout, "Ended %s.\n", counted(ended, "sessions"))
	}
	return err
}
