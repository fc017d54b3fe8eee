package shop

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
)

// fail answers a request inside its session with an error. After a conflict the session's
// handler answers: it runs h again, or refuses the request after many runs.
func (app *Shop) fail(w http.ResponseWriter, r *http.Request, err error) {
	if isConflict(err) {
		session.RunAgain(r.Context())
		return
	}
	p := app.ProblemOf(err)
	base := app.Bare(r)
	if p.Status < http.StatusInternalServerError && p.Page == "" {
		// Where even this fails, the bare page still says what is wrong.
		if full := app.base(r, p.Heading); full.Err == nil {
			base = full
		}
	}
	app.Answer(w, r, p, base)
}

// foreignOrder is noOrder to the visitor. The log says more: a visitor may be
// trying numbers.
func foreignOrder() *web.Problem {
	p := noOrder()
	p.Cause = errors.New("not an order of this session")
	return p
}

func noOrder() *web.Problem {
	p := web.NotFound("order")
	p.Heading = "We cannot show that order"
	p.Text = "There is no such order in this browser. A receipt opens only in the browser that placed it."
	return p
}

// Explain says what people are told of an error that is no problem yet.
func Explain(err error) *web.Problem {
	p := explain(err)
	p.Database = store.Kind(err)
	return p
}

func explain(err error) *web.Problem {
	limit, isLimit := errors.AsType[*session.LimitError](err)
	_, isTooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case isLimit:
		return web.TooMany("sessions", limit.RetryAfter)
	case isTooLarge:
		return web.TooLarge()
	case store.IsOutcomeUnknown(err):
		return web.Uncertain()
	case store.IsUnavailable(err): // early: its connection may have broken off as a shopper's does
		return web.Unavailable()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded):
		return web.Malformed("The connection broke off on the way. Go back and send it once more.")
	case errors.Is(err, store.ErrNotFound):
		return web.NotFound("page")
	case errors.Is(err, session.ErrEnded):
		return web.Outdated("Your session was ended or renewed while this was under way, perhaps in another tab, " +
			"so nothing was changed. Load the page again and go on from there.")
	case errors.Is(err, session.ErrNotDeleted):
		return &web.Problem{Status: http.StatusServiceUnavailable, Heading: "You are signed out here",
			Text: "Your browser has forgotten the session, and the shop no longer opens it. The database could not be written just now, " +
				"so what it keeps of the session goes a little later: you need not do it again. An account that you wanted to erase is still there."}
	case errors.Is(err, session.ErrAmbiguous):
		return web.Outdated("Your browser sends two different session cookies for this shop. Another site may have planted one, " +
			"so nothing was changed. Delete the cookies of this address in your browser, and try again.")
	case errors.Is(err, session.ErrTooLarge):
		return web.Unprocessable("", "Your session is full, so this was not kept. "+
			"Take something out of your cart, or remove a value on your session page, and try again.")
	case errors.Is(err, cart.ErrOverflow):
		return web.Unprocessable("", "These amounts are too large to add up. Take something out of your cart and try again.")
	case errors.Is(err, session.ErrBody):
		return web.Malformed("The connection broke off before the form was complete. Nothing was changed: send it again.")
	case isConflict(err), errors.Is(err, session.ErrBusy), errors.Is(err, account.ErrBusy),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled): // another try may succeed
		return web.Unavailable()
	}
	return web.Internal()
}

// isConflict reports that another request was first and this one should run again.
func isConflict(err error) bool {
	return store.IsConflict(err) || errors.Is(err, session.ErrConflict)
}
