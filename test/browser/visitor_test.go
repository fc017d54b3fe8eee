package browser

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"trolley/test/proctest"
)

const (
	atOnce    = 2                // browsers, since they are heavy
	testTime  = 10 * time.Minute // for all that a test does in its browser; patience bounds each wait
	pollPause = 20 * time.Millisecond
)

// seats are taken by the visitors who are in a shop.
var seats = make(chan struct{}, atOnce)

// visitor is somebody with a browser and a profile of their own, which outlives
// the browser's process.
type visitor struct {
	testing.TB
	ctx     context.Context // ends with the time of the test
	program string
	profile string
	first   *tab // of the browser that runs; nil for none
}

// newVisitor waits for a seat. Without a browser on the machine it skips the test,
// and fails it in CI.
func newVisitor(t testing.TB) *visitor {
	t.Helper()
	program := findBrowser(t)
	seats <- struct{}{}
	t.Cleanup(func() { <-seats })
	dir, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp(dir, "profile-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	v := &visitor{TB: t, ctx: ctx, program: program, profile: profile}
	t.Cleanup(func() {
		v.quit()
		cancel()
	})
	return v
}

func findBrowser(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	proctest.NotTested(t, "neither chromium nor chromium-browser nor google-chrome is in PATH (make tools)")
	return ""
}

// browse starts the visitor's browser and returns its first tab.
func (v *visitor) browse(s *server) *tab {
	v.Helper()
	if v.first != nil {
		v.Fatal("the visitor's browser is open already")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(v.program), chromedp.UserDataDir(v.profile),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900),
	)
	allocator, cancel := chromedp.NewExecAllocator(v.ctx, options...)
	v.first = v.open(allocator, s)
	v.first.end = cancel
	return v.first
}

// visit opens a shop, and returns it with the first tab of a visitor's browser.
func visit(t testing.TB) (*server, *tab) {
	t.Helper()
	shop := openShop(t)
	return shop, newVisitor(t).browse(shop)
}

// another opens one more tab of the browser, in a window of its own: a tab that
// is hidden gets no frames.
func (p *tab) another() *tab {
	p.Helper()
	return p.visitor.open(p.ctx, p.server)
}

func (v *visitor) open(parent context.Context, s *server) *tab {
	v.Helper()
	p := &tab{visitor: v, server: s, TB: v.TB, watch: &watch{origins: []string{s.url, s.ops}}}
	p.ctx, _ = chromedp.NewContext(parent, chromedp.WithListener(p.watch.see))
	if err := chromedp.Do(p.ctx); err != nil {
		v.Fatalf("the browser did not start: %v", err)
	}
	v.Cleanup(func() { p.watch.check(v.TB) })
	p.prefers("prefers-reduced-motion", "reduce")
	return p
}

// quit closes the browser as a visitor does: cookies are written down first, and
// those of the session go.
func (v *visitor) quit() {
	v.Helper()
	if v.first == nil {
		return
	}
	ctx, cancel := context.WithTimeout(v.first.ctx, patience)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil && v.ctx.Err() == nil {
		v.Errorf("closing the browser: %v", err)
	}
	v.first.end()
	v.first = nil
}
