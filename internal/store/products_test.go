package store

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trolley/internal/cart"
	"trolley/test/pgtest"
)

// shelf returns a store with products whose names are awkward to search for.
func shelf(t *testing.T, e engineUnderTest) *Store {
	t.Helper()
	s := e.open(t)
	for i, name := range []string{
		"Plain mug", "100% cotton towel", "under_score pen", `back\slash ruler`, "Éclair tin", "plain RED mug", "1000 cotton buds",
	} {
		sku := "test-" + string(rune('a'+i))
		addProduct(t, s, sku, 100*(7-i), 1)
		mustExec(t, s.Write(), "UPDATE products SET name = $1, position = $2 WHERE sku = $3", name, i, sku)
	}
	return s
}

func skusOf(products []cart.Product) string {
	var skus []string
	for _, p := range products {
		skus = append(skus, strings.TrimPrefix(p.SKU, "test-"))
	}
	return strings.Join(skus, "")
}

func TestSearchTakesEveryCharacterForItself(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		for query, want := range map[string]string{
			"":                              "abcdefg",
			"mug":                           "af",
			"MUG plain":                     "af",
			"red mug":                       "f",
			"mug towel":                     "",
			"made TEST":                     "abcdefg", // the description
			"towel made":                    "b",
			"%":                             "b",
			"100%":                          "b",
			"_":                             "c",
			"r_s":                           "c",
			`\`:                             "d",
			`k\s`:                           "d",
			`\%`:                            "",
			"Éclair":                        "e",
			"  \t mug \n":                   "af",
			"mug\x00'; DROP TABLE products": "",
			"' OR 1=1 --":                   "",
			"mu\xffg":                       "", // what is no text is in no product
		} {
			products, total, err := s.Products(t.Context(), ProductFilter{Query: query, Category: testCategory})
			if got := skusOf(products); err != nil || got != want || total != len(want) {
				t.Errorf("search for %q: %q of %d, %v; want %q", query, got, total, err, want)
			}
		}
	})
}

func TestSortingIsStableAndPagesPartition(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		mustExec(t, s.Write(), "UPDATE products SET price = 500 WHERE sku IN ('test-b', 'test-e', 'test-f')")
		mustExec(t, s.Write(), "UPDATE products SET position = -position") // the shop's own order is that of the SKUs backwards
		for sort, want := range map[string]string{
			"": "gfedcba", "name": "bgdafce", "price": "gdbcefa", "-price": "abcefdg", "nonsense; --": "gfedcba",
		} {
			var pages []cart.Product
			for page := 1; page <= 4; page++ {
				products, total, err := s.Products(t.Context(), ProductFilter{Category: testCategory, Sort: sort, Page: page, PerPage: 3})
				if err != nil || total != 7 {
					t.Fatalf("page %d: total %d, %v", page, total, err)
				}
				pages = append(pages, products...)
			}
			if got := skusOf(pages); got != want {
				t.Errorf("sorted by %q: %s, want %s", sort, got, want)
			}
		}
	})
}

// A language puts e between d and f, accent or not, and does not see hyphens. The
// order of a page must not depend on the server that it was moved to.
func TestTheOrderIsThatOfCodePointsInEveryLocale(t *testing.T) {
	t.Parallel()
	german := engineUnderTest{Postgres, nil, func(t *testing.T) string { return pgtest.NewIn(t, "de-DE-u-ka-shifted") }}
	for name, e := range map[string]engineUnderTest{"sqlite": enginesUnderTest[0], "postgres": enginesUnderTest[1], "german": german} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := e.open(t)
			for sku, name := range map[string]string{"test-b": "egg", "test-b-a": "Fig", "test-ba": "Éclair", "test-a": "étagère", "test-c": "Zest"} {
				addProduct(t, s, sku, 100, 1)
				mustExec(t, s.Write(), "UPDATE products SET name = $1, position = 1 WHERE sku = $2", name, sku)
			}
			for _, slug := range []string{"aaa", "aa-b"} {
				mustExec(t, s.Write(), "INSERT INTO categories (slug, name, position) VALUES ($1, $1, -1)", slug)
			}
			for sort, want := range map[string]string{"name": "b b-a c ba a", "price": "a b b-a ba c", "-price": "a b b-a ba c", "": "a b b-a ba c"} {
				products, _, err := s.Products(t.Context(), ProductFilter{Category: testCategory, Sort: sort})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, p := range products {
					got = append(got, strings.TrimPrefix(p.SKU, "test-"))
				}
				if got := strings.Join(got, " "); got != want {
					t.Errorf("sorted by %q: %s, want %s", sort, got, want)
				}
			}
			if c, err := s.Categories(t.Context()); err != nil || c[0].Slug != "aa-b" || c[1].Slug != "aaa" {
				t.Errorf("the menu begins %v, %v; want aa-b and aaa", c[:2], err)
			}
		})
	}
}

func TestOddPagesAreHarmless(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		for f, want := range map[ProductFilter]int{
			{}: 7, {Page: -1, PerPage: -1}: 7, {Page: 2}: 0, {Page: math.MaxInt, PerPage: math.MaxInt}: 0, {Page: 1, PerPage: math.MaxInt}: 7,
		} {
			f.Category = testCategory
			products, total, err := s.Products(t.Context(), f)
			if err != nil || len(products) != want || total != 7 {
				t.Errorf("%+v: %d of %d, %v; want %d of 7", f, len(products), total, err, want)
			}
		}
	})
}

func TestWithdrawnProductsAreOnlyFoundByName(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		mustExec(t, s.Write(), "UPDATE products SET withdrawn = TRUE WHERE sku = 'test-a'")
		mustExec(t, s.Write(), "UPDATE products SET stock = 0 WHERE sku = 'test-b'")
		products, total, err := s.Products(t.Context(), ProductFilter{Category: testCategory})
		if got := skusOf(products); err != nil || got != "bcdefg" || total != 6 {
			t.Errorf("Products = %q of %d, %v", got, total, err)
		}
		p, err := s.Product(t.Context(), "test-a")
		want := cart.Product{
			SKU: "test-a", Name: "Plain mug", Description: "Made for a test.",
			Category: cart.Category{Slug: testCategory, Name: "Test things"}, Price: 700, Stock: 1, Withdrawn: true,
		}
		if err != nil || p != want {
			t.Errorf("Product = %+v, %v; want %+v", p, err, want)
		}
		if _, err := s.Product(t.Context(), "nothing"); !errors.Is(err, ErrNotFound) {
			t.Errorf("Product of no SKU: %v, want ErrNotFound", err)
		}
	})
}

func TestProductsBySKUFindsThoseThereAre(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		skus := []string{"test-a", "nothing", "test-g", "test-a"}
		for range 120 { // more than one statement asks for
			skus = append(skus, "filler")
		}
		skus = append(skus, "test-c")
		products, err := s.ProductsBySKU(t.Context(), skus)
		if err != nil || len(products) != 3 || products["test-c"].Name != "under_score pen" {
			t.Errorf("ProductsBySKU = %v, %v", products, err)
		}
		if none, err := s.ProductsBySKU(t.Context(), nil); err != nil || len(none) != 0 {
			t.Errorf("ProductsBySKU of none = %v, %v", none, err)
		}
	})
}

func TestCategoriesComeInTheOrderOfTheMenu(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		mustExec(t, s.Write(), "INSERT INTO categories (slug, name, position) VALUES ('first', 'First', -1)")
		categories, err := s.Categories(t.Context())
		if err != nil || len(categories) < 2 || categories[0].Slug != "first" {
			t.Errorf("Categories = %v, %v", categories, err)
		}
		if !slices.Contains(categories, cart.Category{Slug: testCategory, Name: "Test things"}) {
			t.Errorf("Categories = %v, without %s", categories, testCategory)
		}
	})
}

// Statements are prepared once; a change made by another program, to a row or
// to the schema, must show all the same.
func TestChangesByOtherProgramsShowAtOnce(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		for price := 1; price <= 3; price++ {
			if price == 2 {
				mustExec(t, s.Write(), "ALTER TABLE products ADD COLUMN colour TEXT")
			}
			mustExec(t, s.Write(), "UPDATE products SET price = $1 WHERE sku = 'test-a'", price)
			if p, err := s.Product(t.Context(), "test-a"); err != nil || p.Price != cart.Money(price) {
				t.Errorf("price = %d, %v; want %d", p.Price, err, price)
			}
		}
	})
}

// The last defence is the database itself, also against people with sqlite3.
func TestTheDatabaseRefusesRowsThatBreakARule(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		const order = `INSERT INTO orders (number, cart_id, name, email, address, currency, quantity, total, placed_at) VALUES `
		const line = `INSERT INTO order_lines (order_number, position, sku, name, unit_price, quantity, line_total) VALUES `
		mustExec(t, s.Write(), order+`('0123456789AB', 'abcdefghijklmnopqrstuvwxyz', 'Ada', 'a@b.c', 'Row 1', 'EUR', 2, 200, 1)`)
		mustExec(t, s.Write(), line+`('0123456789AB', 1, 'test-a', 'A', 100, 2, 200)`)
		for _, text := range []string{
			"UPDATE products SET price = -1 WHERE sku = 'test-a'",
			"UPDATE products SET stock = -1 WHERE sku = 'test-a'",
			"UPDATE products SET stock = 'many' WHERE sku = 'test-a'",
			"UPDATE products SET withdrawn = 2 WHERE sku = 'test-a'",
			"UPDATE products SET sku = 'Upper' WHERE sku = 'test-a'",
			"UPDATE products SET sku = 'a--b' WHERE sku = 'test-a'",
			"UPDATE products SET sku = '-a' WHERE sku = 'test-a'",
			"UPDATE products SET sku = 'a-' WHERE sku = 'test-a'",
			"UPDATE products SET sku = 'é' WHERE sku = 'test-a'",
			"UPDATE products SET sku = '" + strings.Repeat("x", 41) + "' WHERE sku = 'test-a'",
			"UPDATE products SET category = 'nowhere' WHERE sku = 'test-a'",
			"UPDATE order_lines SET line_total = 199",
			"UPDATE order_lines SET quantity = 21, line_total = 2100",
			"UPDATE order_lines SET quantity = 0, line_total = 0",
			"UPDATE order_lines SET unit_price = -1, line_total = -2",
			"UPDATE order_lines SET unit_price = 9223372036854775807, line_total = 9223372036854775807",
			"UPDATE orders SET total = -1",
			"UPDATE orders SET number = '0123-4567-89A'",
			"UPDATE orders SET number = '0123456789AU'",
			"UPDATE orders SET cart_id = ''",
			"UPDATE orders SET currency = 'euro'",
			"DELETE FROM orders", // it has lines
			line + `('0123456789AB', 2, 'test-a', 'A', 100, 1, 100)`,
			line + `('ZZZZZZZZZZZZ', 1, 'test-b', 'B', 100, 1, 100)`,
			order + `('0123456789AC', 'abcdefghijklmnopqrstuvwxyz', 'Ada', 'a@b.c', 'Row 1', 'EUR', 2, 200, 1)`,
			"INSERT INTO sessions (token, data, expiry) VALUES ('x', x'00', 'tomorrow')",
		} {
			if _, err := s.Write().ExecContext(t.Context(), text); err == nil {
				t.Errorf("accepted: %s", text)
			}
		}
	})
}

func TestSearchKnowsPluralsAndAccents(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := shelf(t, e)
		for _, tt := range [][3]string{ // search, name, near to it
			{"mugs", "Plain mug", ""}, {"MÛGS plain", "Plain mug", ""}, {"knives", "Bread knife", ""}, {"pencils", "Brass pencil", ""},
			{"tea towels", "Tea towel", ""}, {"seed boxes", "Seed box", ""}, {"scissors", "Scissors", ""}, {"notebo", "Notebook", ""},
			{"wtaering", "", "Watering can"}, {"umberlla", "", "Umbrella"}, {"eclairs", "Éclair tin", ""}, {"ÉCLAIR", "Éclair tin", ""}, {"ｅclair", "Éclair tin", ""}, {"e\u0301clair", "Éclair tin", ""}, {"zebra", "", ""}, {"%%%%", "", ""},
		} {
			found, _, err := s.Products(t.Context(), ProductFilter{Query: tt[0]})
			if err != nil || tt[1] == "" != (len(found) == 0) {
				t.Errorf("%q: %d found, %v", tt[0], len(found), err)
			}
			if tt[1] != "" && !slices.ContainsFunc(found, func(p cart.Product) bool { return p.Name == tt[1] }) {
				t.Errorf("%q does not find %q", tt[0], tt[1])
			}
			near, err := s.Nearest(t.Context(), tt[0], 4)
			if err != nil || tt[2] != "" && (len(near) == 0 || near[0].Name != tt[2]) || tt[1] == "" && tt[2] == "" && len(near) > 0 {
				t.Errorf("near %q: %v, %v", tt[0], near, err)
			}
		}
	})
}

// A large catalogue is in memory, and what is there is read again after a while.
func TestAChangeOfALargeCatalogueIsFound(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		for i := range smallListing {
			addProduct(t, s, "hook-"+strconv.Itoa(i), 100, 1)
		}
		find := func(query string) []cart.Product {
			found, _, err := s.Products(t.Context(), ProductFilter{Query: query, Sort: "price"})
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if got := skusOf(find("zither strings")); got != "" {
			t.Fatalf("%s found", got)
		}
		mustExec(t, s.Write(), "UPDATE products SET words = 'zithers string' WHERE sku = 'hook-7'")
		mustExec(t, s.Write(), "UPDATE products SET stock = 5 WHERE sku = 'hook-7'")
		for skusOf(find("zither strings")) != "hook-7" && t.Context().Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		mustExec(t, s.Write(), "UPDATE products SET stock = 4, withdrawn = TRUE WHERE sku = 'hook-7'")
		if got := find("zither"); len(got) != 0 {
			t.Errorf("a product that was withdrawn is shown: %v", got)
		}
	})
}
