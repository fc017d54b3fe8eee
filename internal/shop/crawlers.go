package shop

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"time"

	"trolley/internal/store"
	"trolley/internal/web"
)

const (
	// crawlerCaching is what /robots.txt and /sitemap.xml say of how long they hold.
	crawlerCaching = "public, max-age=3600"
	sitemapAge     = time.Minute
	// maxSitemap is how many addresses a sitemap may hold
	// (https://www.sitemaps.org/protocol.html).
	maxSitemap = 50_000
)

// robots answers GET /robots.txt. Crawlers may see everything: what they should
// not keep says noindex, which they have to see for that. Sitemap must be an
// absolute URL (RFC 9309, section 2.2.4), so it is left out where the shop does
// not know its own.
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

// sitemap answers GET /sitemap.xml with the addresses of the catalogue, its
// shelves and its products. They have to be absolute: a shop that does not know
// where it is has none.
func (app *Shop) sitemap(w http.ResponseWriter, r *http.Request) error {
	if app.BaseURL == "" {
		return web.NotFound("page")
	}
	body, err := app.sitemaps.Get(r.Context(), struct{}{})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", web.XMLType)
	w.Header().Set("Cache-Control", crawlerCaching)
	_, err = w.Write(body)
	return err
}

// renderSitemap writes the sitemap into memory, so that no slow crawler holds a
// connection to the database.
func (app *Shop) renderSitemap(ctx context.Context, _ struct{}) ([]byte, error) {
	categories, err := app.cache.Categories(ctx)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBufferString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	add := func(path string) {
		b.WriteString("  <url><loc>")
		_ = xml.EscapeText(b, []byte(app.Canonical(path))) // into memory
		b.WriteString("</loc></url>\n")
	}
	add("/")
	for _, c := range categories {
		add(catalogueURL(store.ProductFilter{Category: c.Slug}, 1))
	}
	err = app.store.EachSKU(ctx, maxSitemap-1-len(categories), func(sku string) { add(web.SitePath("products", sku)) })
	b.WriteString("</urlset>\n")
	return b.Bytes(), err
}
