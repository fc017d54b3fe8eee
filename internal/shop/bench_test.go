package shop_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"trolley/test/shoptest"
)

// BenchmarkPages is one visitor with three lines in the cart, without the network.
func BenchmarkPages(b *testing.B) {
	s := shoptest.New(b)
	s.Settings.CatalogueAge = 0 // as it is by default
	s = s.Twin(b)
	shop := s.Handler()
	v := s.Visitor(b)
	for _, sku := range []string{"mug", "pan", "peg-1"} {
		v.Post("/cart/items", "sku", sku)
	}
	cookies := v.Cookies()
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
