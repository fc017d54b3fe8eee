package main

import "net/http"

// prefetching has browsers that know speculation rules (the HTML standard, 7.6)
// fetch a page of the catalogue while the pointer still rests on its link. The
// rules, in ui/static, name no page that has an effect. They come by a header,
// so that the Content-Security-Policy needs no exception for an inline script.
//
// What was fetched so shows the cart of that moment. Whatever may change it
// therefore has the browser forget those pages (WICG, Clear-Site-Data for
// navigational speculation).
func (app *application) prefetching(next http.Handler) http.Handler {
	rules := `"` + app.static.urls["catalogue.speculationrules"] + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			w.Header().Set("Speculation-Rules", rules)
		default:
			w.Header().Set("Clear-Site-Data", `"prefetchCache"`)
		}
		next.ServeHTTP(w, r)
	})
}
