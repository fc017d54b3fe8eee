package main

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
	"testing/fstest"

	"trolley/ui"
)

func TestStaticFilesAreKeptForEver(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther) // with a cookie nothing changes
	for name, address := range s.static.urls {
		want, err := fs.ReadFile(ui.Files, path.Join("static", name))
		if err != nil {
			t.Fatal(err)
		}
		r := v.get(address).want(t, http.StatusOK)
		if r.body != string(want) {
			t.Errorf("%s is not %s", address, name)
		}
		if got := r.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if got, want := r.Header.Get("Content-Type"), contentTypes[path.Ext(name)]; got != want || got == "" {
			t.Errorf("%s: Content-Type %q, want %q", name, got, want)
		}
		if strings.Contains(r.Header.Get("Vary"), "Cookie") || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: the session has touched it", name)
		}
	}
}

func TestStaticFilesAreCompressed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	address := s.server.URL + s.static.urls["app.css"]
	for encoding, want := range map[string]string{
		"gzip": "gzip", "br, gzip;q=0.8": "gzip", "GZIP": "gzip", "": "", "br": "", "gzip;q=0": "", "gzip; q=0.000": "", "identity": "",
	} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		r.Header.Set("Accept-Encoding", encoding)
		response, err := s.server.Client().Do(r)
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

func checkStyles(t *testing.T, s *shop, response *http.Response) {
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

// The manifest is written by tools/pictures and names files with their hashes.
func TestManifestNamesIconsThatAreServed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	var manifest struct {
		Icons []struct{ Src, Sizes, Type string }
	}
	body := v.get(s.static.urls["manifest.webmanifest"]).want(t, http.StatusOK).body
	if err := json.Unmarshal([]byte(body), &manifest); err != nil || len(manifest.Icons) == 0 {
		t.Fatalf("%d icons, %v", len(manifest.Icons), err)
	}
	for _, icon := range manifest.Icons {
		r := v.get("/static/"+icon.Src).want(t, http.StatusOK)
		size, err := png.DecodeConfig(strings.NewReader(r.body))
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
	s := newShop(t)
	located := s.located(t)
	for _, path := range []string{"/", "/?category=kitchen", "/products/mug"} {
		r := located.ask("GET", path, "", "Host", "shop.example").want(t, http.StatusOK)
		_, rest, _ := strings.Cut(r.body, `<meta property="og:image" content="https://shop.example`)
		address, _, _ := strings.Cut(rest, `"`)
		picture := located.ask("GET", address, "", "Host", "shop.example").want(t, http.StatusOK)
		size, err := png.DecodeConfig(strings.NewReader(picture.body))
		if err != nil || size.Width != 1200 || size.Height != 630 {
			t.Errorf("%s: %q is %d by %d (%v)", path, address, size.Width, size.Height, err)
		}
	}
	if strings.Contains(s.visitor(t).get("/").body, "og:image") {
		t.Error("a picture without the address of the shop")
	}
}

func TestFaviconLeadsToThePNG(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r := s.visitor(t).get("/favicon.ico").want(t, http.StatusFound)
	if got := r.Header.Get("Location"); got != s.static.urls["icon-32.png"] || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("Location %q, Set-Cookie %q", got, r.Header.Get("Set-Cookie"))
	}
}

func TestOtherStaticNamesAreNotFound(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	for _, name := range []string{"", "app.css", "app.000000000000.css", "products/", "products/mug.svg", "..%2fhtml%2fbase.html", "%00"} {
		r := v.get("/static/"+name).want(t, http.StatusNotFound)
		if strings.Contains(r.Header.Get("Vary"), "Cookie") {
			t.Errorf("%q: the session has touched it", name)
		}
	}
}

func TestNameChangesWithContentAlone(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"static/a.css": {Data: []byte("a{}")}, "static/b.css": {Data: []byte("b{}")}, "static/products/parcel.svg": {Data: []byte("<svg/>")}}
	before, err := newStaticFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	files["static/a.css"] = &fstest.MapFile{Data: []byte("a{color:red}")}
	after, err := newStaticFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	if before.urls["a.css"] == after.urls["a.css"] || before.urls["b.css"] != after.urls["b.css"] {
		t.Errorf("a.css %q then %q, b.css %q then %q", before.urls["a.css"], after.urls["a.css"], before.urls["b.css"], after.urls["b.css"])
	}
	if parcel, err := after.tile("unheard-of"); err != nil || parcel != after.urls["products/parcel.svg"] {
		t.Errorf("tile %q, %v; want the parcel", parcel, err)
	}
	if _, err := after.url("nothing.css"); err == nil {
		t.Error("a name that is not there has an address")
	}
}

func TestFileOfUnknownTypeIsRefusedAtStart(t *testing.T) {
	t.Parallel()
	if _, err := newStaticFiles(fstest.MapFS{"static/a.xyz": {Data: []byte("?")}}); err == nil {
		t.Error("no error")
	}
}
