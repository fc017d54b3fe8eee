package cart_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

const testID = "abcdefghijklmnopqrstuvwx27"

// stored returns the stored form of a cart with lines, which is JSON.
func stored(lines string) string {
	return fmt.Sprintf(`{"id":%q,"currency":"EUR","lines":%s}`, testID, lines)
}

func TestTheStoredFormIsReadableAndStable(t *testing.T) {
	t.Parallel()
	c := holding(t, 2, product("enamel-mug", 1850, 9), product("tea-towel", 900, 9), product("bell", 5, 9))
	c.ID = testID
	c = c.Remove("tea-towel")
	want := `{"id":"abcdefghijklmnopqrstuvwx27","currency":"EUR",` +
		`"lines":[{"sku":"enamel-mug","quantity":2,"unit_price":1850},{"sku":"bell","quantity":2,"unit_price":5}],` +
		`"removed":[{"sku":"tea-towel","quantity":2,"unit_price":900}],"removed_from":1}`
	for range 3 {
		if got := encode(t, c); got != want {
			t.Errorf("stored as\n%s\nwant\n%s", got, want)
		}
	}
	empty := cart.Cart{ID: testID, Currency: cart.Currency}
	if got, want := encode(t, empty), stored("[]"); got != want {
		t.Errorf("empty cart stored as %s, want %s", got, want)
	}
}

func TestFieldsOfANewerVersionAreDropped(t *testing.T) {
	t.Parallel()
	newer := `{"v":7,"id":"` + testID + `","currency":"EUR","coupon":{"code":"X","lines":[1]},
		"lines":[{"sku":"mug","quantity":2,"unit_price":1850,"options":["red"]}],"removed":[]}`
	want := cart.Cart{ID: testID, Currency: "EUR", Lines: []cart.Line{{SKU: "mug", Quantity: 2, UnitPrice: 1850}}}
	if diff := cmp.Diff(want, decode(t, newer)); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(cart.Cart{ID: testID, Currency: "EUR", Lines: []cart.Line{}}, decode(t, stored("null"))); diff != "" {
		t.Errorf("decoded without lines (-want +got):\n%s", diff)
	}
}

