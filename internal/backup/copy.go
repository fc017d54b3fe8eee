package backup

import (
	"context"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"trolley/internal/query"
	"trolley/internal/sqlite"
)

const (
	followTick = 5 * time.Millisecond // between two looks at the size of the copy
	flushBytes = 8 << 20              // put on the disk at a time
)

// copyTo copies the database into the empty file to.
func copyTo(ctx context.Context, from *sqlite.Pools, to *os.File, progress func(stage Stage, done, total int64)) error {
	const bytes = `
SELECT (page_count - freelist_count) * page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size`
	total, err := query.One(ctx, from.Read, query.Int, bytes)
	if err != nil {
		return err
	}
	copied := make(chan struct{})
	copying, ctx := errgroup.WithContext(ctx)
	copying.Go(func() error {
		defer close(copied)
		return from.CopyTo(ctx, to.Name())
	})
	copying.Go(func() error {
		return follow(ctx, to, copied, func(done int64) { progress(Copying, min(done, int64(total)), int64(total)) })
	})
	return copying.Wait()
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
