package inspector

import (
	"context"
	"maps"
	"slices"
	"time"

	"trolley/internal/account"
	"trolley/internal/locale"
	"trolley/internal/store"
)

// candidates returns the sessions to decode, at most maxScanned of a kind, and which they are.
func (ins *Inspector) candidates(ctx context.Context, q query) (rows []store.SessionRow, among string, err error) {
	of := store.SessionStretch{Limit: maxScanned}
	most := locale.Number(maxScanned)
	switch {
	case q.id != "":
		among = "the first " + most + " whose ID begins like that"
		rows, err = ins.store.NamedSessions(ctx, q.id, maxScanned)
	case q.within > 0 || q.Sort == sortExpires:
		among = "the " + most + " that expire next"
		rows, err = ins.store.EndingSessions(ctx, of, q.before())
	case q.Sort == sortActivity:
		among = "those that changed in the last " + locale.Number(activeMinutes) + " minutes, as far as this process remembers"
		rows, err = ins.busiestRows(ctx)
	default:
		among = "the " + most + " newest"
		rows, err = ins.store.NewestSessions(ctx, of)
	}
	if err == nil && len(q.words) > 0 {
		among += ", and those whose ID or account is meant"
		rows, err = ins.addMeant(ctx, rows, q.words)
	}
	return rows, among, err
}

// addMeant adds the sessions that words name, whatever their age: by the beginning of
// the ID, or by the email of the account.
func (ins *Inspector) addMeant(ctx context.Context, rows []store.SessionRow, words []string) ([]store.SessionRow, error) {
	for _, word := range words {
		var more []store.SessionRow
		var err error
		if shortName.MatchString(word) {
			more, err = ins.store.NamedSessions(ctx, word, sessionsPerPage)
		} else if account.Email(word) != "" {
			more, err = ins.ofAccount(ctx, account.Email(word))
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	seen := make(map[string]bool, len(rows))
	return slices.DeleteFunc(rows, func(s store.SessionRow) bool {
		again := seen[s.Token]
		seen[s.Token] = true
		return again
	}), nil
}

// ofAccount returns the sessions that are signed in to the account of an email.
func (ins *Inspector) ofAccount(ctx context.Context, email string) ([]store.SessionRow, error) {
	found, err := ins.Accounts.ByEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	sessions, err := ins.Accounts.Sessions(ctx, found.ID)
	if err != nil {
		return nil, err
	}
	var hashes []string
	for _, s := range sessions {
		hashes = append(hashes, s.Token)
	}
	rows, err := ins.store.SessionsByHash(ctx, hashes)
	return slices.Collect(maps.Values(rows)), err
}

func (ins *Inspector) busiestRows(ctx context.Context) (rows []store.SessionRow, err error) {
	hashes := ins.busiest(time.Now())
	found, err := ins.store.SessionsByHash(ctx, hashes[:min(len(hashes), maxScanned)])
	for _, hash := range hashes {
		if row, ok := found[hash]; ok {
			rows = append(rows, row)
		}
	}
	return rows, err
}
