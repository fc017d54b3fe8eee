package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"trolley/internal/cart"
	"trolley/internal/query"
)

// ProductFilter selects a page of the catalogue. The zero value selects the
// first page of all products that are sold.
type ProductFilter struct {
	Query    string // words, some 100 characters, that must all be in the name, the search words or the description; "" for any
	Category string // slug; "" for any
	Sort     string // "name", "price" (lowest first), "-price"; anything else is the shop's own order
	Page     int    // 1 is the first; less counts as 1
	PerPage  int    // less than 1 is DefaultPerPage, more than MaxPerPage is MaxPerPage
}

// How many products a page has.
const (
	DefaultPerPage = 24
	MaxPerPage     = 100
)

// maxIn is the most SKUs that one statement asks for.
const maxIn = cart.MaxLines

const selectProduct = `
SELECT p.sku, p.name, p.description, c.slug, c.name, p.price, p.stock, p.withdrawn
FROM products AS p JOIN categories AS c ON c.slug = p.category`

func scanProduct(rows *sql.Rows) (p cart.Product, err error) {
	return p, rows.Scan(&p.SKU, &p.Name, &p.Description, &p.Category.Slug, &p.Category.Name, &p.Price, &p.Stock, &p.Withdrawn)
}

// Categories returns all categories in the order of the menu. The errors are the
// database's.
func (s *Store) Categories(ctx context.Context) ([]cart.Category, error) {
	text := `
SELECT slug, name FROM categories
ORDER BY position, slug`
	if s.engine == Postgres {
		text += ` COLLATE "C"` // by code point, whatever the locale of the database
	}
	categories, err := query.All(ctx, s.read, func(rows *sql.Rows) (c cart.Category, err error) {
		return c, rows.Scan(&c.Slug, &c.Name)
	}, text)
	return categories, query.Wrap(err, "store: categories")
}

// Products returns the page of the catalogue that f selects, and how many products
// there are on all its pages. Withdrawn products are left out, sold-out ones are not. A
// page past the last one is empty. Of more than 1,000 products, a change of which there
// are, of their order or of their text may show some seconds later: 20 with 100,000.
// The errors are the database's.
func (s *Store) Products(ctx context.Context, f ProductFilter) (products []cart.Product, total int, err error) {
	l, err := s.listing(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("store: products: %w", err)
	}
	found := l.find(f)
	n := min(cmp.Or(max(f.PerPage, 0), DefaultPerPage), MaxPerPage)
	first := min(max(f.Page, 1)-1, len(found)/n+1) * n
	products, err = s.inOrder(ctx, found[min(first, len(found)):min(first+n, len(found))])
	return products, len(found), err
}

// inOrder returns the products as they are now.
func (s *Store) inOrder(ctx context.Context, listed []*listed) (products []cart.Product, err error) {
	skus := make([]string, len(listed))
	for i, p := range listed {
		skus[i] = p.sku
	}
	found, err := s.ProductsBySKU(ctx, skus)
	for _, sku := range skus {
		if p, ok := found[sku]; ok && !p.Withdrawn {
			products = append(products, p)
		}
	}
	return products, err
}

// isListed is the condition of what a shopper can find. The sqlite3 shell checks no
// foreign key, so a product may be of a category that there is not.
const isListed = `NOT p.withdrawn AND EXISTS (SELECT 1 FROM categories AS c WHERE c.slug = p.category)`

// Nearest returns the products whose names are most like a search that found nothing, at
// most limit: those that share a third of its runs of three letters, and two at least. The
// errors are the database's.
func (s *Store) Nearest(ctx context.Context, search string, limit int) ([]cart.Product, error) {
	runs := trigrams(search)
	if len(runs) < 2 {
		return nil, nil
	}
	l, err := s.listing(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: nearest products: %w", err)
	}
	return s.inOrder(ctx, l.nearest(runs, max(2, (len(runs)+2)/3), limit))
}

// Product returns the product sku, withdrawn or not, or [ErrNotFound].
func (s *Store) Product(ctx context.Context, sku string) (cart.Product, error) {
	const text = selectProduct + `
WHERE p.sku = $1`
	p, err := query.One(ctx, s.read, scanProduct, text, sku)
	return p, query.Wrap(err, "store: product %.40q", sku)
}

// ProductsBySKU returns those of the products skus that there are, withdrawn or
// not. The map is the caller's. The errors are the database's.
func (s *Store) ProductsBySKU(ctx context.Context, skus []string) (map[string]cart.Product, error) {
	products, err := productsBySKU(ctx, s.read, skus)
	return products, query.Wrap(err, "store: products by SKU")
}

func productsBySKU(ctx context.Context, q query.Querier, skus []string) (map[string]cart.Product, error) {
	const bySKU = selectProduct + `
WHERE p.sku IN (` // and parameters
	products := make(map[string]cart.Product, len(skus))
	for some := range slices.Chunk(skus, maxIn) {
		found, err := query.All(ctx, q, scanProduct, bySKU+query.Params(len(some))+")", query.Args(some)...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			products[p.SKU] = p
		}
	}
	return products, nil
}

// LowestStock returns the products of which least is left, withdrawn ones last, at
// most limit of them. The errors are the database's.
func (s *Store) LowestStock(ctx context.Context, limit int) ([]cart.Product, error) {
	const text = selectProduct + `
ORDER BY p.withdrawn, p.stock, p.sku LIMIT $1`
	products, err := query.All(ctx, s.read, scanProduct, text, limit)
	return products, query.Wrap(err, "store: lowest stock")
}

const eachSKUSQL = `
SELECT p.sku
FROM products AS p
WHERE ` + isListed + `
ORDER BY p.position, p.sku
LIMIT $1`

// EachSKU visits the SKUs of all products that are sold, at most limit of them,
// and returns the database's error.
func (s *Store) EachSKU(ctx context.Context, limit int, visit func(sku string)) error {
	err := query.Each(ctx, s.read, func(rows *sql.Rows) error {
		sku, err := query.Text(rows)
		visit(sku)
		return err
	}, eachSKUSQL, limit)
	return query.Wrap(err, "store: SKUs")
}
