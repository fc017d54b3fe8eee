package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkPages is one visitor with three lines in the cart, without the network.
func BenchmarkPages(b *testing.B) {
	s := newShop(b)
	s.options.CatalogueAge = 0 // as it is by default
	s = s.twin(b)
	shop := s.shop(config{secureCookies: "on"})
	v := s.visitor(b)
	for _, sku := range []string{"mug", "pan", "peg-1"} {
		v.post("/cart/items", "sku", sku)
	}
	cookies := v.cookies()
	for _, page := range []struct{ path, encoding string }{
		{"/", "identity"}, {"/", "gzip"}, {"/products/mug", "identity"}, {"/cart", "identity"}, {"/cart", "gzip"}, {"/checkout", "identity"}, {"/session", "identity"},
	} {
		b.Run(page.path+" "+page.encoding, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, page.path, nil)
				r.Header.Set("Accept-Encoding", page.encoding)
				for _, c := range cookies {
					r.AddCookie(c)
				}
				w := httptest.NewRecorder()
				shop.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
