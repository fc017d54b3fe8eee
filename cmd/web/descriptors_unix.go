//go:build unix

package main

import (
	"math"
	"syscall"
)

// descriptors returns how many descriptors the process may have open, which Go
// raises to the most at the start; 0 where there is no limit.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > math.MaxInt32 {
		return 0
	}
	return int(limit.Cur)
}
