package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/session"
)

// problem is an error that people can read. Its text says what to do next and
// nothing about the inside of the program: that is left to cause and the log.
type problem struct {
	status  int
	heading string
	text    string
	field   string // the form field at fault, if one is
	allow   string // the methods of a 405
	page    string // the page to show with the status; "" for the error page
	data    framed // what that page shows
	cause   error
}

func (p *problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("%d: %s: %v", p.status, p.heading, p.cause)
	}
	return fmt.Sprintf("%d: %s", p.status, p.text)
}

func (p *problem) Unwrap() error { return p.cause }

// on returns the problem as a page of the shop shows it: with the form and what
// was typed.
func (p *problem) on(page string, data framed) *problem {
	p.page, p.data = page, data
	return p
}

func malformed(text string) *problem {
	return &problem{status: http.StatusBadRequest, heading: "That form did not arrive in one piece", text: text}
}

func notFound(what string) *problem {
	return &problem{status: http.StatusNotFound, heading: "Nothing on this shelf",
		text: "There is no such " + what + " here. It may have moved, or the address has a slip in it. Everything that we sell is on the front page."}
}

// foreignOrder is notFound to the visitor. The log says more: somebody may be
// trying numbers.
func foreignOrder() *problem {
	p := notFound("order")
	p.cause = errors.New("not an order of this session")
	return p
}

func notAllowed(method, allow string) *problem {
	return &problem{status: http.StatusMethodNotAllowed, heading: "This page cannot do that", allow: allow,
		text: method + " does not work here. Go back to the shop and use its buttons."}
}

func outdated(text string) *problem {
	return &problem{status: http.StatusConflict, heading: "Something changed meanwhile", text: text}
}

func tooLarge() *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, heading: "That was too much to send",
		text: "The shop reads at most 64 KiB from a form. Shorten what you typed and send it again."}
}

func wrongMediaType() *problem {
	return &problem{status: http.StatusUnsupportedMediaType, heading: "The shop cannot read that",
		text: "Send the form as application/x-www-form-urlencoded in UTF-8, which is what the shop's buttons do."}
}

func crossOrigin(cause error) *problem {
	return &problem{status: http.StatusForbidden, heading: "That came from another site", cause: cause,
		text: "The shop takes orders from its own pages only, so nothing was changed. Open the shop and use its buttons."}
}

func misdirected() *problem {
	return &problem{status: http.StatusBadRequest, heading: "There is no such shop here",
		text: "This server answers for another address. Check the address and try again."}
}

func unprocessable(field, text string) *problem {
	return &problem{status: http.StatusUnprocessableEntity, heading: "Not quite", field: field, text: text}
}

func unavailable() *problem {
	return &problem{status: http.StatusServiceUnavailable, heading: "One moment, please",
		text: "The shop is too busy to do this right now. Nothing was changed and nothing is lost: wait a moment and try again."}
}

// uncertain is for a commit that failed at its end: it may have taken place.
func uncertain() *problem {
	return &problem{status: http.StatusServiceUnavailable, heading: "One moment, please",
		text: "The shop could not make sure that this was kept. Look at your cart and your orders before you send it again; one cart is never ordered twice."}
}

func internal() *problem {
	return &problem{status: http.StatusInternalServerError, heading: "Something broke on our side",
		text: "Nothing was changed. Try again; if it happens once more, tell us the number of the request."}
}

// problemOf says what people are told of an error.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	p = translate(err)
	p.cause = err
	return p
}

func translate(err error) *problem {
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return tooLarge()
	case store.IsOutcomeUnknown(err):
		return uncertain()
	case store.IsUnavailable(err): // early: its connection may have broken off as a shopper's does
		return unavailable()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, os.ErrDeadlineExceeded):
		return malformed("The connection broke off on the way. Go back and send it once more.")
	case errors.Is(err, store.ErrNotFound):
		return notFound("page")
	case errors.Is(err, session.ErrEnded):
		return outdated("Your session was ended or renewed while this was under way, perhaps in another tab, so nothing was changed. Load the page again and go on from there.")
	case errors.Is(err, session.ErrTooLarge):
		return unprocessable("", "Your session is full, so this was not kept. Take something out of your cart, or remove a value on your session page, and try again.")
	case errors.Is(err, cart.ErrOverflow):
		return unprocessable("", "These amounts are too large to add up. Take something out of your cart and try again.")
	case errors.Is(err, session.ErrBody):
		return malformed("The connection broke off before the form was complete. Nothing was changed: send it again.")
	case isUnavailable(err):
		return unavailable()
	}
	return internal()
}

// isUnavailable reports an error that passes by itself.
func isUnavailable(err error) bool {
	return store.IsUnavailable(err) || isConflict(err) || errors.Is(err, session.ErrBusy) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// isConflict reports that another request was first and this one should run again.
func isConflict(err error) bool {
	return store.IsConflict(err) || errors.Is(err, session.ErrConflict)
}
