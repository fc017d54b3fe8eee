package browser

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"trolley/test/blackbox"
)

// picturesDir is where the README's pictures go.
func picturesDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TROLLEY_PICTURES")
	if dir == "" {
		t.Skip("TROLLEY_PICTURES names no directory")
	}
	return dir
}

// frame sets the size of the window and how many pixels of the picture are one of CSS.
func (p *tab) frame(width, height int64, density float64) {
	p.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: density})
}

// photograph returns what the window shows.
func (p *tab) photograph(format page.CaptureScreenshotFormat) []byte {
	p.Helper()
	return call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: format, Quality: new(int64(85))}).Data
}

// TestPictures takes those of the README: the shop, a session and the inspector,
// light and dark.
func TestPictures(t *testing.T) {
	dir := picturesDir(t)
	shop, p := visit(t)
	shop.business()
	p.open("/")
	p.put(threeLines...)
	p.tell("username", "Ada")
	for _, scheme := range []string{"light", "dark"} {
		take := func(p *tab, name string) {
			p.frame(1280, 800, 2)
			p.prefers("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
			if err := os.WriteFile(filepath.Join(dir, name+"-"+scheme+".webp"), p.photograph("webp"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p.open("/")
		take(p, "shop")
		p.open("/session")
		take(p, "session")
		take(p.desk("/sessions"), "inspector")
	}
}

// business has shoppers come and go for a minute, so that the plots show something.
func (s *server) business() {
	s.Helper()
	shop := &blackbox.Shop{URL: s.url, Client: blackbox.NewClient(s, nil)}
	skus := strings.Split(s.value("SELECT group_concat(sku) FROM products WHERE stock > 15"), ",")
	for end, n := time.Now().Add(time.Minute), 0; time.Now().Before(end); n++ {
		time.Sleep(time.Duration(200+100*(n%7)) * time.Millisecond)
		cookie := ""
		for i := range 1 + n%4 {
			sku := skus[(n+5*i)%len(skus)]
			a := blackbox.Request{Shop: shop, Path: "/cart/items", Cookie: cookie, Form: blackbox.Form("sku", sku)}.Send(s.Context())
			if !a.IsAcknowledged() {
				s.Fatalf("add of %s: status %d, %v", sku, a.Status, a.Err)
			}
			cookie = cmp.Or(a.Cookie, cookie)
		}
	}
}

// film is a tab that shows another tab above a terminal, and keeps pictures of it.
type film struct {
	*tab
	dir      string
	terminal strings.Builder
	frames   []string // arguments of img2webp
}

// line adds a line to the terminal. A command begins with a dollar sign.
func (f *film) line(text string) { fmt.Fprintf(&f.terminal, "%s\n", html.EscapeString(text)) }

// shot shows p as it is now, for a time.
func (f *film) shot(p *tab, lasts time.Duration) {
	f.Helper()
	picture := base64.StdEncoding.EncodeToString(p.photograph("png"))
	content := `<img style="display:block;width:960px;height:500px" src="data:image/png;base64,` + picture + `">` +
		`<pre style="margin:0;padding:14px 18px;height:112px;overflow:hidden;background:#1d1b18;color:#f4efe6;font:15px/1.5 monospace;display:flex;flex-direction:column;justify-content:flex-end">` + f.terminal.String() + `</pre>`
	eval[bool](f.tab, "document.body.style.margin = 0, document.body.innerHTML = "+literal(content)+", true")
	f.until("document.images[0].complete")
	file := filepath.Join(f.dir, strconv.Itoa(len(f.frames))+".png")
	if err := os.WriteFile(file, f.photograph("png"), 0o644); err != nil {
		f.Fatal(err)
	}
	f.frames = append(f.frames, "-d", strconv.FormatInt(lasts.Milliseconds(), 10), "-lossy", "-q", "70", file)
}

// TestFilm shows in some eight seconds that a cart outlives kill -9.
func TestFilm(t *testing.T) {
	dir := picturesDir(t)
	shop, p := visit(t)
	p.watch.pardon("net::ERR_")
	p.watch.pardon("data:image") // of the browser's own page for a server that is away
	p.frame(960, 500, 2)
	f := &film{tab: p.another(), dir: t.TempDir()}
	f.watch.pardon("data:image")
	f.navigate("about:blank")
	f.frame(960, 640, 2)

	f.line("$ go run ./cmd/web")
	f.line("Shop http://localhost:4000")
	p.open("/products/enamel-mug")
	f.shot(p, time.Second)
	p.fill("#quantity", "3")
	p.click("#add")
	p.counts(3)
	f.shot(p, 1200*time.Millisecond)
	p.open("/cart")
	f.shot(p, 1200*time.Millisecond)
	f.line("$ kill -9 " + strconv.Itoa(shop.process.PID()))
	shop.stop(syscall.SIGKILL)
	f.shot(p, time.Second)
	_ = chromedp.Do(p.ctx, chromedp.Navigate(shop.url+"/cart")) // nobody answers
	p.until(settled)
	f.shot(p, time.Second)
	f.line("$ go run ./cmd/web")
	f.line("Shop http://localhost:4000")
	shop.start()
	p.open("/cart")
	p.holds("enamel-mug 3")
	f.shot(p, 1600*time.Millisecond)
	f.line("$ sqlite3 trolley.db 'SELECT session, sku, quantity FROM session_carts'")
	f.line(shop.value("SELECT session || '|' || sku || '|' || quantity FROM session_carts"))
	f.shot(p, 2*time.Second)
	args := append([]string{"-loop", "0", "-o", filepath.Join(dir, "restart.webp")}, f.frames...)
	if out, err := exec.CommandContext(t.Context(), "img2webp", args...).CombinedOutput(); err != nil {
		t.Fatalf("img2webp: %v\n%s", err, out)
	}
}