// lineOf returns n stored lines of quantity units each.
func linesOf(n, quantity int) string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"sku":"p-%d","quantity":%d,"unit_price":1}`, i, quantity)
	}
	return "[" + strings.Join(lines, ",") + "]"
}

func TestACartThatBreaksARuleDoesNotDecode(t *testing.T) {
	t.Parallel()
	line := func(s string) string { return stored("[" + s + "]") }
	with := func(fields string) string { return strings.TrimSuffix(stored(linesOf(2, 1)), "}") + "," + fields + "}" }
	broken := map[string]string{
		"nothing":                 ``,
		"null":                    `null`,
		"another shape":           `[1,2]`,
		"no fields":               `{}`,
		"no ID":                   `{"currency":"EUR","lines":[]}`,
		"short ID":                strings.Replace(stored("[]"), testID, "abc", 1),
		"ID in capitals":          strings.Replace(stored("[]"), testID, strings.ToUpper(testID), 1),
		"another currency":        strings.Replace(stored("[]"), "EUR", "USD", 1),
		"lines of another type":   stored(`{"mug":1}`),
		"no SKU":                  line(`{"quantity":1,"unit_price":1}`),
		"bad SKU":                 line(`{"sku":"Big Mug","quantity":1,"unit_price":1}`),
		"no quantity":             line(`{"sku":"mug","unit_price":1}`),
		"quantity 0":              line(`{"sku":"mug","quantity":0,"unit_price":1}`),
		"quantity below 0":        line(`{"sku":"mug","quantity":-1,"unit_price":1}`),
		"fraction of a unit":      line(`{"sku":"mug","quantity":1.5,"unit_price":1}`),
		"quantity as text":        line(`{"sku":"mug","quantity":"1","unit_price":1}`),
		"quantity over the limit": line(`{"sku":"mug","quantity":21,"unit_price":1}`),
		"quantity over 64 bits":   line(`{"sku":"mug","quantity":9223372036854775808,"unit_price":1}`),
		"price below 0":           line(`{"sku":"mug","quantity":1,"unit_price":-1}`),
		"price in fractions":      line(`{"sku":"mug","quantity":1,"unit_price":18.5}`),
		"price over 64 bits":      line(`{"sku":"mug","quantity":1,"unit_price":9223372036854775808}`),
		"two lines of one SKU":    line(`{"sku":"mug","quantity":1,"unit_price":1},{"sku":"mug","quantity":1,"unit_price":1}`),
		"too many lines":          stored(linesOf(51, 1)),
		"too many units":          stored(linesOf(11, 19)),
		"removed a held SKU":      with(`"removed":[{"sku":"p-0","quantity":1,"unit_price":1}]`),
		"removed a bad line":      with(`"removed":[{"sku":"mug","quantity":0,"unit_price":1}]`),
		"removed too much":        with(`"removed":` + strings.ReplaceAll(linesOf(49, 1), "p-", "q-")),
		"removed from nowhere":    with(`"removed":[{"sku":"mug","quantity":1,"unit_price":1}],"removed_from":3`),
		"removed from before":     with(`"removed":[{"sku":"mug","quantity":1,"unit_price":1}],"removed_from":-1`),
		"removed nothing from":    with(`"removed_from":1`),
	}
	for name, data := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := holding(t, 2, product("mug", 1850, 9))
			c := before
			if err := json.Unmarshal([]byte(data), &c); err == nil {
				t.Errorf("decoded %s", data)
			}
			if diff := cmp.Diff(before, c); diff != "" {
				t.Errorf("what did not decode changed the cart (-before +after):\n%s", diff)
			}
		})
	}
}

func TestUnreadableIsErrInvalid(t *testing.T) {
	t.Parallel()
	for _, data := range []string{`{}`, stored(`"x"`), stored(linesOf(51, 1))} {
		var c cart.Cart
		if err := c.UnmarshalJSON([]byte(data)); !errors.Is(err, cart.ErrInvalid) {
			t.Errorf("decode %.60s: %v, want ErrInvalid", data, err)
		}
	}
}

func TestACartThatBreaksARuleDoesNotEncode(t *testing.T) {
	t.Parallel()
	c := holding(t, 2, product("mug", 1850, 9))
	c.Lines[0].Quantity = 21
	if data, err := json.Marshal(c); !errors.Is(err, cart.ErrInvalid) {
		t.Errorf("encoded as %s, %v; want ErrInvalid", data, err)
	}
}

func TestTheLargestCartFitsInASession(t *testing.T) {
	t.Parallel()
	c := newCart()
	for i := range cart.MaxLines {
		sku := fmt.Sprintf("%040d", i)
		c, _ = c.Add(product(sku, math.MaxInt64, 99), cart.MaxUnits/cart.MaxLines)
	}
	for name, c := range map[string]cart.Cart{"full": c, "one removed": c.Remove(c.Lines[20].SKU), "cleared": c.Clear()} {
		if got, limit := len(encode(t, c)), 6<<10; got > limit {
			t.Errorf("%s: %d bytes, want at most %d of a session's 8 KiB", name, got, limit)
		}
	}
}

func FuzzCartDecode(f *testing.F) {
	for _, lines := range []string{"[]", "null", linesOf(3, 2), linesOf(50, 4), linesOf(51, 1), linesOf(1, 21)} {
		f.Add([]byte(stored(lines)))
	}
	f.Add([]byte(encode(f, holding(f, 2, manyProducts(4)...).Remove("product-1"))))
	f.Add([]byte(`{"ID":"` + testID + `","id":null,"currency":"EUR","lines":[{"sku":"a"}],"lines":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c cart.Cart
		if err := json.Unmarshal(data, &c); err != nil {
			if diff := cmp.Diff(cart.Cart{}, c); diff != "" {
				t.Fatalf("did not decode, and yet (-want +got):\n%s", diff)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("decoded: %v", err)
		}
		if diff := cmp.Diff(c, decode(t, encode(t, c))); diff != "" {
			t.Fatalf("encoded and decoded (-want +got):\n%s", diff)
		}
		if got, want := len(c.Undo().Lines), len(c.Lines)+len(c.Removed); got != want {
			t.Fatalf("undo gives %d lines, want %d", got, want)
		}
	})
}
