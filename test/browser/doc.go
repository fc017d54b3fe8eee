// Package browser holds the tests that use the shop as its visitors do: the real
// program, as a process of its own on a database file, and a real Chromium that
// clicks, types, loses its connection and is closed.
//
// The program is built once for all tests, with the race detector where the tests
// have it. Each test starts a server and a browser with a profile of its own. A
// test fails for any error on the browser's console, any request to another
// origin, and any error in the server's log that it did not announce.
//
// With TROLLEY_SCREENSHOTS=dir, TestScreenshots takes pictures of every page.
package browser
