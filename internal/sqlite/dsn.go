package sqlite

import (
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// role is what a connection is for.
type role struct {
	busy     time.Duration // how long it waits for another process's lock
	readOnly bool
	unused   bool      // nothing else uses the file: it is read without locks
	settings []setting // beside those of every connection
}

// setting is a pragma and the value that it must have.
type setting struct{ pragma, value string }

var (
	// ofShop are the settings of a shop's own file. Other roles leave the file's alone: it
	// may be a backup, or another program's.
	ofShop = []setting{
		{"journal_mode", "wal"},
		// An acknowledged write survives a power cut; NORMAL would lose the last ones.
		{"synchronous", "2"}, // FULL
		{"foreign_keys", "1"},
		{"journal_size_limit", strconv.Itoa(journalLimit)},
		{"ignore_check_constraints", "0"},
	}
	queryOnly = setting{"query_only", "1"}
	// noAutoCheckpoint keeps commits from moving the write-ahead log: see checkpointer.
	noAutoCheckpoint = setting{"wal_autocheckpoint", "0"}
)

// The roles. The writer overwrites what it deletes. An operator's command does not: to
// revoke a million sessions would fill the log.
var (
	shopWriter = role{busy: busyTimeout, settings: shop(noAutoCheckpoint, setting{"secure_delete", "1"})}
	shopMover  = role{busy: heldUpWithin, settings: shop(noAutoCheckpoint)}
	shopReader = role{busy: busyTimeout, settings: shop(queryOnly), readOnly: true}
	migrator   = role{busy: migrationTimeout, settings: ofShop}
	existing   = role{busy: patience, settings: ofShop}
	// exclusive has no other connection beside it: https://www.sqlite.org/pragma.html#pragma_locking_mode
	exclusive = role{busy: busyTimeout, settings: []setting{{"locking_mode", "exclusive"}, {"synchronous", "2"}}}
	// checker may write, or SQLite would not read CHECKs, and does not.
	checker = role{busy: patience, settings: []setting{queryOnly}}
)

func shop(more ...setting) []setting { return slices.Concat(ofShop, more) }

// readOnly is the role of a connection that changes nothing about a file.
func readOnly(unused bool) role {
	return role{busy: patience, settings: []setting{queryOnly}, readOnly: true, unused: unused}
}

// copier writes another file with VACUUM INTO, which query_only would refuse, and leaves
// it to the caller to put that on the disk.
func copier(unused bool) role {
	return role{busy: patience, settings: []setting{{"synchronous", "0"}}, readOnly: true, unused: unused}
}

// journalLimit is the size, in bytes, to which the write-ahead log is cut back.
const journalLimit = 64 << 20

// all returns the pragmas of a connection, in the order in which they are set.
func (r role) all() []setting {
	return slices.Concat([]setting{
		{"busy_timeout", strconv.FormatInt(r.busy.Milliseconds(), 10)},
		{"trusted_schema", "0"},
		{"cell_size_check", "1"},
	}, r.settings)
}

// dsn returns the name under which modernc.org/sqlite opens path. It is always a
// URI: in a plain path the driver takes what follows a ? for options.
func (r role) dsn(path string) string {
	q := url.Values{
		"mode":       {"rw"}, // never create the file: one that was removed would be an empty shop
		"_defensive": {"1"},  // no SQL can damage the file
		"_dqs":       {"0"},  // "text" is a column, never a string
		"_error_rc":  {"1"},  // an error's text belongs to its code
		// time.Time would be stored as text that SQLite's own functions cannot read.
		"_time_integer_format": {"unix_milli"},
		// A transaction that reads first and writes later fails at once, without
		// waiting, when another one wrote in between.
		"_txlock": {"immediate"},
	}
	if r.readOnly {
		// A reader that is opened when the file was replaced would, on closing,
		// write the log of the old file into the new one.
		q.Set("mode", "ro")
		q.Del("_txlock")
	}
	if r.unused {
		q.Set("immutable", "1")
	}
	for _, s := range r.all() {
		q.Add("_pragma", s.pragma+"("+s.value+")")
	}
	file := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: q.Encode()}
	return file.String()
}
