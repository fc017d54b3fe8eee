package browser

import (
	"os"
	"sync"
	"testing"
	"time"

	"trolley/test/proctest"
)

// scratch is the directory of the profiles, which outlive a test: a browser's
// helpers may write to its profile for a moment after it is gone, which a
// t.TempDir would report.
var scratch = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "trolley-browser-") })

func TestMain(m *testing.M) {
	code := proctest.Main(m, "^(TestPurchase|TestTwoTabsShareOneCart|TestCartSurvivesARestart)$")
	closeShared()
	if dir, err := scratch(); err == nil {
		for end := time.Now().Add(patience); os.RemoveAll(dir) != nil && time.Now().Before(end); {
			<-time.After(pollPause)
		}
	}
	os.Exit(code)
}
