package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"

	"trolley/internal/inspector"
	"trolley/internal/store"
)

func inspectorCommand() command {
	return command{
		name: "inspector", about: "print a link that lets a browser into the inspector for 30 days",
		more: `The inspector shows people's data. The link works on every node of the shop; from
afar, open a tunnel first: ssh -L 4001:localhost:4001 shop.example. An inspector on a
Unix socket needs no link.`,
		examples: []string{"trolley-admin inspector", "trolley-admin inspector -ops-addr localhost:5001"},
		setUp: func(f *flag.FlagSet) action {
			addr := f.String("ops-addr", "", "the `host:port` that the browser opens: that of the shop's -ops-addr, localhost:4001 by default")
			return func(ctx context.Context, t tool, operands []string) error {
				if len(operands) > 0 {
					return usagef("inspector has no operands, see inspector -help")
				}
				return t.changing(ctx, func(s *store.Store) error {
					secret, err := s.NewSecret(ctx)
					if err != nil {
						return err
					}
					host := cmp.Or(*addr, t.getenv("TROLLEY_OPS_ADDR"), "localhost:4001")
					_, err = fmt.Fprintf(t.stdout, "http://%s%s\n", host, inspector.EntryPath(secret))
					return err
				})
			}
		},
	}
}
