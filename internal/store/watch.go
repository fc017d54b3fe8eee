package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrLost reports that the open database is no longer the one on disk: its file
// was removed or replaced. What is written from then on is lost.
var ErrLost = errors.New("store: the database file is not the one that was opened")

// ErrNotSynced reports that the disk could not keep what was written to it. What
// was confirmed before is on it; nothing is written any more.
var ErrNotSynced = errors.New("store: the disk failed")

// watchInterval is how long writes to a lost file may be acknowledged.
const watchInterval = 500 * time.Millisecond

// abandoner is an engine whose database can be lost while it is open.
type abandoner interface {
	// abandon has every further write fail, and keeps what there is of the lost
	// database from being taken for a part of the next one.
	abandon() error
}

// Watch returns an [ErrLost] or an [ErrNotSynced] when the database is lost or its
// disk fails, after which every write fails, and nil when ctx ends. Whoever gets
// an error ends the program: it can only go on with a database that is opened anew.
func (s *Store) Watch(ctx context.Context) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		// Any other error may pass, and is for Ping to tell.
		switch err := s.engine.check(); {
		case errors.Is(err, ErrNotSynced):
			return err
		case errors.Is(err, ErrLost):
			return s.abandon(err)
		}
	}
}

// abandon returns why the database is lost, in one line.
func (s *Store) abandon(lost error) error {
	if e, ok := s.engine.(abandoner); ok {
		if err := e.abandon(); err != nil {
			return fmt.Errorf("%w; %w", lost, err)
		}
	}
	return lost
}
