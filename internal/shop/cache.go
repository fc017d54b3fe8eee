package shop

import (
	"context"
	"errors"
	"time"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/ttlcache"
)

// catalogueAge is how old what the pages say of a product may be, unless
// options say otherwise: what somebody changes in the database shows within a
// second. An order is priced in its own transaction, never from here.
const catalogueAge = 400 * time.Millisecond

// maxAnswers bounds what is kept for that long, of each kind.
const maxAnswers = 4096

// catalogueCache is the catalogue as pages read it: the store's answers, each kept
// for a moment and shared by all who ask at that time.
type catalogueCache struct {
	store      *store.Store
	categories *ttlcache.Cache[struct{}, []cart.Category]
	lists      *ttlcache.Cache[store.ProductFilter, list]
	products   *ttlcache.Cache[string, cart.Product]
}

// list is one page of products.
type list struct {
	products []cart.Product
	total    int // on all pages
}

func newCatalogueCache(s *store.Store, age time.Duration) *catalogueCache {
	return &catalogueCache{s, ttlcache.New[struct{}, []cart.Category](age, 1),
		ttlcache.New[store.ProductFilter, list](age, maxAnswers), ttlcache.New[string, cart.Product](age, maxAnswers)}
}

// Categories returns all categories in their order.
func (s *catalogueCache) Categories(ctx context.Context) ([]cart.Category, error) {
	return s.categories.Get(ctx, struct{}{}, func() ([]cart.Category, error) { return s.store.Categories(ctx) })
}

// Products returns one page of products.
func (s *catalogueCache) Products(ctx context.Context, f store.ProductFilter) (list, error) {
	return s.lists.Get(ctx, f, func() (list, error) {
		products, total, err := s.store.Products(ctx, f)
		return list{products, total}, err
	})
}

// Product returns one product, or store.ErrNotFound.
func (s *catalogueCache) Product(ctx context.Context, sku string) (cart.Product, error) {
	return s.products.Get(ctx, sku, func() (cart.Product, error) { return s.store.Product(ctx, sku) })
}

// ProductsBySKU returns those of the products that exist.
func (s *catalogueCache) ProductsBySKU(ctx context.Context, skus []string) (map[string]cart.Product, error) {
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
func (s *catalogueCache) forget() {
	s.lists.Forget()
	s.products.Forget()
}
