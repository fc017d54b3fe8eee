package shop_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"testing"

	"trolley/test/shoptest"
	"trolley/ui"
)

func TestStaticFilesAreKeptForEver(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther) // with a cookie nothing changes
	for _, name := range shoptest.StaticNames(t) {
		address := s.Asset(t, name)
		want, err := fs.ReadFile(ui.Files, path.Join("static", name))
		if err != nil {
			t.Fatal(err)
		}
		r := v.Get(address).Want(t, http.StatusOK)
		if r.Body != string(want) {
			t.Errorf("%s is not %s", address, name)
		}
		if got := r.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if got := r.Header.Get("Content-Type"); got != mediaTypes[path.Ext(name)] || got == "" {
			t.Errorf("%s: Content-Type %q", name, got)
		}
		if strings.Contains(r.Header.Get("Vary"), "Cookie") || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: the session has touched it", name)
		}
	}
}

func TestStaticFilesAreCompressed(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	address := s.Server.URL + s.Asset(t, "app.css")
	for encoding, want := range map[string]string{
		"gzip": "gzip", "br, gzip;q=0.8": "gzip", "GZIP": "gzip", "": "", "br": "", "gzip;q=0": "", "gzip;q=0.05": "gzip", "*": "gzip", "*;q=0": "", "gzip;q=0, *": "", "gzip; q=0.000": "", "identity": "",
	} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		r.Header.Set("Accept-Encoding", encoding)
		response, err := s.Server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got := response.Header.Get("Content-Encoding"); got != want || response.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: %q, want %q; Vary %q", encoding, got, want, response.Header.Get("Vary"))
		}
		checkStyles(t, s, response)
	}
}

func checkStyles(t *testing.T, s *shoptest.Shop, response *http.Response) {
	t.Helper()
	body := response.Body
	if response.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = io.NopCloser(unzipped)
	}
	got, err := io.ReadAll(body)
	want, _ := fs.ReadFile(ui.Files, "static/app.css")
	if err != nil || string(got) != string(want) {
		t.Errorf("%d bytes (%v), want the %d of app.css", len(got), err, len(want))
	}
}

// The style sheet has a tint for each shelf.
func TestEveryTileNamesItsShelf(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout"} {
		if r := v.Get(path).Want(t, http.StatusOK); !strings.Contains(r.Body, `data-shelf="kitchen"`) {
			t.Errorf("%s: a tile without its shelf", path)
		}
	}
}

// The manifest is written by tools/pictures and names files with their hashes.
func TestManifestNamesIconsThatAreServed(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	var manifest struct {
		Icons []struct{ Src, Sizes, Type string }
	}
	body := v.Get(s.Asset(t, "manifest.webmanifest")).Want(t, http.StatusOK).Body
	if err := json.Unmarshal([]byte(body), &manifest); err != nil || len(manifest.Icons) == 0 {
		t.Fatalf("%d icons, %v", len(manifest.Icons), err)
	}
	for _, icon := range manifest.Icons {
		r := v.Get("/static/"+icon.Src).Want(t, http.StatusOK)
		size, err := png.DecodeConfig(strings.NewReader(r.Body))
		if got := fmt.Sprintf("%dx%d", size.Width, size.Height); err != nil || got != icon.Sizes {
			t.Errorf("%s: %s (%v), want %s", icon.Src, got, err, icon.Sizes)
		}
		if got := r.Header.Get("Content-Type"); got != icon.Type {
			t.Errorf("%s: %q, want %q", icon.Src, got, icon.Type)
		}
	}
}

// Programs that show a shared link draw no SVG, and want a whole address.
func TestSharedLinkHasAPicture(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	client := located(t, s)
	for _, path := range []string{"/", "/?category=kitchen", "/products/mug"} {
		r := client.Ask("GET", path, "", "Host", "shop.example").Want(t, http.StatusOK)
		_, rest, _ := strings.Cut(r.Body, `<meta property="og:image" content="https://shop.example`)
		address, _, _ := strings.Cut(rest, `"`)
		picture := client.Ask("GET", address, "", "Host", "shop.example").Want(t, http.StatusOK)
		size, err := png.DecodeConfig(strings.NewReader(picture.Body))
		if err != nil || size.Width != 1200 || size.Height != 630 {
			t.Errorf("%s: %q is %d by %d (%v)", path, address, size.Width, size.Height, err)
		}
	}
	if strings.Contains(s.Visitor(t).Get("/").Body, "og:image") {
		t.Error("a picture without the address of the shop")
	}
}

func TestFaviconLeadsToThePNG(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	r := s.Visitor(t).Get("/favicon.ico").Want(t, http.StatusFound)
	if got := r.Header.Get("Location"); got != s.Asset(t, "icon-32.png") || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("Location %q, Set-Cookie %q", got, r.Header.Get("Set-Cookie"))
	}
}

func TestOtherStaticNamesAreNotFound(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for _, name := range []string{"", "app.css", "app.000000000000.css", "products/", "products/mug.svg", "..%2fhtml%2fbase.html", "%00"} {
		r := v.Get("/static/"+name).Want(t, http.StatusNotFound)
		if strings.Contains(r.Header.Get("Vary"), "Cookie") {
			t.Errorf("%q: the session has touched it", name)
		}
	}
}

// mediaTypes are what the files are served as.
var mediaTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml; charset=utf-8",
	".webmanifest": "application/manifest+json", ".png": "image/png"}
