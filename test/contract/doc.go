// Package contract holds the tests of what sessions promise on every engine, by
// one text for all, each on two nodes of one database: two stores and two
// managers that share nothing else, as two processes would.
package contract
