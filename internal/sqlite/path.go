package sqlite

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var errInMemory = errors.New("a database in memory would lose every cart and order with the process: name a file")

// otherDSN is how the names of other databases begin: keywords of PostgreSQL, schemes. A
// file of variables may keep the quotes around them.
var otherDSN = regexp.MustCompile(`(?i)^[\s"']*(?:[a-z_]+\s*=\S*\s+[a-z_]+\s*=|` +
	`(?:host|hostaddr|port|user|password|dbname|service|sslmode)\s*=|` +
	`(?:sqlite3?|mysql|mariadb|postgres|postgresql|pgx|sqlserver|mssql|oracle|jdbc|odbc|mongodb|redis):|` +
	`[a-z][a-z0-9+.-]*://)`)

// Beside ends the names of the files that SQLite makes, and deletes, beside a database.
var Beside = [...]string{"-wal", "-shm", "-journal"}

// CheckName returns why name cannot be the name of a file, in one line without a
// password, or nil. It opens nothing.
func CheckName(name string) error {
	_, err := parsePath(name)
	return err
}

// findPath returns the path of the file that name means, and follows links where the file
// exists: SQLite puts the -wal and the -shm next to the file itself.
func findPath(name string) (string, error) {
	path, err := parsePath(name)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path, nil
	}
	if log := path + "-wal"; exists(log) && !isSame(log, real+"-wal") {
		return "", fmt.Errorf("%s stands next to a link, and SQLite would look for %s-wal: move it there", log, real)
	}
	return real, nil
}

// parsePath returns the absolute path that name means, a path or a "file:" URI.
func parsePath(name string) (string, error) {
	path, isURI := strings.CutPrefix(name, "file:")
	// The spellings that make SQLite, or the DSNs of its drivers, use memory.
	base, options, _ := strings.Cut(path, "?")
	if path == ":memory:" || isURI && base == ":memory:" ||
		strings.Contains(options, "mode=memory") || strings.Contains(options, "vfs=mem") {
		return "", errInMemory
	}
	if isURI {
		var err error
		if path, err = uriPath(path); err != nil {
			return "", err
		}
	}
	switch {
	case strings.TrimSpace(path) == "":
		return "", errors.New("the database has no name: name a file")
	case strings.ContainsRune(path, 0):
		return "", fmt.Errorf("%q has a NUL character, which no file name has", path)
	case otherDSN.MatchString(path):
		return "", fmt.Errorf("%q is how the name of another kind of database begins: name a file, "+
			"or write postgres://user@host:5432/database", strings.TrimSpace(otherDSN.FindString(path)))
	}
	for _, suffix := range Beside {
		if strings.HasSuffix(path, suffix) {
			return "", fmt.Errorf("a name that ends in %s is that of a part of another database: name the file without it", suffix)
		}
	}
	return filepath.Abs(path)
}

// uriPath returns the path of a "file:" URI, without its scheme. Options are
// refused: they could undo the ones that carts and orders depend on.
func uriPath(uri string) (string, error) {
	if strings.ContainsAny(uri, "?#") {
		return "", errors.New("options after file: are not supported, and ? and # in a name are written %3F and %23")
	}
	if rest, ok := strings.CutPrefix(uri, "//"); ok {
		host, path, _ := strings.Cut(rest, "/")
		if host != "" && host != "localhost" {
			return "", fmt.Errorf("the database is on the host %q: only files of this machine can be opened", host)
		}
		uri = "/" + path
	}
	return url.PathUnescape(uri)
}

func isSame(a, b string) bool {
	first, _ := os.Stat(a) // nil is no file's
	second, _ := os.Stat(b)
	return os.SameFile(first, second)
}
