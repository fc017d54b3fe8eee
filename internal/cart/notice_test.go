package cart_test

import (
	"testing"

	"trolley/internal/cart"
)

func TestEveryNoticeIsASentence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		notice cart.Notice
		want   string
		blocks bool
	}{
		{cart.Notice{Kind: cart.NoticeSoldOut}, "Sold out.", true},
		{cart.Notice{Kind: cart.NoticeOnlyLeft, Left: 3}, "Only 3 left.", true},
		{cart.Notice{Kind: cart.NoticeWithdrawn}, "No longer sold.", true},
		{cart.Notice{Kind: cart.NoticePriceRose, PriceChange: &cart.PriceChange{Was: 100, Now: 250}}, "The price has gone up from €1.00 to €2.50 since you added it.", false},
		{cart.Notice{Kind: cart.NoticePriceFell, PriceChange: &cart.PriceChange{Was: 250, Now: 100}}, "The price has gone down from €2.50 to €1.00 since you added it.", false},
		{cart.Notice{Kind: "recalled"}, "recalled", true},
	}
	for _, tt := range tests {
		if got := tt.notice.String(); got != tt.want {
			t.Errorf("%+v reads %q, want %q", tt.notice.Kind, got, tt.want)
		}
		if got := tt.notice.Kind.Blocks(); got != tt.blocks {
			t.Errorf("%s blocks: %v, want %v", tt.notice.Kind, got, tt.blocks)
		}
	}
}

func TestNoticesAreTypedInJSON(t *testing.T) {
	t.Parallel()
	notices := []cart.Notice{{Kind: cart.NoticeOnlyLeft, Left: 3}, {Kind: cart.NoticePriceRose, PriceChange: &cart.PriceChange{Was: 100, Now: 120}}}
	want := `[{"kind":"only-left","left":3},{"kind":"price-rose","was":100,"now":120}]`
	if got := encode(t, notices); got != want {
		t.Errorf("as JSON %s, want %s", got, want)
	}
}
