package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// meterAfter is how long work takes before a progress bar appears.
const meterAfter = time.Second

// meter is a progress bar on a terminal.
type meter struct {
	w       io.Writer
	now     func() time.Time
	began   time.Time
	visible bool   // w is a terminal
	bytes   bool   // of bytes, not of things
	what    string // the bar is about
	bar     *progressbar.ProgressBar
}

func (t tool) newMeter(bytes bool) *meter {
	return &meter{w: t.stderr, now: t.now, began: t.now(), visible: isTerminal(t.stderr), bytes: bytes}
}

func isTerminal(w io.Writer) bool {
	if o, ok := w.(*output); ok {
		w = o.Writer
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// show moves the bar, once there is one. What has no total has no bar.
func (m *meter) show(what string, done, total int64) {
	if what != m.what { // a bar that was full stays full
		m.clear()
		m.bar, m.what = nil, what
	}
	if m.bar == nil && m.visible && total > 0 && m.now().Sub(m.began) >= meterAfter {
		m.bar = progressbar.NewOptions64(total, progressbar.OptionSetDescription(what), progressbar.OptionSetWriter(m.w),
			progressbar.OptionSetWidth(30), progressbar.OptionShowBytes(m.bytes), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	if m.bar != nil {
		_ = m.bar.Set64(done) // a terminal that is gone shows nothing
	}
}

// clear takes the bar away, for what is printed next.
func (m *meter) clear() {
	if m.bar != nil {
		_ = m.bar.Clear()
	}
}
