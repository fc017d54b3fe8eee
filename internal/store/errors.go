package store

import (
	"context"
	"errors"
	"fmt"

	"trolley/internal/cart"
	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/internal/sqlite"
)

// ErrNotFound reports that there is no such product, order or session.
var ErrNotFound = query.ErrNotFound

// ErrAlreadyPlaced reports that the cart became an order before. It comes with
// that order, so a double submit and a retry find the order they asked for.
var ErrAlreadyPlaced = errors.New("store: this cart was placed already")

// StaleError reports that an order was not placed because the shopper was shown
// something else, or because a line cannot be bought. Nothing was changed.
type StaleError struct {
	Quote       cart.Quote        // the cart at the prices of now
	Differences []cart.Difference // line by line, what is not as shown; may be nil
}

// Error implements error.
func (e *StaleError) Error() string {
	return fmt.Sprintf("store: the cart is not as it was shown: %d lines differ", len(e.Differences))
}

// IsOutcomeUnknown reports whether err is that of a commit that may or may not have
// taken place. The rows tell it later: an order is found by its cart.
func IsOutcomeUnknown(err error) bool {
	return sqlite.IsOutcomeUnknown(err) || errors.Is(err, postgres.ErrOutcomeUnknown)
}

// IsUnavailable reports whether err says that the database cannot do this now,
// though nothing is wrong with the request: it is busy, locked, full, read-only,
// damaged, lost, cannot be reached, or did not answer in time. Trying later may help.
func IsUnavailable(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || sqlite.IsUnavailable(err) || postgres.IsUnavailable(err)
}

// IsConflict reports whether err says that another transaction came first, so
// that running the same one again, at once, is expected to work. Ask it before
// IsUnavailable, which such an error is as well.
func IsConflict(err error) bool { return sqlite.IsConflict(err) || postgres.IsConflict(err) }

// NotReady returns what to tell a load balancer of err, which is that of [Store.Ping] or
// [Open]: nothing that is private, and "" for nil.
func NotReady(err error) string {
	standby, isStandby := errors.AsType[postgres.StandbyError](err)
	switch {
	case err == nil:
		return ""
	case isStandby:
		return standby.Error()
	case IsAway(err):
		return "the database is away"
	}
	return "the database fails"
}

// Kind names what an error of the database is about, for a metric; "" for an error that
// is none.
func Kind(err error) string {
	switch {
	case IsOutcomeUnknown(err):
		return "outcome_unknown"
	case IsConflict(err):
		return "conflict"
	case sqlite.IsFull(err):
		return "full"
	case sqlite.IsBusy(err):
		return "locked"
	case sqlite.IsDamaged(err):
		return "damaged"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case IsUnavailable(err):
		return "unavailable"
	}
	return ""
}

// IsAway reports whether [Open] found no server that takes writes, and may find one
// later.
func IsAway(err error) bool { return postgres.IsAway(err) }
