package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// staticFiles are the files of ui/static, in memory, under names that change
// with their content: app.css is served as /static/app.HASH.css and can be
// kept for ever.
type staticFiles struct {
	URLs  map[string]string      // by the name in ui/static
	files map[string]*staticFile // by the hashed name
}

type staticFile struct {
	contentType   string
	plain, zipped []byte // zipped is nil where it would not be smaller
}

// newStaticFiles reads, hashes and compresses everything under static/.
func newStaticFiles(files fs.FS) (*staticFiles, error) {
	s := &staticFiles{URLs: make(map[string]string), files: make(map[string]*staticFile)}
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		return s.add(strings.TrimPrefix(name, "static/"), content)
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	return s, nil
}

func (s *staticFiles) add(name string, content []byte) error {
	extension := path.Ext(name)
	contentType, ok := contentTypes[extension]
	if !ok {
		return fmt.Errorf("%s: no content type for %q", name, extension)
	}
	sum := sha256.Sum256(content)
	hashed := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
	s.URLs[name] = "/static/" + hashed
	s.files[hashed] = &staticFile{contentType, content, compress(contentType, content)}
	return nil
}

// contentTypes lists what ui/static may hold. A table of our own, since the
// system's differs from one machine to the next.
var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".ico":   "image/x-icon",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json; charset=utf-8",
	".png":   "image/png",
	".svg":   "image/svg+xml; charset=utf-8",
	".txt":   "text/plain; charset=utf-8",
	".webp":  "image/webp",
	".woff2": "font/woff2",

	".webmanifest": "application/manifest+json",
}

func compress(contentType string, content []byte) []byte {
	if !strings.Contains(contentType, "charset") {
		return nil
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // fails for unknown levels only
	if _, err := z.Write(content); err != nil || z.Close() != nil || b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}

// URL returns the address of a file of ui/static. A name that is not there is a
// mistake in a template and fails it.
func (s *staticFiles) URL(name string) (string, error) {
	if u, ok := s.URLs[name]; ok {
		return u, nil
	}
	return "", fmt.Errorf("static files: no %q", name)
}

// tile returns the address of the picture of a product, or of a parcel for a
// product that has none yet.
func (s *staticFiles) tile(sku string) (string, error) {
	if u, ok := s.URLs["products/"+sku+".svg"]; ok {
		return u, nil
	}
	return s.URL("products/parcel.svg")
}

// ServeStatic answers GET /static/{name...}.
func (s *Site) ServeStatic(w http.ResponseWriter, r *http.Request) error {
	f, ok := s.Static.files[r.PathValue("name")]
	if !ok {
		return NotFound("file")
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.contentType)
	body := f.plain
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = f.zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	return err
}

// acceptsGzip reports whether the response may be compressed.
func acceptsGzip(r *http.Request) bool {
	accept := r.Header.Values("Accept-Encoding")
	gzip := weight(accept, "gzip")
	return gzip > 0 || gzip < 0 && weight(accept, "*") > 0
}
