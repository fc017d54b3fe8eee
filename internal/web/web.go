// Package web is what the shop and the inspector share: templates, static files,
// error pages, headers, and the log and the metrics of requests. It knows neither
// the store nor sessions.
package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"sync/atomic"
)

// Options are the settings that both sites share.
type Options struct {
	// BaseURL is where the shop is on the web, without a slash at the end. It
	// is used for canonical links; empty leaves them out.
	BaseURL string
	// Notice is what the shop says of delivery, tax and returns; empty for nothing.
	Notice string
	// Log gets a line for each request, and the cause of each error page.
	Log *slog.Logger
	// AccessLog has the line for each request at level info rather than debug.
	AccessLog bool
	// TrustedProxies are the networks of the reverse proxies.
	TrustedProxies []netip.Prefix
	// HSTSSubdomains has HSTS cover the subdomains of the shop's host as well.
	HSTSSubdomains bool
	// Problem says what people are told of an error. It never returns nil.
	Problem func(error) *Problem
}

// Site is what the pages of the shop and of the inspector stand on: templates,
// static files, error pages, and what is logged and counted of each request.
type Site struct {
	Options
	Proxies
	Static    *staticFiles
	templates templates
	memo      memo
	failure   []byte // the page of status 500
	Metrics   *metrics
	Draining  atomic.Bool // the program stops soon: proxies are to go elsewhere
	readiness atomic.Pointer[Readiness]
}

// New reads and hashes the static files, parses every template and renders
// the page of status 500, so that a mistake in one of them ends the program
// before it serves anybody. files holds html/ and static/.
func New(files fs.FS, o Options) (*Site, error) {
	s := &Site{Options: o, Proxies: Proxies{Trusted: o.TrustedProxies}, Metrics: newMetrics()}
	s.SetReadiness(Unready("starting"))
	var err error
	if s.Static, err = newStaticFiles(files); err != nil {
		return nil, err
	}
	if s.templates, err = newTemplates(files, s.functions()); err != nil {
		return nil, err
	}
	var failure bytes.Buffer
	page := newErrorPage(Internal(), Page{Head: Head{Theme: ThemeAuto}}, idPlaceholder, nil)
	if err := s.render(&failure, "error", page); err != nil {
		return nil, fmt.Errorf("the page of status 500: %w", err)
	}
	s.failure = failure.Bytes()
	return s, nil
}
