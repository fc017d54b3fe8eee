package cart

import (
	"encoding/json"
	"fmt"
)

// plain is a Cart without methods, so that encoding/json does not call them again.
type plain Cart

// MarshalJSON encodes c, the same cart always to the same bytes. A cart that
// breaks a rule is an error here, in the request that broke it, and not a cart
// that is found unreadable later.
func (c Cart) MarshalJSON() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Lines == nil {
		c.Lines = []Line{}
	}
	return json.Marshal(plain(c))
}

// UnmarshalJSON decodes a cart. Fields that this version does not know are
// dropped; a cart that breaks a rule does not decode and leaves c as it was.
func (c *Cart) UnmarshalJSON(data []byte) error {
	var p plain
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	next := Cart(p)
	if err := next.Validate(); err != nil {
		return err
	}
	if next.Lines == nil {
		next.Lines = []Line{}
	}
	if len(next.Removed) == 0 {
		next.Removed = nil
	}
	*c = next
	return nil
}
