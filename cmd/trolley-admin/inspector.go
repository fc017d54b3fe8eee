package main

import (
	"cmp"
	"context"
	"fmt"

	"trolley/internal/inspector"
	"trolley/internal/store"
)

func (t tool) inspector(ctx context.Context, _ []string) error {
	return t.changing(ctx, func(s *store.Store) error {
		secret, err := s.NewSecret(ctx)
		if err != nil {
			return err
		}
		host := cmp.Or(t.opsAddr, t.getenv("TROLLEY_OPS_ADDR"), "localhost:4001")
		_, err = fmt.Fprintf(t.stdout, "http://%s%s\n", host, inspector.EntryPath(secret))
		return err
	})
}
