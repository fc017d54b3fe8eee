// Package shop is the public site: catalogue, cart, checkout, orders and the page
// about the session. One file a page.
package shop

import (
	"cmp"
	"iter"
	"net/http"
	"time"

	"trolley/internal/account"
	"trolley/internal/store"
	"trolley/internal/ttlcache"
	"trolley/internal/web"
	"trolley/session"
)

// Options are the settings of the shop's pages.
type Options struct {
	// Database is the path or URL of the database, as it was given. The session
	// page shows a command that opens it, without directories or passwords.
	Database string
	// Started is when the process started: the session page shows that a
	// session is older.
	Started time.Time
	// CatalogueAge is how old what pages say of a product may be. Default
	// catalogueAge.
	CatalogueAge time.Duration
	// History returns the last changes of a session by its hash, the newest first: when,
	// and what it was. nil: they are not known.
	History func(hash string) iter.Seq2[time.Time, string]
	// Secure says that browsers reach the shop over HTTPS.
	Secure bool
	// Accounts are those of the shop.
	Accounts *account.Accounts
	// WithSession gives a handler the session of each request. The default is
	// Handler of the session manager.
	WithSession func(http.Handler) http.Handler
}

// Shop holds every dependency of the shop's handlers.
type Shop struct {
	*web.Site
	Options
	store    *store.Store
	cache    catalogueCache
	sitemaps *ttlcache.Cache[struct{}, []byte]
	sessions *session.Manager
	orders   *web.Limit // 3 at once for a client, and then one a minute
}

// New prepares the shop on an open store. The caller runs sessions.
func New(o Options, site *web.Site, s *store.Store, sessions *session.Manager) *Shop {
	if o.WithSession == nil {
		o.WithSession = sessions.Handler
	}
	app := &Shop{Site: site, Options: o, store: s, sessions: sessions, orders: web.NewLimit(time.Minute, 3)}
	app.sitemaps = ttlcache.New(sitemapAge, 1, app.renderSitemap)
	app.cache = newCatalogueCache(s, cmp.Or(o.CatalogueAge, catalogueAge))
	app.addSessionMetrics()
	return app
}

// Handler is the whole of the public server, from the outside in.
func (app *Shop) Handler() http.Handler {
	return app.Public(app.SameOrigin(app.routes()), app.Secure)
}
