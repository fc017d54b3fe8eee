package shop

import (
	"context"
	"regexp"
	"slices"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/web"
	"trolley/session"
)

// The values that the shop keeps in a session. This is all of them: whatever
// else is in there is a free value, which the visitor set.
const (
	cartKey     session.Key[cart.Cart]          = "cart"
	contactKey                                  = account.ContactKey // as typed, right or wrong
	ordersKey   session.Key[[]cart.OrderNumber] = "orders"           // newest first
	usernameKey session.Key[string]             = "username"
	themeKey    session.Key[string]             = "theme"
	viewedKey   session.Key[[]string]           = "viewed" // SKUs, the last one first

	// mergedKey is the receipt for the cart that came along at the sign-in, until the
	// member has settled it.
	mergedKey session.Key[[]cart.Outcome] = "merged"
)

const (
	maxOrders      = 20  // remembered by a session
	maxFreeValues  = 20  // besides username and theme
	maxValueLength = 200 // characters
)

// freeKey is the form of a key that a visitor may set.
var freeKey = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// meanings says of the values that the shop acts upon what they are.
var meanings = map[string]string{
	string(cartKey):          "What is in your cart",
	string(contactKey):       "What you typed at the checkout, until you order",
	string(ordersKey):        "The orders that this browser placed",
	string(account.LoginKey): "The account that you are signed in to, and when you typed its password",
	string(mergedKey):        "What moved into your account’s cart when you signed in, until you keep it",
	string(usernameKey):      "The name that greets you",
	string(viewedKey):        "The products that you looked at, newest first",
	string(themeKey):         "The theme that you chose",
}

// isReserved reports a key that the shop keeps for itself.
func isReserved(key string) bool { return meanings[key] != "" && !isSetting(key) }

// currentCart returns the visitor's cart, which is the account's for a member; an empty
// one where there is none yet.
func currentCart(ctx context.Context) cart.Cart {
	if m := account.Current(ctx); m != nil {
		return m.Cart
	}
	c, _ := cartKey.GetShared(ctx) // a Cart never changes
	return c
}

// currentTheme returns the visitor's theme.
func currentTheme(ctx context.Context) string {
	if t, _ := themeKey.Get(ctx); t == web.ThemeLight || t == web.ThemeDark {
		return t
	}
	return web.ThemeAuto
}

// isOurs reports whether this session placed the order.
func isOurs(ctx context.Context, number cart.OrderNumber) bool {
	numbers, _ := ordersKey.Get(ctx)
	return slices.Contains(numbers, number)
}

// owns reports whether this session, or the account that it is signed in to, placed the order.
func (app *Shop) owns(ctx context.Context, number cart.OrderNumber) (bool, error) {
	m := account.Current(ctx)
	if m == nil || isOurs(ctx, number) {
		return isOurs(ctx, number), nil
	}
	return app.Accounts.Owns(ctx, m.ID, number)
}

// finishOrder turns the session's cart into an order of the session. The next
// add starts a new cart. Name and address leave the session with the order.
func finishOrder(ctx context.Context, number cart.OrderNumber) error {
	cartKey.Remove(ctx)
	contactKey.Remove(ctx)
	mergedKey.Remove(ctx)
	if account.Current(ctx) != nil || isOurs(ctx, number) {
		return nil
	}
	numbers, _ := ordersKey.Get(ctx)
	numbers = slices.Insert(numbers, 0, number)
	return ordersKey.Put(ctx, numbers[:min(len(numbers), maxOrders)])
}

// CartOf returns the cart of a session that is not a request's.
func CartOf(s session.Stored) cart.Cart {
	c, _ := cartKey.In(s)
	return c
}

// SessionCookie returns what the session's cookie looks like, for session.Options.
// Programs on one host share their cookies, and many have one called "session", as this
// one had: a visitor who still brings that gets the new one.
func SessionCookie() session.Cookie {
	return session.Cookie{Name: "trolley_session", FormerName: "session"}
}
