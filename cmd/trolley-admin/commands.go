package main

import (
	"flag"
	"regexp"
)

const defaultLimit = 50

// commands are all commands, in the order in which they are listed.
func commands() []command {
	return []command{
		{name: "backup", takes: "the name of one file", least: 1, most: 1, do: tool.backup,
			flags: func(t *tool, f *flag.FlagSet) {
				f.BoolVar(&t.force, "force", false, "replace FILE where it is there already, once the new one is good")
			}},
		{name: "verify", takes: "one file at most", most: 1, do: tool.verify},
		{name: "sessions", takes: "no operands", do: tool.sessions,
			flags: func(t *tool, f *flag.FlagSet) {
				f.IntVar(&t.limit, "limit", defaultLimit, "list at most `n` sessions")
				f.BoolVar(&t.asJSON, "json", false, "print JSON, with values in minor units")
			}},
		{name: "revoke", takes: "the name of one session, -account EMAIL, or -all", most: 1, do: tool.revoke,
			isOperand: regexp.MustCompile(`^-[A-Za-z0-9_-]{5,42}$`).MatchString, // one session in 64 begins with a hyphen
			flags: func(t *tool, f *flag.FlagSet) {
				f.BoolVar(&t.all, "all", false, "end every session")
				f.StringVar(&t.email, "account", "", "end every session of the account of an `email`")
				f.BoolVar(&t.yes, "yes", false, "mean it: with -all, every cart is lost")
			}},
		{name: "move", takes: "the database to move the shop to, and before it the one to move", least: 1, most: 2, do: tool.move},
		{name: "orders", takes: "no operands", do: tool.orders,
			flags: func(t *tool, f *flag.FlagSet) {
				f.StringVar(&t.since, "since", "", "only those placed since a `time`: 24h ago, or on 2026-11-01")
				f.IntVar(&t.limit, "limit", defaultLimit, "list at most `n` orders")
				f.BoolVar(&t.asJSON, "json", false, "print JSON")
				f.BoolVar(&t.asCSV, "csv", false, "print CSV")
			}},
		{name: "order", takes: "the number of one order", least: 1, most: 1, do: forOrder(tool.order)},
		{name: "cancel", takes: "the number of one order", least: 1, most: 1, do: forOrder(tool.cancel)},
		{name: "stock", takes: "a SKU, and how much to add, as +12 or -3", least: 1, most: 2, do: tool.stock,
			isOperand: regexp.MustCompile(`^-[0-9]+$`).MatchString},
		{name: "inspector", takes: "no operands", do: tool.inspector,
			flags: func(t *tool, f *flag.FlagSet) {
				f.StringVar(&t.opsAddr, "ops-addr", "", "the `host:port` that the browser opens: that of the shop's -ops-addr, localhost:4001 by default")
			}},
		{name: "passwd", takes: "one email address", least: 1, most: 1, do: forEmail(tool.passwd)},
		{name: "export", takes: "one email address", least: 1, most: 1, do: forEmail(tool.export)},
		{name: "erase", takes: "one email address", least: 1, most: 1, do: forEmail(tool.erase)},
	}
}
