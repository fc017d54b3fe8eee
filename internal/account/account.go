// Package account is the shopper's account: sign up, sign in, the cart that all devices
// of an account share, its sessions, and its data.
//
// A session is signed in if it has the value "account". The account's cart is a column
// of its row, which a change compares and swaps as session does its row: one statement,
// which also asks that the session is still there. So a session that ended writes
// nothing into the account's cart.
package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/internal/store"
	"trolley/session"
)

// ErrBusy means that too many passwords are being hashed; answer 503.
var ErrBusy = errors.New("account: too many passwords at once")

// Accounts are the accounts of a shop.
type Accounts struct {
	store   *store.Store
	cache   session.Cache
	log     *slog.Logger
	hashing chan struct{} // a place for each password that is being hashed
	Limits  *Limits       // nil: none
}

// New returns the accounts of an open store. cache keeps their rows; nil keeps none.
func New(s *store.Store, cache session.Cache, log *slog.Logger) *Accounts {
	if cache == nil {
		cache = session.Uncached{}
	}
	return &Accounts{store: s, cache: cache, log: log, hashing: make(chan struct{}, runtime.GOMAXPROCS(0)), Limits: newLimits()}
}

// Account is a row of the table accounts. It never changes, so that requests can share it.
type Account struct {
	ID, Email string
	Created   time.Time
	Cart      cart.Cart
	stored    string // the column cart
	password  string // its hash; "" for an account that is not stored yet
	rehashed  string // the hash to store at the sign-in; "" for the same
}

const (
	byIDSQL    = `SELECT id, email, password, cart, created_at FROM accounts WHERE id = $1`
	byEmailSQL = `SELECT id, email, password, cart, created_at FROM accounts WHERE email = $1`
)

// ByEmail returns the account of an email as Email returns it, the zero Account if there
// is none. The error is the database's.
func (a *Accounts) ByEmail(ctx context.Context, email string) (Account, error) {
	found, err := a.find(ctx, a.store.Read(), byEmailSQL, email)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return found, err
}

// byID returns the account of an ID, which may come from the cache, or store.ErrNotFound.
func (a *Accounts) byID(ctx context.Context, id string) (Account, error) {
	v, err := a.cache.Load(id, func() (any, int, error) {
		found, err := a.find(ctx, a.store.Read(), byIDSQL, id)
		return found, found.bytes(), err
	})
	found, _ := v.(Account)
	return found, err
}

func (a *Accounts) find(ctx context.Context, q query.Querier, text, value string) (Account, error) {
	found, err := query.One(ctx, q, func(rows *sql.Rows) (Account, error) { return a.scan(rows) }, text, value)
	return found, query.Wrap(err, "account: find")
}

// scan reads a row, and what further columns it has. A cart that does not decode, say
// after a change by hand, is none.
func (a *Accounts) scan(rows *sql.Rows, further ...any) (found Account, err error) {
	var created int64
	columns := []any{&found.ID, &found.Email, &found.password, &found.stored, &created}
	if err := rows.Scan(append(columns, further...)...); err != nil {
		return found, err
	}
	found.Created = query.Milli(created)
	if found.stored == "" {
		return found, nil
	}
	if err := json.Unmarshal([]byte(found.stored), &found.Cart); err != nil {
		a.log.Warn("cart of an account unreadable", "account", found.Name(), "error", err)
	}
	return found, nil
}

// Name returns the short name of the account, for the log.
func (a Account) Name() string { return a.ID[:min(8, len(a.ID))] }

// bytes returns about what it takes in memory.
func (a Account) bytes() int {
	const overhead = 1 << 10
	return overhead + 4*len(a.stored)
}
