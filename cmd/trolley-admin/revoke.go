package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"

	"trolley/internal/store"
	"trolley/session"
)

func revokeCommand() command {
	return command{
		name: "revoke", operands: "ID", about: "end the session ID, all of an account, or all",
		more: `ID is the beginning of the session's token column, 6 characters or more, of which
there must be only one: the name that sessions, the log and the inspector show. The
session's cart is gone. A request of it that is under way stores nothing any more
and is answered with status 409; the next one starts afresh. Orders stay.

With -account EMAIL every session that is signed in to the account ends; its cart stays.
With -all every session ends in one transaction, a million in less than a second.`,
		examples: []string{"trolley-admin revoke Qw3rTy7uIoPa", "trolley-admin revoke -account ada@example.com", "trolley-admin revoke -all -yes"},
		// One session in 64 begins with a hyphen.
		isOperand: regexp.MustCompile(`^-[A-Za-z0-9_-]{5,42}$`).MatchString,
		setUp: func(f *flag.FlagSet) action {
			all := f.Bool("all", false, "end every session")
			email := f.String("account", "", "end every session of the account of an `email`")
			yes := f.Bool("yes", false, "mean it: with -all, every cart is lost")
			return func(ctx context.Context, t tool, operands []string) error {
				switch {
				case *email != "" && !*all && len(operands) == 0:
					return t.withAccounts(ctx, *email, tool.revokeAccount)
				case *email != "" || *all && len(operands) > 0 || !*all && len(operands) != 1:
					return usagef("revoke needs the name of one session, -account EMAIL, or -all, see revoke -help")
				case *all && !*yes:
					return usagef("revoke -all loses every shopper's cart: if that is meant, add -yes")
				}
				return t.changing(ctx, func(s *store.Store) error {
					if *all {
						return t.revokeAll(ctx, s)
					}
					return t.revoke(ctx, s, operands[0])
				})
			}
		},
	}
}

// changing opens the database to change something in it.
func (t tool) changing(ctx context.Context, change func(*store.Store) error) error {
	s, err := store.OpenExisting(ctx, t.db, t.log())
	if err != nil {
		return err
	}
	return errors.Join(change(s), s.Close())
}

func (t tool) revoke(ctx context.Context, s *store.Store, id string) error {
	row, err := s.FindSession(ctx, id)
	if err == nil {
		err = session.Revoke(ctx, s.Write(), row.Token)
	}
	switch {
	case errors.Is(err, store.ErrSessionID):
		return usagef("%q names no session: give %d to 43 characters of a session's name, as sessions shows it", id, store.MinSessionID)
	case errors.Is(err, store.ErrAmbiguous):
		return fmt.Errorf("more than one session begins with %s: give more characters", id)
	case errors.Is(err, store.ErrNotFound), errors.Is(err, session.ErrEnded):
		return fmt.Errorf("no session begins with %s: it may be over, sessions lists those that are not", id)
	case err != nil:
		return err
	}
	name := row.Token[:min(12, len(row.Token))]
	t.journal().InfoContext(ctx, "session revoked", "session", name)
	fmt.Fprintf(t.stdout, "Ended session %s.\n", name)
	return nil
}

func (t tool) revokeAll(ctx context.Context, s *store.Store) error {
	engine := session.SQLite
	if s.Engine() == store.Postgres {
		engine = session.Postgres
	}
	n, err := session.RevokeAll(ctx, s.Write(), engine)
	if err != nil {
		return err
	}
	t.journal().InfoContext(ctx, "all sessions revoked", "count", n)
	fmt.Fprintf(t.stdout, "Ended %s.\n", counted(int64(n), "sessions"))
	return nil
}
