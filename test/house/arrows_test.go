package house

import (
	"slices"
	"strings"
	"testing"
)

// arrows are the rooms that a room may import, beside those inside it; only cmd may
// import any.
var arrows = map[string]string{
	"session":               "",
	"groupcommit":           "",
	"groupcommit/stmtcache": "",
	"migrations":            "",
	"ui":                    "",

	"internal/cart":      "",
	"internal/ttlcache":  "",
	"internal/ratelimit": "",
	"internal/locale":    "",
	"internal/query":     "",
	"internal/version":   "",

	"internal/sqlite":   "groupcommit groupcommit/stmtcache migrations internal/query",
	"internal/postgres": "migrations internal/query",
	"internal/store":    "internal/sqlite internal/postgres internal/query internal/cart session groupcommit",
	"internal/verify":   "internal/account internal/sqlite internal/query internal/cart session migrations",
	"internal/backup":   "internal/verify internal/sqlite internal/postgres internal/query internal/cart session migrations",
	"internal/move":     "internal/verify internal/sqlite internal/postgres internal/query session migrations",

	"internal/account": "internal/store internal/query internal/cart internal/ratelimit session",

	"internal/web":            "internal/cart internal/ratelimit internal/locale ui",
	"internal/shop":           "internal/account internal/web internal/store internal/cart internal/ttlcache internal/locale session ui",
	"internal/inspector":      "internal/account internal/web internal/store internal/cart internal/ttlcache internal/locale internal/version session groupcommit ui",
	"internal/inspector/plot": "internal/locale",
}

func TestNoArrowRunsBack(t *testing.T) {
	t.Parallel()
	rooms, _ := house(t)
	for folder, r := range rooms {
		allowed, known := arrows[folder]
		switch {
		case !isProgram(folder) || isWithin(folder, "cmd"):
			continue
		case !known:
			t.Errorf("%s is a room that the plan does not have", folder)
			continue
		}
		for other := range r.imports {
			if !isWithin(other, folder) && !slices.Contains(strings.Fields(allowed), other) {
				t.Errorf("%s imports %s", folder, other)
			}
		}
	}
}

func TestTheProgramStandsWithoutTestsAndTools(t *testing.T) {
	t.Parallel()
	rooms, _ := house(t)
	for folder, r := range rooms {
		for other := range r.imports {
			if isProgram(folder) && !isProgram(other) {
				t.Errorf("%s imports %s", folder, other)
			}
		}
	}
}

// A copy of a library's folder passes its tests.
func TestALibraryIsTestedWithinItsFolder(t *testing.T) {
	t.Parallel()
	rooms, _ := house(t)
	for folder, r := range rooms {
		for _, library := range []string{"session", "groupcommit"} {
			for other := range r.testImports {
				if isWithin(folder, library) && !isWithin(other, library) {
					t.Errorf("a test in %s imports %s", folder, other)
				}
			}
		}
	}
}

func isProgram(folder string) bool { return !isWithin(folder, "test") && !isWithin(folder, "tools") }

func isWithin(folder, outer string) bool {
	return folder == outer || strings.HasPrefix(folder, outer+"/")
}
