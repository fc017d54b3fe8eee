// Package e2e tests the program as whoever runs it sees it: a process that is
// started, visited over HTTP, killed, and started again, and a database file
// that is read from outside. It has no code of its own.
//
// The tests build the program once, with the race detector where they have it
// themselves. TROLLEY_KILLS says how often the tests of crashes kill it;
// tools/torture sets it to 100.
package e2e
