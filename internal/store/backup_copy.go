package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"trolley/internal/query"
	"trolley/internal/sqlite"

	"golang.org/x/sync/errgroup"
)

const (
	followTick = 5 * time.Millisecond // between two looks at the size of the copy
	flushBytes = 8 << 20              // put on the disk at a time
)

// copyTo copies the database into the empty file to. It calls progress with the
// bytes that are on the disk. VACUUM INTO reads one moment, and in WAL mode no writer
// waits for a reader.
func (s *Store) copyTo(ctx context.Context, to *os.File, progress func(done, total int64)) error {
	const bytes = `SELECT (page_count - freelist_count) * page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size`
	total, err := query.One(ctx, s.read, query.Int, bytes)
	if err != nil {
		return err
	}
	copied := make(chan struct{})
	copying, ctx := errgroup.WithContext(ctx)
	copying.Go(func() error {
		defer close(copied)
		return s.sqlite.CopyTo(ctx, to.Name())
	})
	copying.Go(func() error {
		return follow(ctx, to, copied, func(done int64) { progress(min(done, int64(total)), int64(total)) })
	})
	err = copying.Wait()
	if sqlite.IsFull(err) {
		err = fmt.Errorf("there is no room for it in %s: %w", filepath.Dir(to.Name()), err)
	}
	return err
}

// follow puts a growing file on the disk, a few megabytes at a time, until all of it
// is there: the shop's own writes would have to wait for all of it at once.
func follow(ctx context.Context, f *os.File, copied <-chan struct{}, progress func(done int64)) error {
	tick := time.NewTicker(followTick)
	defer tick.Stop()
	progress(0)
	for done, growing := int64(0), true; growing; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-copied:
			growing = false
		case <-tick.C:
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		for size := info.Size(); size-done >= flushBytes || !growing && size > done; {
			if err := flush(f, done, flushBytes); err != nil {
				return err
			}
			done += flushBytes
			progress(done)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}
