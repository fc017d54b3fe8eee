package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"trolley/test/pgtest"
)

// engineUnderTest makes databases of one kind.
type engineUnderTest struct {
	Engine
	empty func(*testing.T) string // returns the name of a new database
	ready func(*testing.T) string // the same, which may have the schema already
}

// open opens a new database.
func (e engineUnderTest) open(t *testing.T) *Store {
	t.Helper()
	return openAt(t, e.ready(t))
}

var enginesUnderTest = []engineUnderTest{
	{SQLite, newFile, newFile},
	{Postgres, func(t *testing.T) string { return pgtest.New(t) }, func(t *testing.T) string { return migrated.New(t) }},
}

func newFile(t *testing.T) string { return filepath.Join(t.TempDir(), "trolley.db") }

var migrated = pgtest.Template{Prepare: func(dsn string) error {
	s, err := Open(context.Background(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return s.Close()
}}

// onEachEngine runs a test of what all engines have in common: the contract.
func onEachEngine(t *testing.T, test func(*testing.T, engineUnderTest)) {
	t.Helper()
	for _, e := range enginesUnderTest {
		t.Run(e.Engine.String(), func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}
