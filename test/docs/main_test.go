package docs

import (
	"os"
	"testing"

	"trolley/test/proctest"
)

func TestMain(m *testing.M) { os.Exit(proctest.Main(m, "^TestServices")) }
