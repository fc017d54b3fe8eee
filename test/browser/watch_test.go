package browser

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// watch notes what must not happen on any page: errors and warnings on the
// console, where the browser also reports what the Content-Security-Policy
// stopped, and requests to other origins.
type watch struct {
	origins []string // of the shop and of its back office

	mu       sync.Mutex
	pardoned []string
	troubles []string
}

// see takes the events of a tab, in their order.
func (w *watch) see(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.note("exception: %s %s", e.ExceptionDetails.Text, describe(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type != "log" && e.Type != "info" && e.Type != "debug" {
			w.note("console.%s: %s", e.Type, describe(e.Args...))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			w.note("%s %s: %s (%s)", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; url != "about:blank" && !w.ours(url) {
			w.note("request to another origin: %s from %s", url, e.DocumentURL)
		}
	}
}

func (w *watch) ours(url string) bool {
	return slices.ContainsFunc(w.origins, func(o string) bool { return strings.HasPrefix(url, o+"/") })
}

func describe(objects ...*runtime.RemoteObject) string {
	var texts []string
	for _, o := range objects {
		if o != nil {
			texts = append(texts, o.Description+string(o.Value))
		}
	}
	return strings.Join(texts, " ")
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.troubles = append(w.troubles, fmt.Sprintf(format, args...))
}

// pardon announces a trouble, by a part of its text.
func (w *watch) pardon(part string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pardoned = append(w.pardoned, part)
}

// take returns the troubles that were not announced, and forgets them.
func (w *watch) take() (left []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, trouble := range w.troubles {
		if !slices.ContainsFunc(w.pardoned, func(part string) bool { return strings.Contains(trouble, part) }) {
			left = append(left, trouble)
		}
	}
	w.troubles = nil
	return left
}

func (w *watch) check(t testing.TB) {
	t.Helper()
	for _, trouble := range w.take() {
		t.Errorf("in the browser: %s", trouble)
	}
}

// soon waits until there is a trouble and reports whether there was one.
func (w *watch) soon() bool {
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(pollPause) {
		if len(w.take()) > 0 {
			return true
		}
	}
	return false
}

// await waits for a trouble that the test has caused, and pardons it.
func (w *watch) await(t testing.TB, part string) {
	t.Helper()
	w.pardon(part)
	for end := time.Now().Add(patience); !w.has(part); <-time.After(pollPause) {
		if time.Now().After(end) {
			t.Fatalf("in vain waited for %s in the browser", part)
		}
	}
}

func (w *watch) has(part string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.troubles, func(trouble string) bool { return strings.Contains(trouble, part) })
}
