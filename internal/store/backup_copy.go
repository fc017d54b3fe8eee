package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	lib "modernc.org/sqlite/lib"
)

const (
	followTick = 5 * time.Millisecond // between two looks at the size of the copy
	syncBytes  = 8 << 20              // written to the disk at a time
)

// copyTo copies the database into the empty file to, and calls progress with the
// bytes of it. VACUUM INTO reads one moment; in WAL mode no writer waits for a reader.
func (g sqliteGuest) copyTo(ctx context.Context, to *os.File, progress func(done, total int64)) error {
	const bytes = `SELECT (page_count - freelist_count) * page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size`
	db := sql.OpenDB(sqliteLooker(g.path, g.alone, false))
	defer db.Close()
	total, err := one(ctx, db, scanInt, bytes)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	copied := make(chan struct{})
	var failed error
	var following sync.WaitGroup
	following.Go(func() {
		failed = follow(to, copied, func(done int64) { progress(min(done, int64(total)), int64(total)) })
		if failed != nil {
			cancel()
		}
	})
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to.Name())
	close(copied)
	following.Wait()
	if code, _ := sqliteCode(err); primary(code) == lib.SQLITE_FULL {
		err = fmt.Errorf("there is no room for it in %s: %w", filepath.Dir(to.Name()), err)
	}
	return errors.Join(failed, err, g.check())
}

// follow writes a growing file to the disk bit by bit, until it is complete: the
// shop's own writes would have to wait for all of it at once.
func follow(f *os.File, complete <-chan struct{}, progress func(size int64)) error {
	tick := time.NewTicker(followTick)
	defer tick.Stop()
	for synced := int64(0); ; {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		progress(info.Size())
		if info.Size()-synced >= syncBytes {
			if err := f.Sync(); err != nil {
				return err
			}
			synced = info.Size()
		}
		select {
		case <-complete:
			return nil
		case <-tick.C:
		}
	}
}
