package main

import (
	"cmp"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"trolley/internal/fresh"
	"trolley/internal/store"
	"trolley/session"
)

// options are the settings of the shop's pages.
type options struct {
	// BaseURL is where the shop is on the web, without a slash at the end. It
	// is used for canonical links; empty leaves them out.
	BaseURL string
	// Database is the path or URL of the database, as it was given. The session
	// page shows a command that opens it, without directories or passwords.
	Database string
	// Started is when the process started: the session page shows that a
	// session is older.
	Started time.Time
	// CatalogueAge is how old what pages say of a product may be. Default
	// catalogueAge.
	CatalogueAge time.Duration
	// Uninspected has nobody observe the sessions: there is no ops listener.
	Uninspected bool
	// Sessions are the options of the session manager. newApplication fills in
	// Engine, Reader, Cache, Log, Error and Observe.
	Sessions session.Options
}

// application holds every dependency of the handlers.
type application struct {
	options
	store     *store.Store
	showcase  *showcase
	lines     *fresh.Cache[lineKey, template.HTML]
	sitemaps  *fresh.Cache[struct{}, []byte]
	sessions  *session.Manager
	log       *slog.Logger
	static    *staticFiles
	templates *templates
	money     moneyFormat
	failure   []byte // the page of status 500, rendered at start
	metrics   *metrics
	inspector *inspector
	ready     atomic.Bool // it serves, and is not stopping
}

// newApplication prepares the shop on an open store: it reads and hashes the
// static files, parses every template and renders the page of status 500, so
// that a mistake in one of them ends the program before it serves anybody.
// files holds html/ and static/. The caller runs app.sessions and closes the store.
func newApplication(o options, s *store.Store, files fs.FS, log *slog.Logger) (*application, error) {
	app := &application{options: o, store: s, log: log, money: newMoneyFormat()}
	app.lines = newLines()
	app.sitemaps = fresh.New[struct{}, []byte](sitemapAge, 1)
	app.showcase = newShowcase(s, cmp.Or(o.CatalogueAge, catalogueAge))
	var err error
	if app.static, err = newStaticFiles(files); err != nil {
		return nil, err
	}
	if app.templates, err = newTemplates(files, app.functions()); err != nil {
		return nil, err
	}
	if app.failure, err = app.renderFailure(); err != nil {
		return nil, err
	}
	app.inspector = newInspector(s)
	o.Sessions.Engine, o.Sessions.Log, o.Sessions.Error = sessionEngine(s.Engine()), log, app.refuse
	o.Sessions.Reader = s.Read()
	if cache := s.SessionCache(); cache != nil {
		o.Sessions.Cache = cache
	}
	if !o.Uninspected {
		o.Sessions.Observe = app.inspector.observe
	}
	if app.sessions, err = session.New(s.Write(), o.Sessions); err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	app.metrics = newMetrics(app.sessions)
	app.addInspected()
	return app, nil
}
