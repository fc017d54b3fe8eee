package main

import (
	"net"

	"golang.org/x/net/netutil"
)

// reserved is how many descriptors are left to the database, the inspector and
// the standard streams: of a small limit, three quarters.
const reserved = 256

// limitConnections has visitors wait, before they are let in, for those who
// come once the program's descriptors would run out. Without it they would take
// the ones that the database needs, and pages would fail that others are reading.
func limitConnections(l net.Listener) net.Listener {
	if n := maxConnections(descriptors()); n > 0 {
		return netutil.LimitListener(l, n)
	}
	return l
}

// maxConnections returns how many connections a limit of descriptors allows; 0
// where there is no limit.
func maxConnections(descriptors int) int {
	return max(descriptors-reserved, descriptors/4)
}
