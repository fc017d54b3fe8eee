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

// Error implements error. Only the log shows it.
func (p *Problem) Error() string {
	if p.Cause != nil {
		return fmt.Sprintf("%d: %s: %v", p.Status, p.Heading, p.Cause)
	}
	return fmt.Sprintf("%d: %s", p.Status, p.Text)
}

// Unwrap returns the cause.
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

// Malformed is for a form that is none, or not whole; text says what to do.
func Malformed(text string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Heading: "That form did not arrive in one piece", Text: text}
}

// NotFound is for an address of what there is not, such as a "product".
func NotFound(what string) *Problem {
	return &Problem{Status: http.StatusNotFound, Heading: "Nothing on this shelf",
		Text: "There is no such " + what + " here. It may have moved, or there is a typo in the address. Search for it, or browse a shelf."}
}

// notAllowed is for a method that an address does not have; allow names those that it has.
func notAllowed(allow string) *Problem {
	return &Problem{Status: http.StatusMethodNotAllowed, Heading: "This page cannot do that", allow: allow,
		Text: "You cannot open this page directly. Go back to the shop and use its buttons."}
}

// Outdated is for what would change something that is no longer as it was shown.
func Outdated(text string) *Problem {
	return &Problem{Status: http.StatusConflict, Heading: "Something changed meanwhile", Text: text}
}

// TooLarge is for a form that is larger than any of ours.
func TooLarge() *Problem {
	return &Problem{Status: http.StatusRequestEntityTooLarge, Heading: "That is too long to send",
		Text: "A form can hold about 60,000 characters. Shorten what you typed and send it again."}
}

// WrongMediaType is for a body that is no form.
func WrongMediaType() *Problem {
	return &Problem{Status: http.StatusUnsupportedMediaType, Heading: "The shop cannot read that",
		Text: "Send the form as application/x-www-form-urlencoded in UTF-8, which is what the shop's buttons do."}
}

// crossOrigin is for a request that another site had a browser send.
func crossOrigin(cause error) *Problem {
	return &Problem{Status: http.StatusForbidden, Heading: "That came from another site", Cause: cause,
		Text: "The shop takes orders from its own pages only, so nothing was changed. Open the shop and use its buttons."}
}

// Misdirected is for a request that names another host.
func Misdirected() *Problem {
	return &Problem{Status: http.StatusBadRequest, Heading: "There is no such shop here",
		Text: "This server answers for another address. Check the address and try again."}
}

// Unprocessable is for a form that was understood and cannot be done. field is the one at
// fault, "" for none.
func Unprocessable(field, text string) *Problem {
	return &Problem{Status: http.StatusUnprocessableEntity, Heading: "Not quite", field: field, Text: text}
}

// TooMany is for what comes more often than a limit allows.
func TooMany(limit string, retryAfter time.Duration) *Problem {
	return &Problem{Status: http.StatusTooManyRequests, Heading: "Too many tries", RetryAfter: retryAfter, Limit: limit,
		Text: "That was too often in a short time. Nothing was changed."}
}

// Unavailable is for what may succeed at another try.
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

// Internal is for every other error. It tells nothing of it.
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
