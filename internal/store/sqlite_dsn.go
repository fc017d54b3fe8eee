package store

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

var errInMemory = errors.New("a database in memory would lose every cart and order with the process: name a file")

// sqlitePath returns the absolute path of the file that dsn names.
func sqlitePath(dsn string) (string, error) {
	path, isURI := strings.CutPrefix(dsn, "file:")
	if err := refuseMemory(path, isURI); err != nil {
		return "", err
	}
	if isURI {
		var err error
		if path, err = uriPath(path); err != nil {
			return "", err
		}
	}
	scheme, _, _ := strings.Cut(path, "://")
	switch {
	case path == "":
		return "", errors.New("the database has no name: name a file")
	case strings.ContainsRune(path, 0):
		return "", fmt.Errorf("%q has a NUL character, which no file name has", path)
	case scheme != path:
		return "", fmt.Errorf("%q is no kind of database that is known here: name a file", scheme)
	}
	return realPath(path)
}

// realPath follows links where the file exists already: SQLite puts the -wal and
// the -shm next to the file itself.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path, nil
}

// refuseMemory knows the spellings that make SQLite, or the DSNs of its drivers,
// keep a database in memory.
func refuseMemory(path string, isURI bool) error {
	name, options, _ := strings.Cut(path, "?")
	if path == ":memory:" || isURI && name == ":memory:" ||
		strings.Contains(options, "mode=memory") || strings.Contains(options, "vfs=mem") {
		return errInMemory
	}
	return nil
}

// uriPath returns the path of a "file:" URI, without its scheme. Options are
// refused: they could undo the ones that carts and orders depend on.
func uriPath(uri string) (string, error) {
	if strings.ContainsAny(uri, "?#") {
		return "", errors.New("options after file: are not supported, and ? and # in a name are written %3F and %23")
	}
	if rest, ok := strings.CutPrefix(uri, "//"); ok {
		host, _, _ := strings.Cut(rest, "/")
		if host != "" && host != "localhost" {
			return "", fmt.Errorf("the database is on the host %q: only files of this machine can be opened", host)
		}
		uri = strings.TrimPrefix(rest, host)
	}
	return url.PathUnescape(uri)
}

// sqliteRole is what a connection is for.
type sqliteRole struct {
	busy     time.Duration // how long it waits for another process's lock
	readOnly bool
	steady   bool // its commits never move the write-ahead log: see checkpointer
}

// journalLimit is the size, in bytes, to which the write-ahead log is cut back.
const journalLimit = 64 << 20

// sqliteDSN returns the name under which modernc.org/sqlite opens path. It is
// always a URI: in a plain path the driver takes what follows a ? for options.
func sqliteDSN(path string, r sqliteRole) string {
	q := url.Values{
		"mode":          {"rw"}, // never create the file: one that was removed would be an empty shop
		"_busy_timeout": {strconv.FormatInt(r.busy.Milliseconds(), 10)},
		"_journal_mode": {"WAL"},
		// An acknowledged write survives a power cut; NORMAL would lose the last ones.
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"1"},
		"_defensive":    {"1"}, // no SQL can damage the file
		"_dqs":          {"0"}, // "text" is a column, never a string
		"_error_rc":     {"1"}, // an error's text belongs to its code
		// time.Time would be stored as text that SQLite's own functions cannot read.
		"_time_integer_format": {"unix_milli"},
		"_pragma":              {"journal_size_limit(" + strconv.Itoa(journalLimit) + ")", "trusted_schema(0)", "cell_size_check(1)"},
	}
	if r.steady {
		q.Add("_pragma", "wal_autocheckpoint(0)")
	}
	if r.readOnly {
		q.Set("_query_only", "1")
		// A reader that is opened when the file was replaced would, on closing,
		// write the log of the old file into the new one.
		q.Set("mode", "ro")
	} else {
		// A transaction that reads first and writes later fails at once, without
		// waiting, when another one wrote in between.
		q.Set("_txlock", "immediate")
	}
	file := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: q.Encode()}
	return file.String()
}
