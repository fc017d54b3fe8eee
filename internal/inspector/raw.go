package inspector

import (
	"net/http"
	"net/http/pprof"
	runtime "runtime/pprof"
	"strings"

	"trolley/internal/web"
)

// rawPage is the data of ui/html/pages/raw.html.
type rawPage struct {
	page
	Text string
}

// framed shows the text of next to a browser as a page with a way back. Programs,
// which do not ask for HTML, get the text alone.
func (ins *Inspector) framed(title string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			next.ServeHTTP(w, r)
			return
		}
		ins.backOffice(func(w http.ResponseWriter, r *http.Request) error {
			plain := r.Clone(r.Context())
			plain.Header = http.Header{}
			text := web.Record(next, plain)
			w.Header().Set("Content-Type", web.HTMLType)
			w.WriteHeader(text.Status)
			return ins.Render(w, "raw", rawPage{ins.page(r, title), text.String()})
		}).ServeHTTP(w, r)
	})
}

// profilesPage is the data of ui/html/pages/profiles.html.
type profilesPage struct {
	page
	Profiles []*runtime.Profile
}

// profiles answers GET /debug/pprof/ with links to all profiles.
func (ins *Inspector) profiles(w http.ResponseWriter, r *http.Request) error {
	return ins.Render(w, "profiles", profilesPage{ins.page(r, "Profiles"), runtime.Profiles()})
}

// profile answers GET /debug/pprof/{name}: with ?debug=1 as text, otherwise as a file.
func (ins *Inspector) profile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	h := pprof.Handler(name)
	if r.URL.Query().Has("debug") {
		h = ins.framed("Profile "+name, h)
	}
	h.ServeHTTP(w, r)
}
