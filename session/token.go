package session

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// tokenLength is that of scs's tokens: 32 random bytes in base64url.
const tokenLength = 43

// token returns the request's session token: "" where there is none, or one
// that no manager made, which then never reaches the database. Two different
// session cookies mean that somebody else set one of them (cookie tossing):
// neither counts, and tossed is true.
func (m *Manager) token(r *http.Request) (token string, tossed bool) {
	cookies := r.CookiesNamed(m.CookieName())
	for _, c := range cookies {
		if c.Value != cookies[0].Value {
			m.Log.WarnContext(r.Context(), "several session cookies", "method", r.Method, "path", r.URL.Path)
			return "", true
		}
		token = c.Value
	}
	if !wellFormed(token) {
		return "", false
	}
	return token, false
}

func wellFormed(token string) bool {
	if len(token) != tokenLength {
		return false
	}
	for i := range len(token) {
		switch c := token[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// hash is what scs stores in place of the token (scs.HashTokenInStore).
func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func shortID(hash string) string { return hash[:min(12, len(hash))] }
