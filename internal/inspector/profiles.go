package inspector

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/pprof"
	"net/url"
	"strings"

	"trolley/internal/web"
)

// profilesPath is where the list of profiles is.
const profilesPath = "/debug/pprof/"

// addProfiles adds net/http/pprof's pages.
func addProfiles(mux *http.ServeMux) {
	mux.Handle("GET "+profilesPath, profiles())
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
}

// profiles is pprof's list of profiles. Its page has a style of its own, which
// the policy names by its hash, and still nothing else that is inline.
func profiles() http.Handler {
	policy := web.ContentSecurityPolicy
	if hash := hashOfStyle(pprof.Index); hash != "" {
		policy = strings.Replace(policy, "style-src 'self'", "style-src 'self' "+hash, 1)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == profilesPath {
			w.Header().Set("Content-Security-Policy", policy)
		}
		pprof.Index(w, r)
	})
}

// hashOfStyle returns the source expression for the inline style of a page; ""
// where it has none.
func hashOfStyle(page http.HandlerFunc) string {
	w := kept{header: make(http.Header)}
	page(&w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: profilesPath}})
	_, rest, _ := bytes.Cut(w.body.Bytes(), []byte("<style>"))
	style, _, found := bytes.Cut(rest, []byte("</style>"))
	if !found {
		return ""
	}
	sum := sha256.Sum256(style)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// kept is a response that goes nowhere.
type kept struct {
	header http.Header
	body   bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }
func (k *kept) WriteHeader(int)     {}

func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }
