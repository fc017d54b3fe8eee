package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// fields are the fields of each form, with what a browser might send.
func fields(v *shoptest.Visitor) map[string]url.Values {
	checkout := url.Values{}
	for form := v.CheckoutForm(); len(form) > 0; form = form[2:] {
		checkout.Set(form[0], form[1])
	}
	return map[string]url.Values{
		"/cart/items":       {"sku": {"pencil"}, "quantity": {"2"}},
		"/cart/items/mug":   {"quantity": {"5"}},
		"/checkout":         checkout,
		"/session/values":   {"key": {"username"}, "value": {"Eve"}},
		"/session/remember": {"remember": {"off"}},
	}
}

// R47: a field that comes twice is refused, whatever it holds; which of the two
// was meant is nothing to guess at.
func TestRepeatedFieldIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	before := state(t, s, v)
	for path, form := range fields(v) {
		for name, values := range form {
			for _, second := range []string{values[0], "", "9"} {
				for _, body := range []string{
					form.Encode() + "&" + name + "=" + url.QueryEscape(second),
					name + "=" + url.QueryEscape(second) + "&" + form.Encode(),
				} {
					v.Ask("POST", path, body).Want(t, http.StatusBadRequest, `"`+name+`" more than once`)
				}
			}
		}
	}
	if after := state(t, s, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
}

// R47: what stands in the address is no part of a form, nor are names with
// brackets, other cases or spaces.
func TestFieldsCountInTheBodyAlone(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	before := state(t, s, v)
	optional := map[string]string{"/cart/items": "quantity", "/session/values": "value"} // without them it is 1 and ""
	for path, form := range fields(v) {
		for name := range form {
			rest := make(url.Values)
			for other, values := range form {
				if other != name {
					rest[other] = values
				}
			}
			for _, spelt := range []string{name + "[]", name + "[0]", strings.ToUpper(name), " " + name, name + " ", "form." + name} {
				others := rest.Encode() + "&" + url.QueryEscape(spelt) + "=" + url.QueryEscape(form.Get(name))
				if optional[path] == name {
					continue
				}
				r := v.Ask("POST", path+"?"+form.Encode(), others)
				if r.StatusCode/100 != 4 {
					t.Errorf("%s?%s with %s: status %d to %s", path, form.Encode(), others, r.StatusCode, r.Header.Get("Location"))
				}
			}
		}
	}
	// What was typed in the checkout is kept until the order.
	if after := regexp.MustCompile(`"checkout":{[^}]*},`).ReplaceAllString(state(t, s, v), ""); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
	v.Ask("POST", "/cart/items?sku=pan&quantity=9", "sku=peg-1&quantity[]=9&QUANTITY=9").WantRedirect(t, "/cart?added=peg-1&quantity=1")
	v.Ask("POST", "/cart/items/mug?quantity=9", "quantity=3").WantRedirect(t, "/cart?quantity=3&set=mug")
	v.Ask("POST", "/session/values?key=colour&value=Mallory", "key=username&value[]=Mallory&VALUE=Mallory").Want(t, http.StatusSeeOther)
	if got := v.Get("/session").Text(); strings.Contains(got, "Mallory") {
		t.Errorf("the address or a name with brackets counted: %s", got)
	}
}

// R46: prices, totals, states and owners are the shop's to say.
func TestFieldsOfTheShopAreIgnored(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	const mine = "&price=1&unit_price=1&total=1&subtotal=1&line_total=1&currency=XXX&stock=999&status=paid&paid=1&user_id=1&session=x&id=x&cart_id=x" +
		"&number=000000000000&placed_at=1&discount=100&admin=true&role=admin&deadline=2099-01-01T00:00:00Z&__rememberMe=x&__created=x&lines[0][unit_price]=1&name=Product"
	v.Ask("POST", "/cart/items", "sku=mug&quantity=2"+mine).Want(t, http.StatusSeeOther)
	v.Ask("POST", "/cart/items/mug", "quantity=3"+mine).Want(t, http.StatusSeeOther)
	v.Ask("POST", "/session/values", "key=colour&value=blue"+mine).Want(t, http.StatusSeeOther)
	v.Ask("POST", "/session/renew", mine[1:]).Want(t, http.StatusSeeOther)
	form := shoptest.EncodeForm(v.CheckoutForm()) + strings.TrimSuffix(mine, "&name=Product")
	order := v.Ask("POST", "/checkout", form).Want(t, http.StatusSeeOther).Header.Get("Location")
	v.Get(order).Want(t, http.StatusOK, "3 × €18.50", "€55.50", "Ada Lovelace")
	if got := s.Count(t, `SELECT COUNT(*) FROM orders JOIN order_lines ON order_number = number
		WHERE total = 5550 AND currency = 'EUR' AND number <> '000000000000' AND placed_at > 1.6e12 AND unit_price = 1850 AND line_total = 5550`); got != 1 {
		t.Error("the order is not as the shop would have it")
	}
	if data := s.Data(t, v.Token()); strings.Contains(data, "2099") || strings.Contains(data, "admin") || strings.Contains(data, "paid") {
		t.Errorf("the session took what was sent along: %s", data)
	}
}

