package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"trolley/test/pgtest"
)

// Whatever pgx and a proxy do about prepared statements, a shop that starts works.
func TestEveryModeOfTheDriverWorks(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		for _, pooled := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/pooled=%v", mode, pooled), func(t *testing.T) {
				t.Parallel()
				dsn := pgtest.New(t)
				if pooled {
					dsn = pgtest.NewPooler(t, dsn)
				}
				s := openAt(t, with(dsn, "default_query_exec_mode="+mode))
				var visitors sync.WaitGroup
				for n := range 4 {
					visitors.Go(func() { shopHere(t, s, n) })
				}
				visitors.Wait()
			})
		}
	}
}

// shopHere does what a visitor and an operator do, as a session does it.
func shopHere(t *testing.T, s *Store, n int) {
	token, sku := strings.Repeat("a", 42)+fmt.Sprint(n), fmt.Sprintf("test-mug-%d", n)
	p := newPlacement(t, s, 1, addProduct(t, s, sku, 100, 9))
	first, second := []byte(`{"v":1,"values":{"x":"\"\\ü\n"}}`), []byte(`{"v":1,"values":{}}`)
	mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", token, first, time.Now().Add(time.Hour))
	mustExec(t, s.Write(), "UPDATE sessions SET data = $1 WHERE token = $2 AND data = $3", second, token, first)
	if row, err := s.FindSession(t.Context(), token); err != nil || string(row.Data) != string(second) {
		t.Errorf("the session is %s, %v", row.Data, err)
	}
	if _, err := s.PlaceOrder(t.Context(), p, nil); err != nil {
		t.Errorf("an order: %v", err)
	}
	if _, err := s.OrderByCart(t.Context(), p.Cart.ID); err != nil {
		t.Errorf("the order again: %v", err)
	}
	if rows, err := s.NewestSessions(t.Context(), SessionStretch{Limit: 9}); err != nil || len(rows) == 0 {
		t.Errorf("the list has %d sessions: %v", len(rows), err)
	}
	if found, _, err := s.Products(t.Context(), ProductFilter{Query: `te_st%\'`}); err != nil || len(found) != 0 {
		t.Errorf("a search found %v, %v", found, err)
	}
}

// A literal of the shop's SQL has a backslash in it.
func TestStringsAreStandardWhateverTheDatabaseSays(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	s := openAt(t, dsn)
	mustExec(t, s.Write(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END $$`)
	s = openAt(t, dsn)
	if _, _, err := s.Products(t.Context(), ProductFilter{Query: "mug"}); err != nil {
		t.Error(err)
	}
}

// A user who may open few connections uses those, one after the other.
func TestARefusedConnectionIsWaitedFor(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	admin := openAt(t, dsn)
	role := strings.ReplaceAll(fmt.Sprintf("few_%d", time.Now().UnixNano()), "-", "_")
	mustExec(t, admin.Write(), "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 3")
	mustExec(t, admin.Write(), "GRANT ALL ON ALL TABLES IN SCHEMA public TO "+role)
	t.Cleanup(func() {
		_, err := admin.Write().ExecContext(context.Background(), "DROP OWNED BY "+role)
		if err == nil {
			_, err = admin.Write().ExecContext(context.Background(), "DROP ROLE "+role)
		}
		if err != nil {
			t.Error(err)
		}
	})
	s, err := Open(t.Context(), strings.Replace(dsn, "trolley@", role+"@", 1), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var visitors sync.WaitGroup
	for range 30 {
		visitors.Go(func() {
			if _, err := s.Product(t.Context(), "enamel-mug"); err != nil {
				t.Errorf("a page: %v", err)
			}
			if _, err := s.Write().ExecContext(t.Context(), "UPDATE products SET stock = stock + 1 WHERE sku = 'enamel-mug'"); err != nil {
				t.Errorf("a write: %v", err)
			}
		})
	}
	visitors.Wait()
}
