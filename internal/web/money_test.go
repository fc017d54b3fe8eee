package web

import (
	"math"
	"testing"

	"trolley/internal/cart"
)

func TestMoneyIsWrittenToTheCent(t *testing.T) {
	t.Parallel()
	for amount, want := range map[cart.Money]string{
		0:             "€0.00",
		1:             "€0.01",
		99:            "€0.99",
		100:           "€1.00",
		1850:          "€18.50",
		123456:        "€1,234.56",
		-5:            "-€0.05",
		-123456:       "-€1,234.56",
		100000000:     "€1,000,000.00",
		math.MaxInt64: "€92,233,720,368,547,758.07",
	} {
		if got := Money(amount); got != want {
			t.Errorf("%d: %q, want %q", amount, got, want)
		}
	}
}

func TestEveryNoticeIsASentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		notice cart.Notice
		want   string
	}{
		{cart.Notice{Kind: cart.NoticeSoldOut}, "Sold out."},
		{cart.Notice{Kind: cart.NoticeOnlyLeft, Left: 3}, "Only 3 left."},
		{cart.Notice{Kind: cart.NoticeWithdrawn}, "No longer sold."},
		{cart.Notice{Kind: cart.NoticeLimit, Left: 20}, "At most 20 of this in one cart."},
		{cart.Notice{Kind: cart.NoticePriceRose, Was: 100, Now: 250}, "The price has gone up from €1.00 to €2.50 since you added it."},
		{cart.Notice{Kind: cart.NoticePriceFell, Was: 250, Now: 100}, "The price has gone down from €2.50 to €1.00 since you added it."},
	} {
		if got := notice(tt.notice); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.notice.Kind, got, tt.want)
		}
	}
}
