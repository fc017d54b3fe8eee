// Package cart is the shop's domain: what a cart may hold, what it costs now,
// what changed since the shopper looked, and the order that it becomes.
//
// It is pure. It reads no clock, no database and no request, imports only the
// standard library, and can be lifted into another program as it stands. The
// only outside thing it draws on is crypto/rand, for [NewID] and
// [NewOrderNumber].
//
// A [Cart] is a value: each change returns a new Cart and leaves the old one
// as it was, so a handler that runs twice starts from the same cart twice. A
// cart never breaks a limit, whatever is asked of it: [Cart.Add] and [Cart.Set]
// take what fits and say in an [Outcome] why it was less than asked. The same
// rules hold at the border: a cart that breaks one neither encodes nor decodes.
//
// Money is counted in minor units, in integers, with every operation checked.
package cart
