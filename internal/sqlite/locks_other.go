//go:build !linux

package sqlite

// isHeld would have to be told apart from the locks of this process.
func isHeld(int, int64, int64) bool { return false }
