package browser

import (
	"context"
	"os"
	"os/exec"
	"sync"
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

// program is the browser; empty where the machine has none.
var program = sync.OnceValue(func() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
})

// shared is the browser of all visitors but those who close theirs, since a start
// costs some seconds. closeShared closes it.
var (
	shared = sync.OnceValues(func() (context.Context, error) {
		profile, err := newProfile()
		if err != nil {
			return nil, err
		}
		allocator, cancel := newAllocator(context.Background(), profile)
		ctx, _ := chromedp.NewContext(allocator)
		closeShared = cancel
		return ctx, chromedp.Do(ctx)
	})
	closeShared context.CancelFunc = func() {}
)

// visitor is a person with a browser, whose cookies no other visitor has.
type visitor struct {
	testing.TB
	ctx     context.Context // ends with the time of the test
	profile string          // of a browser of their own, which outlives its process; empty in the shared one
	first   *tab            // nil while the visitor has none
}

// newVisitor waits for a seat in the shared browser.
func newVisitor(t testing.TB) *visitor {
	t.Helper()
	takeSeat(t)
	browser, err := shared()
	if err != nil {
		t.Fatalf("the browser did not start: %v", err)
	}
	return newVisitorIn(t, browser, "")
}

// newOwner is a visitor with a browser of their own, who can close it and start it again.
func newOwner(t testing.TB) *visitor {
	t.Helper()
	takeSeat(t)
	profile, err := newProfile()
	if err != nil {
		t.Fatal(err)
	}
	return newVisitorIn(t, context.Background(), profile)
}

func newVisitorIn(t testing.TB, parent context.Context, profile string) *visitor {
	ctx, cancel := context.WithTimeout(parent, testTime)
	v := &visitor{TB: t, ctx: ctx, profile: profile}
	t.Cleanup(func() {
		v.quit()
		cancel()
	})
	return v
}

// takeSeat waits until another visitor may come. Without a browser on the machine it
// skips the test, and fails it in CI.
func takeSeat(t testing.TB) {
	t.Helper()
	if program() == "" {
		proctest.NotTested(t, "neither chromium nor chromium-browser nor google-chrome is in PATH (make tools)")
	}
	seats <- struct{}{}
	t.Cleanup(func() { <-seats })
}

func newProfile() (directory string, err error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(dir, "profile-")
}

func newAllocator(ctx context.Context, profile string) (context.Context, context.CancelFunc) {
	return chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program()), chromedp.UserDataDir(profile),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900),
	)...)
}

// browse returns the visitor's first tab; it starts a browser of their own.
func (v *visitor) browse(s *server) *tab {
	v.Helper()
	if v.first != nil {
		v.Fatal("the visitor's browser is open already")
	}
	if v.profile == "" {
		v.first = v.open(v.ctx, s, chromedp.WithNewBrowserContext())
		v.first.end = func() {}
		return v.first
	}
	allocator, cancel := newAllocator(v.ctx, v.profile)
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

func (v *visitor) open(parent context.Context, s *server, options ...chromedp.ContextOption) *tab {
	v.Helper()
	p := &tab{visitor: v, server: s, TB: v.TB, watch: &watch{origins: []string{s.url, s.ops}}}
	p.ctx, _ = chromedp.NewContext(parent, append(options, chromedp.WithListener(p.watch.see))...)
	if err := chromedp.Do(p.ctx); err != nil {
		v.Fatalf("the browser did not start: %v", err)
	}
	v.Cleanup(func() { p.watch.check(v.TB) })
	p.prefers("prefers-reduced-motion", "reduce")
	return p
}

// quit closes the visitor's tabs, and a browser of their own as its owner does: cookies
// are written down first, and those of the session go.
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
