package blackbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// Reply is an answer. Its Err is set where the connection broke: before the status
// (0 then), or in the middle of the body.
type Reply struct {
	Status   int
	Header   http.Header
	Location string
	Cookie   string // "name=value" as a browser sends it back, "" where none was set
	Body     string
	Closes   bool // the connection ends with the answer
	Took     time.Duration
	Err      error
}

// Want fails the test unless the answer has the status.
func (a Reply) Want(t testing.TB, status int) Reply {
	t.Helper()
	if a.Err != nil || a.Status != status {
		t.Fatalf("status %d, want %d (%v)\n%s", a.Status, status, a.Err, a.Body)
	}
	return a
}

// WantTo fails the test unless the answer is a redirect to a path that starts with
// prefix, and returns that path.
func (a Reply) WantTo(t testing.TB, prefix string) string {
	t.Helper()
	a.Want(t, http.StatusSeeOther)
	if !strings.HasPrefix(a.Location, prefix) {
		t.Fatalf("redirect to %q, want %s", a.Location, prefix)
	}
	return a.Location
}

// IsTruncated says whether the answer broke off after it had begun.
func (a Reply) IsTruncated() bool { return a.Status != 0 && a.Err != nil }

// IsAcknowledged says whether the answer to an add promises that it is kept.
func (a Reply) IsAcknowledged() bool {
	if a.Status == http.StatusOK {
		return strings.HasPrefix(a.Header.Get("Content-Type"), "application/json")
	}
	return a.Status == http.StatusSeeOther && strings.HasPrefix(a.Location, "/cart?added=") && !strings.Contains(a.Location, "limit=")
}

// IsRefused says whether the answer is a 503 as it should be.
func (a Reply) IsRefused() bool {
	return a.Err == nil && a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != ""
}

// IsOrdered says whether the answer to a checkout leads to the order.
func (a Reply) IsOrdered() bool { return a.Err == nil && a.Order() != "" }

// Order returns the number of the order that the answer leads to, as the table has
// it; "" for none.
func (a Reply) Order() string {
	number, ok := strings.CutPrefix(a.Location, "/orders/")
	if a.Status != http.StatusSeeOther || !ok {
		return ""
	}
	return strings.ReplaceAll(number, "-", "")
}

// Hidden returns what a hidden field of the page holds.
func (a Reply) Hidden(t testing.TB, name string) string {
	t.Helper()
	page, err := html.Parse(strings.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range page.Descendants() {
		if n.Data == "input" && attribute(n, "type") == "hidden" && attribute(n, "name") == name {
			return attribute(n, "value")
		}
	}
	t.Fatalf("no hidden field %q in\n%s", name, a.Body)
	return ""
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Cart is the cart as scripts get it.
type Cart struct {
	ID    string
	Lines []struct {
		SKU       string
		Quantity  int
		UnitPrice int `json:"unit_price"`
	}
	Quantity int
}

// Cart returns the cart that the answer holds as JSON.
func (a Reply) Cart(t testing.TB) (c Cart) {
	t.Helper()
	a.Want(t, http.StatusOK)
	if err := json.Unmarshal([]byte(a.Body), &c); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
	return c
}

// Of returns how many of a product are in the cart.
func (c Cart) Of(sku string) int {
	for _, l := range c.Lines {
		if l.SKU == sku {
			return l.Quantity
		}
	}
	return 0
}

// String returns the lines, as in "thing-1 2, thing-2 1".
func (c Cart) String() string {
	var lines []string
	for _, l := range c.Lines {
		lines = append(lines, fmt.Sprintf("%s %d", l.SKU, l.Quantity))
	}
	return strings.Join(lines, ", ")
}