// R48: every form is urlencoded, of 64 fields and 64 KiB at most, and nothing else.
func TestEveryFormIsAFormOfBoundedSize(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	before := state(t, s, v)
	// long is a body of so many bytes.
	long := func(bytes int) string { return "x=" + strings.Repeat("x", bytes-2) }
	for path, body := range forms {
		for _, tt := range []struct {
			contentType, body string
			status            int
		}{
			{"application/json", `{"sku":"mug"}`, 415},
			{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"sku\"\r\n\r\nmug\r\n--x--\r\n", 415},
			{"text/plain", body + "x=y", 415},
			{"text/xml", "<sku>mug</sku>", 415},
			{"", body + "&x=y", 415},
			{shoptest.FormType + "; charset=iso-8859-1", body, 415},
			{shoptest.FormType + ", " + shoptest.FormType, body, 415},
			{shoptest.FormType, body + strings.Repeat("&x", 64), 400},
			{shoptest.FormType, body + "&x=%", 400},
			{shoptest.FormType, body + ";x=y", 400},
			{shoptest.FormType, body + "&x=%ff", 400},
			{shoptest.FormType, body + "&%c3%28=y", 400},
			{shoptest.FormType, body + "&x=\xff", 400},
			{shoptest.FormType, body + "&x=%ed%a0%80", 400}, // half a surrogate pair
			{shoptest.FormType, body + "&x=%c0%af", 400},    // a slash, too long
			{shoptest.FormType, long(64<<10 + 1), 413},
			{shoptest.FormType + "; charset=utf-16", long(64<<10 + 1), 413},
		} {
			if got := v.Send("POST", path, shoptest.AsPage, tt.contentType, tt.body); got.StatusCode != tt.status {
				t.Errorf("%s, %q %.60q: status %d, want %d", path, tt.contentType, tt.body, got.StatusCode, tt.status)
			}
		}
	}
	if after := state(t, s, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
	v.Ask("POST", "/cart/items", "sku=peg-2&"+long(64<<10-len("sku=peg-2&"))).Want(t, http.StatusSeeOther)
	v.Ask("POST", "/cart/items", "sku=peg-2"+strings.Repeat("&x", 63)).Want(t, http.StatusSeeOther)
}

// R49: what is no quantity changes nothing, in whichever form it comes; the
// other tests of quantities say what the pages show.
func TestQuantityIsOneOrTwoDigits(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	before := state(t, s, v)
	for _, bad := range append(shoptest.BadQuantities, "-0", "00", "1_0", "0b1", "0o7", "１２", "٣", "²", "Ⅷ", "1\u200b", "1&quantity", "∞", strings.Repeat("9", 10_000)) {
		for path, form := range map[string]url.Values{"/cart/items": {"sku": {"mug"}, "quantity": {bad}}, "/cart/items/mug": {"quantity": {bad}}, "/cart/items/pan": {"quantity": {bad}}} {
			r := v.Ask("POST", path, form.Encode(), "Accept", shoptest.AsJSON)
			shoptest.CheckRefusal(t, r, "quantity")
		}
	}
	if after := state(t, s, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
}

// R49: nor does the database take it, from whoever it comes.
func TestDatabaseRefusesImpossibleOrders(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	s.Visitor(t).Order("mug")
	for _, statement := range []string{
		"UPDATE order_lines SET quantity = 0, line_total = 0",
		"UPDATE order_lines SET quantity = -1, line_total = -1850",
		"UPDATE order_lines SET quantity = 21, line_total = 21 * 1850",
		"UPDATE order_lines SET quantity = 'many'",
		shoptest.OnEngine("UPDATE order_lines SET quantity = 1.5, line_total = 2775", "UPDATE order_lines SET quantity = NULL"), // PostgreSQL rounds
		"UPDATE order_lines SET quantity = NULL",
		"UPDATE order_lines SET line_total = 1",
		"UPDATE order_lines SET unit_price = -1850, line_total = -1850",
		"UPDATE order_lines SET order_number = '000000000000'",
		"UPDATE orders SET quantity = 0",
		"UPDATE orders SET quantity = 201",
		"UPDATE orders SET total = -1",
		"UPDATE orders SET total = 'free'",
		"UPDATE orders SET email = 'nobody'",
		"UPDATE products SET stock = -1",
		"UPDATE products SET stock = stock + 9223372036854775807",
		"UPDATE products SET price = -1",
		shoptest.OnEngine("UPDATE products SET price = 9.99", "UPDATE products SET price = NULL"),
		"UPDATE products SET sku = 'A'",
		"DELETE FROM orders",
		"DELETE FROM categories",
		"INSERT INTO orders SELECT '7KQ29XMA4TCF', cart_id, name, email, address, currency, quantity, total, placed_at FROM orders",
	} {
		if _, err := s.Store.Write().ExecContext(t.Context(), statement); err == nil {
			t.Errorf("the database takes %s", statement)
		}
	}
}
