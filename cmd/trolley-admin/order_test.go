package main

import (
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"trolley/internal/cart"
)

// An operator finds an order, looks at it, and cancels it.
func TestOrderIsListedShownAndCancelled(t *testing.T) {
	t.Parallel()
	path := usedShop(t)
	var listed []cart.Order
	text := must(t, admin(t, path, "orders", "-json")).stdout
	if strings.Contains(text, "null") {
		t.Errorf("the list claims to know of something that is none: %s", text)
	}
	if err := json.Unmarshal([]byte(text), &listed); err != nil || len(listed) != 1 {
		t.Fatalf("orders -json: %v, %v, want one order", listed, err)
	}
	number := string(listed[0].Number)
	table := must(t, admin(t, path, "orders", "-since", "24h")).stdout
	if !strings.Contains(table, listed[0].Number.String()) || !strings.Contains(table, " placed ") {
		t.Errorf("orders:\n%s\nwant %s, placed", table, number)
	}
	records, err := csv.NewReader(strings.NewReader(must(t, admin(t, path, "orders", "-csv")).stdout)).ReadAll()
	if err != nil || len(records) != 2 || records[1][0] != number {
		t.Errorf("orders -csv: %q, %v", records, err)
	}
	var shown cart.Order
	if err := json.Unmarshal([]byte(must(t, admin(t, path, "order", strings.ToLower(number))).stdout), &shown); err != nil || len(shown.Lines) == 0 {
		t.Errorf("order: %+v, %v", shown, err)
	}

	sku := shown.Lines[0].SKU
	before := must(t, admin(t, path, "stock", sku)).stdout
	told(t, asGrace(t, path, "cancel", number), "order cancelled")
	if after := told(t, asGrace(t, path, "stock", sku, "-"+strconv.Itoa(shown.Lines[0].Quantity)), "stock changed").stdout; after != before {
		t.Errorf("stock was %q and is %q after the cancellation and taking as much away", before, after)
	}
	if d := admin(t, path, "cancel", number); d.code != 1 || !strings.Contains(d.stderr, "cancelled before") {
		t.Errorf("cancelled again: %d, %q", d.code, d.stderr)
	}
	if table := must(t, admin(t, path, "orders")).stdout; !strings.Contains(table, " cancelled ") {
		t.Errorf("orders:\n%s\nwant it cancelled", table)
	}
	must(t, admin(t, path, "verify"))
}

func TestOrdersRefuseWhatTheyDoNotUnderstand(t *testing.T) {
	t.Parallel()
	path := usedShop(t)
	for _, args := range [][]string{
		{"orders", "-since", "yesterday"}, {"orders", "-json", "-csv"}, {"orders", "-limit", "0"}, {"orders", "one"},
		{"order"}, {"order", "12"}, {"cancel"}, {"cancel", "1YDX-3A0X-QA1X"}, {"stock"}, {"stock", "enamel-mug", "12"},
		{"stock", "enamel-mug", "+12", "+13"}, {"stock", "enamel-mug", "+1e3"},
	} {
		if d := admin(t, path, args...); d.code != 2 || d.stdout != "" {
			t.Errorf("%v: exit code %d, %q, want 2", args, d.code, d.stdout+d.stderr)
		}
	}
	for _, args := range [][]string{
		{"order", "000000000000"}, {"cancel", "000000000000"}, {"stock", "no-such-thing"}, {"stock", "no-such-thing", "+1"},
		{"stock", "enamel-mug", "-999999999"},
	} {
		if d := admin(t, path, args...); d.code != 1 || d.stderr == "" {
			t.Errorf("%v: exit code %d, %q, want 1", args, d.code, d.stdout+d.stderr)
		}
	}
}

// A shopper's name is no formula in the operator's spreadsheet.
func TestCSVHoldsNoFormula(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		`=HYPERLINK("http://example.org")`: `'=HYPERLINK("http://example.org")`,
		"+1":                               "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "Ada": "Ada", "": "",
	} {
		if got := text(typed); got != want {
			t.Errorf("text(%q) = %q, want %q", typed, got, want)
		}
	}
}
