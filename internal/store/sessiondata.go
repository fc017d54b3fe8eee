package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"trolley/internal/cart"
)

// SessionData is what the data of a session's row says, as far as operators
// care. session writes it; this reads it back without sharing its code,
// so that a mistake there does not hide itself.
type SessionData struct {
	Created  time.Time // zero where it does not say
	Deadline time.Time
	cart     json.RawMessage
}

// errSession marks data that is not a session's.
var errSession = errors.New("not a session's data")

// ParseSessionData reads the data column of a session's row: JSON with a version
// of 1 or more, a deadline and values.
func ParseSessionData(data []byte) (SessionData, error) {
	var d struct {
		Version  int       `json:"v"`
		Deadline time.Time `json:"deadline"`
		Values   *struct {
			Created json.RawMessage `json:"__created"`
			Cart    json.RawMessage `json:"cart"`
		} `json:"values"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return SessionData{}, fmt.Errorf("%w: %w", errSession, err)
	}
	switch {
	case d.Version < 1:
		return SessionData{}, fmt.Errorf("%w: its version v is %d", errSession, d.Version)
	case d.Deadline.IsZero():
		return SessionData{}, fmt.Errorf("%w: it has no deadline", errSession)
	case d.Values == nil:
		return SessionData{}, fmt.Errorf("%w: it has no values", errSession)
	}
	s := SessionData{Deadline: d.Deadline.UTC(), cart: d.Values.Cart}
	_ = json.Unmarshal(d.Values.Created, &s.Created) // zero where it does not say
	return s, nil
}

// Cart returns the session's cart, and whether it has one. A cart that breaks a
// rule is an error that wraps [cart.ErrInvalid].
func (d SessionData) Cart() (c cart.Cart, ok bool, err error) {
	if len(d.cart) == 0 || string(d.cart) == "null" {
		return c, false, nil
	}
	err = json.Unmarshal(d.cart, &c)
	return c, err == nil, err
}
