//go:build !unix

package sqlite

import "io/fs"

// isOurs reports false: here the rights to a file are not in its mode.
func isOurs(fs.FileInfo) bool { return false }
