package shoptest

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"trolley/internal/web"
	"trolley/ui"
)

// CheckoutForm returns the fields of the checkout page as a browser would send
// them back, with what ada types.
func (v *Visitor) CheckoutForm() []string {
	v.T.Helper()
	page := v.Get("/checkout").Want(v.T, http.StatusOK)
	return HiddenFields(v.T, page)
}

// Fill fills a cart and returns its checkout form.
func (v *Visitor) Fill(skus ...string) []string {
	v.T.Helper()
	for _, sku := range skus {
		v.Post("/cart/items", "sku", sku).Want(v.T, http.StatusSeeOther)
	}
	return v.CheckoutForm()
}

func (s *Shop) Stock(t *testing.T, sku string) int {
	t.Helper()
	return s.Count(t, "SELECT stock FROM products WHERE sku = $1", sku)
}

// Order places an order and returns its address.
func (v *Visitor) Order(skus ...string) string {
	v.T.Helper()
	return v.Post("/checkout", v.Fill(skus...)...).Want(v.T, http.StatusSeeOther).Header.Get("Location")
}

// Blank returns a page without what differs each time.
func Blank(page string) string { return RequestName.ReplaceAllString(page, "") }

// Cards returns the SKUs of the products on a page, in order.
func Cards(page Reply) (skus []string) {
	for n := range page.Page().Descendants() {
		if n.Type == html.ElementNode && n.Data == "li" && hasAll(n, []string{"class", "card"}) {
			skus = append(skus, skuOf(n))
		}
	}
	return skus
}

func HiddenFields(t testing.TB, page Reply) []string {
	t.Helper()
	return append([]string{"cart", page.Value(t, "name", "cart"), "shown", page.Value(t, "name", "shown")}, Ada...)
}

// CheckRefusal checks an answer of status 422 for a script.
func CheckRefusal(t *testing.T, r Reply, field string) {
	t.Helper()
	r.Want(t, http.StatusUnprocessableEntity)
	var answer web.ErrorJSON
	Decode(t, r, &answer)
	if e := answer.Error; e.Status != r.StatusCode || e.Text == "" || e.Field != field {
		t.Errorf("%s: %+v, want the status, a sentence and the field %q", r.Request.URL, e, field)
	}
}

// Unzipped returns the body of an answer that was sent compressed.
func Unzipped(t testing.TB, r Reply) string {
	t.Helper()
	if got := r.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("%s: Content-Encoding %q", r.Request.URL, got)
	}
	z, err := gzip.NewReader(strings.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// Ada is who buys in the tests.
var Ada = append([]string{"name", "Ada Lovelace", "email", "ada@example.com", "address", "12 St James's Square"}, London...)

// London is the rest of an address.
var London = []string{"postcode", "SW1Y 4JH", "town", "London", "country", "England"}

const FormType = "application/x-www-form-urlencoded"

var RequestName = regexp.MustCompile(`<code>[A-Z2-7]{12}</code>`)

// BadQuantities are what is typed, sent or tried in place of a quantity.
var BadQuantities = []string{"-1", "1.5", "1e3", "+1", "007", "0x1", "100", "2147483648", "9223372036854775808",
	"18446744073709551617", "", " ", " 1", "1 ", "1,5", "NaN", "one", "１", "1\x00", "\x00", "1\n", `"><script>`, "2; DROP TABLE products"}

// StaticNames returns the files of ui/static.
func StaticNames(t testing.TB) (names []string) {
	t.Helper()
	err := fs.WalkDir(ui.Files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, strings.TrimPrefix(name, "static/"))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatal("no static files: ", err)
	}
	return names
}

func skuOf(card *html.Node) string {
	for n := range card.Descendants() {
		if href, ok := AttributeOf(n, "href"); ok {
			return strings.TrimPrefix(href, "/products/")
		}
	}
	return ""
}
