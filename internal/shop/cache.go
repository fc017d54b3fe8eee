package shop

import (
	"context"
	"errors"
	"time"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/ttlcache"
)

// catalogueAge is how old what the pages say of a product may be, unless options say
// otherwise: a change in the database shows within a second. An order is priced in its
// own transaction, never from here.
const catalogueAge = 400 * time.Millisecond

// maxAnswers bounds what is kept for that long, of each kind.
const maxAnswers = 4096

// catalogueCache is the catalogue as pages read it: the store's answers, each kept
// for a moment and shared by all who ask at that time.
type catalogueCache struct {
	categories *ttlcache.Cache[struct{}, []cart.Category]
	lists      *ttlcache.Cache[store.ProductFilter, list]
	products   *ttlcache.Cache[string, cart.Product] // by SKU
}

// list is one page of products.
type list struct {
	products []cart.Product
	total    int // on all pages
}

func newCatalogueCache(s *store.Store, age time.Duration) catalogueCache {
	categories := func(ctx context.Context, _ struct{}) ([]cart.Category, error) { return s.Categories(ctx) }
	lists := func(ctx context.Context, f store.ProductFilter) (list, error) {
		products, total, err := s.Products(ctx, f)
		return list{products, total}, err
	}
	return catalogueCache{ttlcache.New(age, 1, categories), ttlcache.New(age, maxAnswers, lists), ttlcache.New(age, maxAnswers, s.Product)}
}

// Categories returns all categories in their order.
func (c catalogueCache) Categories(ctx context.Context) ([]cart.Category, error) {
	return c.categories.Get(ctx, struct{}{})
}

// ProductsBySKU returns those of the products that exist.
func (c catalogueCache) ProductsBySKU(ctx context.Context, skus []string) (map[string]cart.Product, error) {
	found := make(map[string]cart.Product, len(skus))
	for _, sku := range skus {
		p, err := c.products.Get(ctx, sku)
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
func (c catalogueCache) forget() {
	c.lists.Forget()
	c.products.Forget()
}
