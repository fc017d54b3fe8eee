package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// again is a request that the error page can send once more.
type again struct {
	URL    string // on this shop
	Post   bool
	Values url.Values // of the form
}

// maxAgain is the largest form, in bytes, that is written into a page: a slow reader keeps
// the page in memory, where no budget counts it.
const maxAgain = 4 << 10

// tryAgain returns the request that was refused, where waiting helps. A form with a
// password is not written into a page.
func tryAgain(r *http.Request, p *Problem) *again {
	if p.retryAfter() == 0 && p.Status != http.StatusInternalServerError {
		return nil
	}
	address := url.URL{Path: path.Clean("/" + r.URL.Path), RawQuery: r.URL.RawQuery} // "//host/" is another site's
	a := &again{URL: address.String()}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return a
	case http.MethodPost:
		if p.once || r.ContentLength < 0 || r.ContentLength > maxAgain || r.ParseForm() != nil || len(r.PostForm) == 0 {
			return nil
		}
	default:
		return nil
	}
	for name := range r.PostForm {
		if strings.Contains(name, "password") {
			return nil
		}
	}
	a.Post, a.Values = true, r.PostForm
	return a
}
