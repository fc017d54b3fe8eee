package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// flush writes to the disk what was written to f so far, and waits for it. It
// leaves the file system's own journal alone, which a Sync would have written,
// and for which the shop's writes would wait.
func flush(f *os.File) error {
	const all = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	return os.NewSyscallError("sync_file_range", unix.SyncFileRange(int(f.Fd()), 0, 0, all))
}
