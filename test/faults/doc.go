// Package faults tests what the program does when something around it fails: the
// power, the disk, the database file, the clock, the memory, another process, or the
// other end of a connection. Each test starts the program as a process, causes one fault, and
// wants what a shopper and an operator would: pages are still shown, what cannot
// be stored is answered with 503 and Retry-After, nothing that was acknowledged
// is lost, and the shop recovers by itself or ends with one line that says why.
// It has no code of its own.
//
// The tests of disks mount file systems of their own, or answer the shop's fsyncs
// with strace, which takes Linux and root; elsewhere they are skipped, in CI they
// fail. TROLLEY_CUTS says how often the power is cut, TROLLEY_EXPIRED and
// TROLLEY_REVOKED how many sessions have expired and are revoked, TROLLEY_CARTS how
// many carts are looked at with little memory, and TROLLEY_FULL_AT up to which page
// the disk is full at; tools/torture sets them.
package faults
