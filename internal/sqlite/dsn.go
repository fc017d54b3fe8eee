package sqlite

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// role is what a connection is for.
type role struct {
	busy     time.Duration // how long it waits for another process's lock
	readOnly bool
	// asItIs leaves the file's own settings alone: it may be a backup, or another
	// program's.
	asItIs bool
	unused bool // nothing else uses the file: it is read without locks
	// copies writes another file with VACUUM INTO, which query_only would refuse, and
	// leaves it to the caller to put that on the disk.
	copies bool
	// checks may write, or SQLite would not read CHECKs, and does not.
	checks           bool
	exclusive        bool // no other connection can be open beside it
	noAutoCheckpoint bool // its commits never move the write-ahead log: see checkpointer
	// overwrites what it deletes. An operator's command does not: to revoke a million
	// sessions would fill the log.
	overwrites bool
}

// The roles.
var (
	shopWriter = role{busy: busyTimeout, noAutoCheckpoint: true, overwrites: true}
	shopMover  = role{busy: heldUpWithin, noAutoCheckpoint: true}
	shopReader = role{busy: busyTimeout, readOnly: true}
	migrator   = role{busy: migrationTimeout}
	existing   = role{busy: patience}
	exclusive  = role{busy: busyTimeout, asItIs: true, exclusive: true}
	checker    = role{busy: patience, asItIs: true, checks: true}
)

// readOnly is the role of a connection that changes nothing about a file.
func readOnly(unused bool) role {
	return role{busy: patience, readOnly: true, asItIs: true, unused: unused}
}

// journalLimit is the size, in bytes, to which the write-ahead log is cut back.
const journalLimit = 64 << 20

// setting is a pragma and the value that it must have.
type setting struct{ pragma, value string }

// settings returns the pragmas of a connection, in the order in which they are set.
func (r role) settings() []setting {
	set := []setting{
		{"busy_timeout", strconv.FormatInt(r.busy.Milliseconds(), 10)},
		{"trusted_schema", "0"},
		{"cell_size_check", "1"},
	}
	if !r.asItIs {
		set = append(set,
			setting{"journal_mode", "wal"},
			// An acknowledged write survives a power cut; NORMAL would lose the last ones.
			setting{"synchronous", "2"}, // FULL
			setting{"foreign_keys", "1"},
			setting{"journal_size_limit", strconv.Itoa(journalLimit)},
			setting{"ignore_check_constraints", "0"})
	}
	if r.noAutoCheckpoint {
		set = append(set, setting{"wal_autocheckpoint", "0"})
	}
	if r.overwrites {
		set = append(set, setting{"secure_delete", "1"})
	}
	if r.exclusive { // https://www.sqlite.org/pragma.html#pragma_locking_mode
		set = append(set, setting{"locking_mode", "exclusive"}, setting{"synchronous", "2"})
	}
	switch {
	case r.copies:
		set = append(set, setting{"synchronous", "0"})
	case r.readOnly, r.checks:
		set = append(set, setting{"query_only", "1"})
	}
	return set
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
	for _, s := range r.settings() {
		q.Add("_pragma", s.pragma+"("+s.value+")")
	}
	return fileURI(path, q)
}

// fileURI returns path as a URI with the options q.
func fileURI(path string, q url.Values) string {
	file := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: q.Encode()}
	return file.String()
}
