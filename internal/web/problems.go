package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Problem is an error that people can read. Its text says what to do next and
// nothing about the inside of the program: that is left to cause and the log.
type Problem struct {
	Status  int
	Heading string
	Text    string
	field   string // the form field at fault, if one is
	allow   string // the methods of a 405
	Page    string // the page to show with the status; "" for the error page
	Data    paged  // what that page shows
	Cause   error

	Limit    string // the limit that was reached; "" for none
	Database string // the kind of the database's error; "" for none
	once     bool   // the page does not offer to send the form again
	// RetryAfter is when to try again; 0 for retryAfter with a status of 503, and
	// otherwise for never.
	RetryAfter time.Duration
}

func (p *Problem) Error() string {
	if p.Cause != nil {
		return fmt.Sprintf("%d: %s: %v", p.Status, p.Heading, p.Cause)
	}
	return fmt.Sprintf("%d: %s", p.Status, p.Text)
}

func (p *Problem) Unwrap() error { return p.Cause }

// On returns the problem as a page of the shop shows it: with the form and what
// was typed. It returns the Err of the page, if that has one.
func (p *Problem) On(page string, data paged) error {
	if err := data.around().Err; err != nil {
		return err
	}
	p.Page, p.Data = page, data
	return p
}

func Malformed(text string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Heading: "That form did not arrive in one piece", Text: text}
}

func NotFound(what string) *Problem {
	return &Problem{Status: http.StatusNotFound, Heading: "Nothing on this shelf",
		Text: "There is no such " + what + " here. It may have moved, or there is a typo in the address. Search for it, or browse a shelf."}
}

func notAllowed(allow string) *Problem {
	return &Problem{Status: http.StatusMethodNotAllowed, Heading: "This page cannot do that", allow: allow,
		Text: "You cannot open this page directly. Go back to the shop and use its buttons."}
}

func Outdated(text string) *Problem {
	return &Problem{Status: http.StatusConflict, Heading: "Something changed meanwhile", Text: text}
}

func TooLarge() *Problem {
	return &Problem{Status: http.StatusRequestEntityTooLarge, Heading: "That is too long to send",
		Text: "A form can hold about 60,000 characters. Shorten what you typed and send it again."}
}

func WrongMediaType() *Problem {
	return &Problem{Status: http.StatusUnsupportedMediaType, Heading: "The shop cannot read that",
		Text: "Send the form as application/x-www-form-urlencoded in UTF-8, which is what the shop's buttons do."}
}

func crossOrigin(cause error) *Problem {
	return &Problem{Status: http.StatusForbidden, Heading: "That came from another site", Cause: cause,
		Text: "The shop takes orders from its own pages only, so nothing was changed. Open the shop and use its buttons."}
}

func Misdirected() *Problem {
	return &Problem{Status: http.StatusBadRequest, Heading: "There is no such shop here",
		Text: "This server answers for another address. Check the address and try again."}
}

func Unprocessable(field, text string) *Problem {
	return &Problem{Status: http.StatusUnprocessableEntity, Heading: "Not quite", field: field, Text: text}
}

func Unavailable() *Problem {
	return &Problem{Status: http.StatusServiceUnavailable, Heading: "One moment, please",
		Text: "The shop is very busy. Nothing was changed. Try again in a moment."}
}

// Starting is for the time until the database is there.
func Starting() *Problem {
	return &Problem{Status: http.StatusServiceUnavailable, Heading: "The shop opens in a moment", once: true,
		Text: "It is starting and waits for its database. Nothing was changed. Try again in a moment."}
}

// Uncertain is for a commit that failed at its end: it may have taken place.
func Uncertain() *Problem {
	return &Problem{Status: http.StatusServiceUnavailable, Heading: "One moment, please", once: true,
		Text: "The shop could not make sure that this was kept. Look at your cart and your orders before you send it again; one cart is never ordered twice."}
}

func Internal() *Problem {
	return &Problem{Status: http.StatusInternalServerError, Heading: "Something broke on our side",
		Text: "Nothing was changed. Please try again."}
}

// ProblemOf says what people are told of an error.
func (s *Site) ProblemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	p := s.Problem(err)
	p.Cause = err
	return p
}

// TooMany is for what comes more often than a limit allows.
func TooMany(limit string, retryAfter time.Duration) *Problem {
	return &Problem{Status: http.StatusTooManyRequests, Heading: "Too many tries", RetryAfter: retryAfter, Limit: limit,
		Text: "That was too often in a short time. Nothing was changed."}
}
