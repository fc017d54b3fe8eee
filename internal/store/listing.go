package store

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"

	"golang.org/x/sync/singleflight"
)

// listing is the catalogue in memory, as lists and searches need it. A database takes
// a second to search the text of 100,000 products, and memory some milliseconds.
type listing struct {
	products []*listed // in the shop's own order
	until    time.Time // how long it is good for
}

// listed is a product that a shopper can find. Folded text is as foldText returns it.
type listed struct {
	sku, category, name string
	price               cart.Money
	position            int
	foldedName, folded  string // folded holds name, search words and description
}

// A small catalogue is read for each list, so that a change of it shows at once. A large
// one is read again after a time in which that costs a hundredth of a processor.
const (
	smallListing = 1000
	goodFor      = 200 * time.Microsecond // for each product
)

// listing returns the catalogue in memory. One that is good no longer is read again in
// the background.
func (s *Store) listing(ctx context.Context) (*listing, error) {
	known := s.listed.Load()
	if known == nil {
		small, err := s.readListing(ctx, smallListing)
		if err != nil || len(small.products) < smallListing {
			return small, err
		}
	} else if time.Now().Before(known.until) {
		return known, nil
	}
	reading := s.readAll(ctx)
	if known != nil {
		return known, nil
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-reading:
		return s.listed.Load(), r.Err
	}
}

// readAll reads a large catalogue in the background, once for all who ask at that time.
func (s *Store) readAll(ctx context.Context) <-chan singleflight.Result {
	return s.reading.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		l, err := s.readListing(ctx, math.MaxInt32)
		if err == nil {
			s.listed.Store(l)
		}
		return l, err
	})
}

// readListing reads at most limit products, some at a time: a statement on PostgreSQL may
// not take long.
func (s *Store) readListing(ctx context.Context, limit int) (*listing, error) {
	const some = 5000
	const text = `
SELECT p.sku, p.category, p.name, p.words, p.description, p.price, p.position
FROM products AS p
WHERE p.sku > $1 AND ` + isListed + `
ORDER BY p.sku LIMIT $2`
	var products []*listed
	for last := ""; len(products) < limit; last = products[len(products)-1].sku {
		read, err := query.All(ctx, s.read, scanListing, text, last, min(some, limit))
		if err != nil {
			return nil, err
		}
		products = append(products, read...)
		if len(read) < min(some, limit) {
			break
		}
	}
	slices.SortFunc(products, ProductFilter{}.compare)
	return &listing{products, time.Now().Add(time.Duration(len(products)) * goodFor)}, nil
}

func scanListing(rows *sql.Rows) (*listed, error) {
	var p listed
	var words, description string
	err := rows.Scan(&p.sku, &p.category, &p.name, &words, &description, &p.price, &p.position)
	p.foldedName = foldText(p.name)
	p.folded = p.foldedName + "\n" + foldText(words+"\n"+description)
	return &p, err
}

// find returns the products that f lets through, in its order.
func (l *listing) find(f ProductFilter) []*listed {
	var words [][]string
	for word := range strings.FieldsSeq(f.Query) {
		words = append(words, wordForms(foldText(word)))
	}
	var found []*listed
	for _, p := range l.products {
		if (f.Category == "" || f.Category == p.category) && p.hasAll(words) {
			found = append(found, p)
		}
	}
	if f.Sort != "" {
		slices.SortFunc(found, f.compare)
	}
	return found
}

// hasAll reports whether each of the words stands in the text, in one of its forms.
func (p *listed) hasAll(words [][]string) bool {
	for _, forms := range words {
		if !slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(p.folded, form) }) {
			return false
		}
	}
	return true
}

// compare orders two products. The SKU comes last, so that no product is on two pages or
// on none.
func (f ProductFilter) compare(a, b *listed) int {
	order := cmp.Compare(a.position, b.position)
	switch f.Sort {
	case "name":
		order = strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	case "price":
		order = cmp.Compare(a.price, b.price)
	case "-price":
		order = cmp.Compare(b.price, a.price)
	}
	return cmp.Or(order, strings.Compare(a.sku, b.sku))
}

// nearest returns at most limit products whose names share most of the runs of letters,
// and at least as many as enough.
func (l *listing) nearest(runs []string, enough, limit int) []*listed {
	type scored struct {
		*listed
		score int
	}
	var near []scored
	for _, p := range l.products {
		score := 0
		for _, run := range runs {
			if strings.Contains(p.foldedName, run) {
				score++
			}
		}
		if score >= enough {
			near = append(near, scored{p, score})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var products []*listed
	for _, p := range near[:min(limit, len(near))] {
		products = append(products, p.listed)
	}
	return products
}
