package main

import (
	"context"
	"errors"
	"fmt"

	"trolley/internal/store"
	"trolley/session"
)

func (t tool) revoke(ctx context.Context, operands []string) error {
	switch one, account := len(operands) == 1, t.email != ""; {
	case account && !t.all && !one:
		return t.withAccounts(ctx, t.email, tool.revokeAccount)
	case account || t.all == one:
		return usagef("revoke takes either the name of one session, -account EMAIL, or -all, see revoke -help")
	case t.all && !t.yes:
		return usagef("revoke -all loses every shopper's cart: if that is meant, add -yes")
	}
	return t.changing(ctx, func(s *store.Store) error {
		if t.all {
			return t.revokeAll(ctx, s)
		}
		return t.revokeOne(ctx, s, operands[0])
	})
}

// changing opens the database to change something in it.
func (t tool) changing(ctx context.Context, change func(*store.Store) error) error {
	s, err := store.OpenExisting(ctx, t.db, t.log())
	if err != nil {
		return err
	}
	return errors.Join(change(s), s.Close())
}

func (t tool) revokeOne(ctx context.Context, s *store.Store, id string) error {
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
	name := session.ShortID(row.Token)
	t.journal().InfoContext(ctx, "session revoked", "session", name)
	fmt.Fprintf(t.stdout, "Ended session %s.\n", name)
	return nil
}

func (t tool) revokeAll(ctx context.Context, s *store.Store) error {
	n, err := session.RevokeAll(ctx, s.Write(), s.Engine())
	if err != nil {
		return err
	}
	t.journal().InfoContext(ctx, "all sessions revoked", "count", n)
	fmt.Fprintf(t.stdout, "Ended %s.\n", counted(n, "sessions"))
	return nil
}
