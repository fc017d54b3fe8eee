package faults

import (
	"os"
	"testing"

	"modernc.org/sqlite"

	"trolley/test/proctest"
)

func TestMain(m *testing.M) {
	// With plain locks, a test that reads the database's file would drop those that it
	// holds. Where there are no others, no test does that.
	_, _ = sqlite.OFDLocking(true)
	os.Exit(proctest.Main(m, "^(TestGarbageForALogIsIgnored|TestRemovedDatabaseStopsTheShop|TestSlowClientHoldsUpNobody)$"))
}

// unsynced has a seeded defect: it acknowledges what has not reached the disk.
var unsynced = proctest.Seeded("unsynced",
	proctest.Edit{File: "internal/sqlite/dsn.go", Old: `{"synchronous", "2"}, // FULL`, New: `{"synchronous", "1"},`})
