package inspector

import (
	"context"
	"sync"
	"time"
)

const (
	// countAge is how old the numbers of sessions may be.
	countAge = 4 * time.Second
	// countShare bounds the time that goes into counting: what took 80 ms is not
	// done again for 8 seconds.
	countShare = 100
)

// counter remembers how many sessions there are, since counting a million of them
// takes a while.
type counter struct {
	count func(context.Context) (alive, expired int, err error)

	mu   sync.Mutex
	last counted
	next time.Time // when to count again
}

// counted is how many sessions there were at one moment.
type counted struct {
	Alive, Expired int // expired: not removed yet
	At             time.Time
}

// get returns a count that is as young as countAge and countShare allow. With an
// error, for which a server may have counted in vain until its time was over, it
// returns the last one.
func (c *counter) get(ctx context.Context) (counted, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	began := time.Now()
	if began.Before(c.next) {
		return c.last, nil
	}
	alive, expired, err := c.count(ctx)
	if err == nil {
		c.last = counted{alive, expired, began}
	}
	c.next = began.Add(max(countAge, countShare*time.Since(began)))
	return c.last, err
}

// counted returns how many sessions there are, as of some seconds ago.
func (ins *Inspector) counted() counted {
	ctx, cancel := context.WithTimeout(context.Background(), sampleInterval)
	defer cancel()
	c, err := ins.counter.get(ctx)
	if err != nil {
		ins.Log.Warn("sessions not counted", "error", err)
	}
	return c
}
