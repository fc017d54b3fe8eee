package web

import "net/http"

// ContentSecurityPolicy allows this site's own files and nothing inline. OWASP
// ASVS 5.0, 3.4.3, wants object-src and base-uri to be spelt out.
const ContentSecurityPolicy = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; " +
	"form-action 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'"

// SecurityHeaders sets the headers that every response carries (OWASP HTTP
// headers cheat sheet). overHTTPS also sends HSTS, which a plain HTTP response
// must not (RFC 6797, section 7.2).
func (s *Site) SecurityHeaders(next http.Handler, overHTTPS bool) http.Handler {
	hsts := "max-age=63072000"
	if s.HSTSSubdomains {
		hsts += "; includeSubDomains"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ContentSecurityPolicy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		if overHTTPS {
			h.Set("Strict-Transport-Security", hsts)
		}
		next.ServeHTTP(w, r)
	})
}

// Public is h as the internet reaches it: observed, compressed, with the headers of every
// answer, with a limit of requests at a time, and for the shop's own host alone.
func (s *Site) Public(h http.Handler, overHTTPS bool) http.Handler {
	return s.Observe(Compressed(s.SecurityHeaders(s.limitRequests(s.OwnHost(h)), overHTTPS)))
}
