package main

import (
	"bytes"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/test/shoptest"
	"trolley/ui"
)

// as returns headers for the shop that the visitor is at.
func as(v *shoptest.Visitor, headers []string) (filled []string) {
	for _, h := range headers {
		filled = append(filled, strings.ReplaceAll(h, "OWN", v.Shop.Server.Listener.Addr().String()))
	}
	return filled
}

// state is everything that a visitor can change: the row of the session, the
// orders and the stock.
func state(t *testing.T, s *shoptest.Shop, v *shoptest.Visitor) string {
	t.Helper()
	var rest string
	const query = `SELECT (SELECT COUNT(*) FROM orders) || ' orders, ' || (SELECT SUM(stock) FROM products) || ' in stock, ' || (SELECT COUNT(*) FROM sessions) || ' sessions'`
	if err := s.Store.Read().QueryRowContext(t.Context(), query).Scan(&rest); err != nil {
		t.Fatal(err)
	}
	return rest + ": " + s.Data(t, v.Token())
}

// inject sends text as each parameter that there is.
func inject(v *shoptest.Visitor, text string) (replies []shoptest.Reply) {
	q, p := url.QueryEscape(text), url.PathEscape(text)
	for _, path := range []string{
		"/?q=" + q, "/?q=mug+" + q + "&category=kitchen&sort=-price", "/?category=desk" + q, "/?sort=price" + q, "/?page=1" + q,
		"/products/mug" + p, "/orders/7KQ2-9XMA-4TCF" + p, "/static/" + p,
		"/cart?added=" + q + "&quantity=" + q + "&limit=" + q, "/cart?removed=" + q,
	} {
		replies = append(replies, v.Get(path))
	}
	for path, form := range fields(v) {
		for name := range form {
			with := url.Values{name: {text}}
			for other, values := range form {
				if other != name {
					with[other] = values
				}
			}
			if path == "/checkout" && name != "cart" && name != "shown" {
				with.Set("shown", "") // so that nothing is ordered
			}
			replies = append(replies, v.Ask("POST", path, with.Encode()))
		}
	}
	for _, path := range []string{"/cart/items/mug" + p, "/session/values/" + p + "/remove"} {
		replies = append(replies, v.Ask("POST", path, "quantity=1"))
	}
	return replies
}

// contents is everything in the database but the sessions: the schema, and every
// row of every table.
func contents(t *testing.T, s *shoptest.Shop) string {
	t.Helper()
	var all string
	query := `SELECT (SELECT group_concat(type || name || coalesce(sql, ''), x'0a') FROM (SELECT * FROM sqlite_schema ORDER BY name)) || x'0a' ||
		(SELECT group_concat(sku || name || description || category || price || ' ' || stock || position || withdrawn, x'0a') FROM (SELECT * FROM products ORDER BY sku)) ||
		(SELECT group_concat(slug || name || position, x'0a') FROM categories) || (SELECT COUNT(*) FROM orders) || ' orders ' || (SELECT COUNT(*) FROM order_lines) || ' lines'`
	if s.Store.Engine() == store.Postgres {
		query = shoptest.ContentsPostgres
	}
	if err := s.Store.Read().QueryRowContext(t.Context(), query).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// plain starts a server without TLS and returns its address.
func plain(t *testing.T, s *shoptest.Shop) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.NewServer(s.Insecure(t), shoptest.Discard())
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// sharing starts a further server that keeps what pages share as long as it can.
func sharing(t *testing.T, s *shoptest.Shop) *shoptest.Shop {
	t.Helper()
	s.Settings.CatalogueAge = time.Hour
	return s.Again(t, shoptest.Discard(), nil)
}

// newGuarded starts a shop as it is served, and keeps its log.
func newGuarded(t *testing.T) (*shoptest.Shop, *shoptest.Journal) {
	t.Helper()
	log := &shoptest.Journal{}
	return shoptest.NewLogged(t, newLogger("json", slog.LevelInfo, log), withInspector), log
}

// panicking starts a further server, whose handlers panic as soon as they ask
// for a product or an order.
func panicking(t *testing.T, s *shoptest.Shop, log *slog.Logger) *shoptest.Shop {
	t.Helper()
	return s.Again(t, log, func(o *shoptest.Settings) { o.Broken = true })
}

// tearing starts a further server, whose page name fails halfway.
func tearing(t *testing.T, s *shoptest.Shop, log *slog.Logger, name string) *shoptest.Shop {
	t.Helper()
	return s.Again(t, log, func(o *shoptest.Settings) { o.Files = withTorn(t, name) })
}

// withTorn returns the files of the shop with a page that fails halfway for
// every request.
func withTorn(t testing.TB, name string) fs.FS {
	t.Helper()
	files, torn := make(fstest.MapFS), "html/pages/"+name+".html"
	err := fs.WalkDir(ui.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(ui.Files, path)
		if path == torn {
			data = bytes.Replace(data, []byte(`{{define "main" -}}`), []byte(`{{define "main" -}}{{if .Path}}<p>half a page</p>{{.NoSuchField}}{{end}}`), 1)
			data = bytes.Replace(data, []byte(`{{define "shelf" -}}`), []byte(`{{define "shelf" -}}<p>half a page</p>{{.NoSuchField}}`), 1)
		}
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// plant stores a session behind the shop's back and returns its Cookie header.
func plant(t *testing.T, s *shoptest.Shop, token, data string) (cookie string) {
	t.Helper()
	s.Exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", shoptest.HashOf(token), []byte(data), s.Tomorrow())
	return s.Sessions.CookieName() + "=" + token
}

// watch returns a function that tells whether anything was committed to the database
// since. PRAGMA data_version also tells of a log that is emptied after a quiet while.
func watch(t *testing.T, s *shoptest.Shop) (changed func() bool) {
	t.Helper()
	shoptest.AboutSQLite(t)
	commits := func() uint64 {
		groups := s.Store.SQLite().Groups()
		return groups.Groups + groups.TxCommits
	}
	before := commits()
	return func() bool { return commits() != before }
}

// stopWrites makes every write fail, as on a file system that went read-only.
func stopWrites(t *testing.T, s *shoptest.Shop) (resume func()) {
	t.Helper()
	s.Exec(t, "PRAGMA query_only = 1")
	return func() { s.Exec(t, "PRAGMA query_only = 0") }
}
