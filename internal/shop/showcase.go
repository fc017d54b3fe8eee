package shop

import (
	"context"
	"errors"
	"html/template"
	"time"

	"trolley/internal/cart"
	"trolley/internal/fresh"
	"trolley/internal/store"
)

// catalogueAge is how old what the pages say of a product may be, unless
// options say otherwise: what somebody changes in the database shows within a
// second. An order is priced in its own transaction, never from here.
const catalogueAge = 400 * time.Millisecond

// maxAnswers bounds what is kept for that long, of each kind.
const (
	maxAnswers = 4096
	maxShelves = 256 // of some 10 KB each
	maxViews   = 512 // of some 5 KB each
)

// showcase is the catalogue as pages read it: the store's, kept for a moment.
type showcase struct {
	store      *store.Store
	categories *fresh.Cache[struct{}, []cart.Category]
	lists      *fresh.Cache[store.ProductFilter, list]
	shelves    *fresh.Cache[store.ProductFilter, template.HTML]
	products   *fresh.Cache[string, cart.Product]
	views      *fresh.Cache[productState, template.HTML]
}

// list is one page of products.
type list struct {
	products []cart.Product
	total    int // on all pages
}

func newShowcase(s *store.Store, age time.Duration) *showcase {
	return &showcase{s, fresh.New[struct{}, []cart.Category](age, 1),
		fresh.New[store.ProductFilter, list](age, maxAnswers),
		fresh.New[store.ProductFilter, template.HTML](age, maxShelves), fresh.New[string, cart.Product](age, maxAnswers),
		fresh.New[productState, template.HTML](age, maxViews)}
}

// Categories returns all categories in their order.
func (s *showcase) Categories(ctx context.Context) ([]cart.Category, error) {
	return s.categories.Get(ctx, struct{}{}, func() ([]cart.Category, error) { return s.store.Categories(ctx) })
}

// Products returns one page of products.
func (s *showcase) Products(ctx context.Context, f store.ProductFilter) (list, error) {
	return s.lists.Get(ctx, f, func() (list, error) {
		products, total, err := s.store.Products(ctx, f)
		return list{products, total}, err
	})
}

// Product returns one product, or store.ErrNotFound.
func (s *showcase) Product(ctx context.Context, sku string) (cart.Product, error) {
	return s.products.Get(ctx, sku, func() (cart.Product, error) { return s.store.Product(ctx, sku) })
}

// ProductsBySKU returns those of the products that exist.
func (s *showcase) ProductsBySKU(ctx context.Context, skus []string) (map[string]cart.Product, error) {
	found := make(map[string]cart.Product, len(skus))
	for _, sku := range skus {
		p, err := s.Product(ctx, sku)
		switch {
		case err == nil:
			found[sku] = p
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return found, nil
}

// forget has the next page ask the database again: an order changed the stock.
func (s *showcase) forget() {
	s.lists.Forget()
	s.shelves.Forget()
	s.products.Forget()
	s.views.Forget()
}
