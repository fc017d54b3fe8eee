package backup

import (
	"os"

	"golang.org/x/sys/unix"
)

// flush puts n bytes of f on the disk. It leaves the file system's journal alone,
// unlike Sync: the shop's writes would have to wait for that.
func flush(f *os.File, offset, n int64) error {
	const all = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	return os.NewSyscallError("sync_file_range", unix.SyncFileRange(int(f.Fd()), offset, n, all))
}
