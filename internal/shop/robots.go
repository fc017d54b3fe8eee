package shop

import "net/http"

// crawlerCaching is what /robots.txt and /sitemap.xml say of how long they hold.
const crawlerCaching = "public, max-age=3600"

// robots answers GET /robots.txt. Crawlers may see everything: what they should
// not keep says noindex, which they have to see for that. Sitemap must be an
// absolute URL (https://www.rfc-editor.org/rfc/rfc9309, section 2.2.4), so it is
// left out where the shop does not know its own.
func (app *Shop) robots(w http.ResponseWriter, _ *http.Request) error {
	text := "User-agent: *\nAllow: /\n"
	if sitemap := app.Canonical("/sitemap.xml"); sitemap != "" {
		text += "\nSitemap: " + sitemap + "\n"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", crawlerCaching)
	_, err := w.Write([]byte(text))
	return err
}
