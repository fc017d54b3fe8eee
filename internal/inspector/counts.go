package inspector

import (
	"context"
	"sync"
	"time"
)

// countShare bounds the time that goes into counting: what took 80 ms is not
// done again for 8 seconds.
const countShare = 100

// counts remembers how many sessions there are, since counting a million of them
// takes a while.
type counts struct {
	count func(context.Context) (alive, expired int, err error)

	mu   sync.Mutex
	last counted
	took time.Duration
}

// counted is how many sessions there were at one moment.
type counted struct {
	Alive, Expired int // expired: not removed yet
	At             time.Time
}

// get returns a count that is at most age old, or as old as countShare demands.
func (c *counts) get(ctx context.Context, age time.Duration) (counted, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.last.At.IsZero() && time.Since(c.last.At) < max(age, countShare*c.took) {
		return c.last, nil
	}
	began := time.Now()
	alive, expired, err := c.count(ctx)
	if err != nil {
		return c.last, err
	}
	c.last, c.took = counted{alive, expired, began}, time.Since(began)
	return c.last, nil
}
