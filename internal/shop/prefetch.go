package shop

import (
	"net/http"

	"trolley/internal/web"
)

// prefetching has browsers that know speculation rules (the HTML standard, 7.6)
// fetch a page of the catalogue while the pointer still rests on its link. The
// rules, in ui/static, name no page that has an effect. They come by a header,
// so that the Content-Security-Policy needs no exception for an inline script.
//
// What was fetched so shows the cart of that moment. Whatever may have changed it
// therefore has the browser forget those pages (WICG, Clear-Site-Data for
// navigational speculation). It heeds both over HTTPS and on loopback.
func (app *Shop) prefetching(h web.Handler) web.Handler {
	rules := `"` + app.Static.Urls["catalogue.speculationrules"] + `"`
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			w.Header().Set("Speculation-Rules", rules)
			return h(w, r)
		}
		w.Header().Set("Clear-Site-Data", `"prefetchCache"`)
		err := h(w, r)
		if err != nil {
			w.Header().Del("Clear-Site-Data")
		}
		return err
	}
}
