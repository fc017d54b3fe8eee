package store

import (
	"errors"
	"testing"
	"trolley/internal/cart"
)

// with returns a URL with one parameter more.
func with(dsn, parameter string) string { return dsn + "&" + parameter }

// A shopper may send anything, PostgreSQL holds text only, and what it cannot
// hold is not there.
func TestWhatIsNoTextIsNotFound(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		for _, odd := range []string{"a\x00b", "\x00", "\xff", "a\xc3", "\xed\xa0\x80"} {
			_, product := s.Product(t.Context(), odd)
			_, order := s.Order(t.Context(), cart.OrderNumber(odd))
			_, byCart := s.OrderByCart(t.Context(), odd)
			for what, err := range map[string]error{"Product": product, "Order": order, "OrderByCart": byCart} {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("%s(%q) = %v, want ErrNotFound", what, odd, err)
				}
			}
			found, err := s.ProductsBySKU(t.Context(), []string{odd})
			if err != nil || len(found) != 0 {
				t.Errorf("ProductsBySKU(%q) = %v, %v", odd, found, err)
			}
			sessions, err := s.SessionsByHash(t.Context(), []string{odd})
			if err != nil || len(sessions) != 0 {
				t.Errorf("SessionsByHash(%q) = %v, %v", odd, sessions, err)
			}
			if _, _, err := s.Products(t.Context(), ProductFilter{Query: odd}); err != nil {
				t.Errorf("a search for %q: %v", odd, err)
			}
		}
	})
}

// PostgreSQL folds the case of every letter that the database's locale knows.
func TestSearchOnPostgresKnowsTheCaseOfAllLetters(t *testing.T) {
	t.Parallel()
	s := shelf(t, enginesUnderTest[1])
	for _, query := range []string{"Éclair", "éclair", "ÉCLAIR"} {
		products, _, err := s.Products(t.Context(), ProductFilter{Query: query, Category: testCategory})
		if got := skusOf(products); err != nil || got != "e" {
			t.Errorf("search for %q: %q, %v; want e", query, got, err)
		}
	}
}

// What another program's JSON may hold, PostgreSQL cannot turn into text. Stored
// it is all the same, and the views show the rest.
func TestEscapesThatAreNoTextDoNotFailAView(t *testing.T) {
	t.Parallel()
	s, dsn := storeWithSessions(t, enginesUnderTest[1])
	for token, data := range map[string]string{
		"odd-nul":  `{"values":{"note":"a\u0000b","cart":{"lines":[{"sku":"x\u0000","quantity":1e99,"unit_price":-1}]}}}`,
		"odd-half": `{"values":{"note":"\ud83d and \uDC00","k\u0000y":["\ud800"],"cart":{"lines":[{"sku":"\udfff","quantity":"2"}]}}}`,
	} {
		mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, '2099-01-01')", token, data)
	}
	for _, query := range viewQueries {
		if got := printed(t, s.Read(), query); got == "" {
			t.Errorf("%s shows nothing", query)
		}
		shell(t, dsn, query)
	}
	const want = "odd-half|note|\ufffd and \ufffd\nodd-nul|note|a\ufffdb"
	if got := printed(t, s.Read(), "SELECT session, key, value FROM session_values WHERE key = 'note' ORDER BY session"); got != want {
		t.Errorf("the notes are\n%s\nwant\n%s", got, want)
	}
}
