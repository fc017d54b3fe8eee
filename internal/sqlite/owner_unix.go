//go:build unix

package sqlite

import (
	"io/fs"
	"os"
	"syscall"
)

// isOurs reports whether the file belongs to the user that this process runs as.
func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
