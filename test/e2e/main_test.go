package e2e

import (
	"os"
	"testing"

	"trolley/test/proctest"
)

func TestMain(m *testing.M) {
	const brief = "^(TestParallelAddsOnTwoProcessesAreAllKept|TestSessionOutlivesARestart|TestADatabaseAndACookieOfAnEarlierProgramWork)$"
	os.Exit(proctest.Main(m, brief))
}
