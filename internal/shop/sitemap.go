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
	sitemapAge = time.Minute
	// maxSitemap is how many addresses a sitemap may hold
	// (https://www.sitemaps.org/protocol.html).
	maxSitemap = 50_000
)

// sitemapXML is what search engines get.
type sitemapXML struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Loc string `xml:"loc"` // absolute
}

// sitemap answers GET /sitemap.xml with the addresses of the catalogue, its
// shelves and its products. They have to be absolute: a shop that does not know
// where it is has none.
func (app *Shop) sitemap(w http.ResponseWriter, r *http.Request) error {
	if app.BaseURL == "" {
		return web.NotFound("page")
	}
	body, err := app.sitemaps.Get(r.Context(), struct{}{}, func() ([]byte, error) { return app.renderSitemap(r.Context()) })
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", web.XMLType)
	w.Header().Set("Cache-Control", crawlerCaching)
	_, err = w.Write(body)
	return err
}

func (app *Shop) renderSitemap(ctx context.Context) ([]byte, error) {
	paths, err := app.indexable(ctx)
	if err != nil {
		return nil, err
	}
	var doc sitemapXML
	for _, path := range paths[:min(len(paths), maxSitemap)] {
		doc.URLs = append(doc.URLs, sitemapURL{app.Canonical(path)})
	}
	b := bytes.NewBufferString(xml.Header)
	e := xml.NewEncoder(b)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// indexable returns the paths of the pages that search engines may keep.
func (app *Shop) indexable(ctx context.Context) ([]string, error) {
	categories, err := app.cache.Categories(ctx)
	if err != nil {
		return nil, err
	}
	paths := []string{"/"}
	for _, c := range categories {
		paths = append(paths, catalogueURL(store.ProductFilter{Category: c.Slug}, 1))
	}
	for f := (store.ProductFilter{Page: 1, PerPage: store.MaxPerPage}); len(paths) < maxSitemap; f.Page++ {
		products, _, err := app.store.Products(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, p := range products {
			paths = append(paths, web.SitePath("products", p.SKU))
		}
		if len(products) < f.PerPage {
			break
		}
	}
	return paths, nil
}
