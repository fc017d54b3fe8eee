package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"trolley/internal/cart"
)

// size is a database to measure.
type size struct{ sessions, products int }

const sizeConns = 32

var allSizes = []size{{1_000, 24}, {100_000, 24}, {1_000_000, 24}, {1_000, 1_000}, {1_000, 100_000}}

// sizes measures what Trolley costs on larger databases, at sizeConns connections.
// All of them are open, and take turns.
func sizes(ctx context.Context, s settings, bins binaries, dir string) error {
	trolley := variants[len(variants)-1]
	shops := make(map[size]*shop)
	for _, z := range allSizes {
		fmt.Fprintf(os.Stderr, "%d sessions, %d products\n", z.sessions, z.products)
		server, err := start(ctx, bins, filepath.Join(dir, z.name()), trolley, func(db *sql.DB) error { return z.fill(ctx, db) })
		if err != nil {
			return err
		}
		defer server.stop()
		shops[z] = z.shop(server)
		// Every visitor has been there once: what is measured is a shop that runs.
		if _, err := shops[z].lost(); err != nil {
			return err
		}
	}
	all := make(results)
	for round := range s.rounds {
		for i := range allSizes {
			z := allSizes[(i+round)%len(allSizes)]
			for _, profile := range []string{mixed, adds} {
				m, err := shops[z].load(ctx, profile, sizeConns, s.duration)
				if err != nil {
					return err
				}
				all.add(z.cell(profile), m)
			}
		}
	}
	fmt.Printf("\n### cost against size, Trolley, %d connections\n\n", sizeConns)
	fmt.Println("| sessions | products | mixed/s | of the first | adds/s | of the first | add p99 ms | start ms | RSS MiB | file MiB | errors | lost |")
	fmt.Println("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, z := range allSizes {
		z.print(all, shops[z].server)
	}
	return nil
}

func (z size) name() string { return fmt.Sprintf("%d-%d", z.sessions, z.products) }

func (z size) cell(profile string) cell { return cell{z.name(), profile, sizeConns} }

func (z size) print(all results, s *server) {
	m, a := all.median(z.cell(mixed)), all.median(z.cell(adds))
	var bytes int64
	if info, err := os.Stat(s.db); err == nil {
		bytes = info.Size()
	}
	first := allSizes[0].name()
	fmt.Printf("| %d | %d | %.0f | %.2f | %.0f | %.2f | %s | %d | %d | %d | %d | %d |\n", z.sessions, z.products,
		m.rate, all.ratio(z.cell(mixed), first), a.rate, all.ratio(z.cell(adds), first), ms(a.addP99), s.started.Milliseconds(), s.rss(), bytes>>20,
		m.errors+a.errors, m.lost+a.lost)
}

// visitors are those of z's sessions that come while it is measured: the carts
// of a million are not read back one by one.
const visitors = 20_000

func (z size) shop(s *server) *shop {
	n := min(z.sessions, visitors)
	shop := &shop{server: s, cookies: make([][]byte, n)}
	for i := range n {
		shop.cookies[i] = []byte("trolley_session=" + token(i*(z.sessions/n)))
	}
	shop.added = make([]atomic.Int64, n)
	for i := range shop.added {
		shop.added[i].Store(startQuantity)
	}
	return shop
}

// token is the session token of visitor i, in scs's form.
func token(i int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "visitor %d", i))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

const startQuantity = 3

// fill writes sessions, each with three lines in its cart, and products.
func (z size) fill(ctx context.Context, db *sql.DB) error {
	const batch = 50_000
	for from := 0; from < z.sessions; from += batch {
		if err := fillSessions(ctx, db, from, min(from+batch, z.sessions)); err != nil {
			return err
		}
	}
	_, err := db.ExecContext(ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO products (sku, name, description, category, price, stock, position)
		SELECT 'peg-' || i, 'Peg ' || i, 'Holds one thing.', 'garden', 100 + i, 1000000, 1000 + i FROM n WHERE $1 > 0`, z.products-len(skus))
	return err
}

func fillSessions(ctx context.Context, db *sql.DB, from, to int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.PrepareContext(ctx, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))")
	if err != nil {
		return err
	}
	deadline := time.Now().Add(720 * time.Hour).UTC().Truncate(time.Second)
	for i := from; i < to; i++ {
		sum := sha256.Sum256([]byte(token(i)))
		data := fmt.Appendf(nil, `{"v":1,"deadline":"%s","values":{"__created":"%s","__rememberMe":true,"cart":{"id":"%s","currency":"EUR","lines":[`+
			`{"sku":"enamel-mug","quantity":1,"unit_price":1850},{"sku":"tea-towel","quantity":1,"unit_price":900},{"sku":"twine","quantity":1,"unit_price":500}]}}}`,
			deadline.Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339), cart.NewID())
		if _, err := insert.ExecContext(ctx, base64.RawURLEncoding.EncodeToString(sum[:]), data, deadline.Format("2006-01-02T15:04:05.999")); err != nil {
			return err
		}
	}
	return tx.Commit()
}
