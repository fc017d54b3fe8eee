package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// SameOrigin refuses what another site makes a browser send, and runs outside
// the session: a request that is refused costs no SQL.
// http.CrossOriginProtection decides by Sec-Fetch-Site, and by Origin for
// browsers that do not send it; what it leaves open is closed here.
func (s *Site) SameOrigin(next http.Handler) http.Handler {
	var protection http.CrossOriginProtection
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := errors.Join(ambiguous(r.Header), protection.Check(r))
		if err != nil {
			s.Refuse(w, r, crossOrigin(err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// OwnPages refuses every request that a page of another origin causes, also one that
// only looks. A page on another port of the same host is one.
func (s *Site) OwnPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch site := r.Header.Get("Sec-Fetch-Site"); site {
		case "", "none", "same-origin":
			next.ServeHTTP(w, r)
		default:
			s.Refuse(w, r, crossOrigin(errors.New("Sec-Fetch-Site: "+site)))
		}
	})
}

var errAmbiguous = errors.New("an Origin or Sec-Fetch-Site that is ambiguous")

// ambiguous reports headers that no browser sends: two of a kind, of which the
// first would win, and an Origin with user information, whose host the standard
// library compares alone (golang/go#78563).
func ambiguous(h http.Header) error {
	origin := h.Get("Origin")
	if len(h.Values("Origin")) > 1 || len(h.Values("Sec-Fetch-Site")) > 1 || strings.Contains(origin, "@") {
		return errAmbiguous
	}
	return nil
}

// OwnHost refuses a request for another host than -base-url's, where one is
// given: so no page can be made to carry, or a cache to keep, a foreign name.
// Health checks come by address. Capitals and the default port make no other host (RFC
// 9110, section 4.2.3); SameOrigin compares Origin, which has neither.
func (s *Site) OwnHost(next http.Handler) http.Handler {
	base, _ := url.Parse(s.BaseURL) // checked with the flags
	defaultPort := map[string]string{"http": ":80", "https": ":443"}[base.Scheme]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = strings.ToLower(r.Host)
		if s.BaseURL != "" {
			r.Host = strings.TrimSuffix(r.Host, defaultPort)
		}
		foreign := r.Host == "" || s.BaseURL != "" && r.Host != base.Host
		if foreign && r.URL.Path != "/healthz" {
			s.Refuse(w, r, Misdirected())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Redirect sends visitors from plain HTTP to -base-url. Nothing in the target
// comes from the Host header. A form is refused: it already travelled in the open.
func (s *Site) Redirect() http.Handler {
	return s.Observe(s.SecurityHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := r.URL.RequestURI()
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			s.Refuse(w, r, crossOrigin(errors.New("a form over plain HTTP")))
		case !strings.HasPrefix(to, "/"): // "GET x:.evil.example" would make it a part of the host
			s.Refuse(w, r, Misdirected())
		default:
			w.Header().Set("Location", s.BaseURL+to)
			w.WriteHeader(http.StatusPermanentRedirect)
		}
	}), false))
}
