package shop

import (
	"net/http"
	"strings"

	"trolley/internal/web"
)

// routes returns every route of the shop. Static files, the health check and what
// is for crawlers never touch the session; pages run inside it.
func (app *Shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", app.Healthz)
	mux.Handle("GET /static/{name...}", app.WithoutSession(app.ServeStatic))
	mux.Handle("GET /favicon.ico", http.RedirectHandler(app.Static.URLs["icon-32.png"], http.StatusFound))
	mux.Handle("GET /robots.txt", app.WithoutSession(app.robots))
	mux.Handle("GET /sitemap.xml", app.WithoutSession(app.sitemap))

	for pattern, h := range map[string]web.Handler{
		"GET /{$}":            app.catalogue,
		"GET /products/{sku}": app.product,

		"GET /cart":              app.cart,
		"POST /cart/items":       web.Form(app.addToCart, "sku", "quantity"),
		"POST /cart/items/{sku}": web.Form(app.setInCart, "quantity"),
		"POST /cart/clear":       web.Form(app.clearCart),
		"POST /cart/undo":        web.Form(app.undoInCart),

		"GET /checkout":        app.checkout,
		"POST /checkout":       web.Form(app.placeOrder, "name", "email", "address", "postcode", "town", "country", "cart", "shown"),
		"GET /orders":          app.ordersOf,
		"GET /orders/{number}": app.order,

		"GET /account":              member(app.account),
		"GET /account/new":          app.access(newForm),
		"POST /account/new":         web.Form(app.signUp, "email", "password", "remember"),
		"GET /account/login":        app.access(loginForm),
		"POST /account/login":       web.Form(app.login, "email", "password", "remember"),
		"POST /account/logout":      web.Form(app.logout),
		"GET /account/confirm":      member(app.access(confirmForm)),
		"POST /account/confirm":     member(web.Form(app.confirm, "email", "password", "for")),
		"GET /account/password":     confirmed(app.access(passwordForm)),
		"POST /account/password":    confirmed(web.Form(app.changePassword, "email", "password")),
		"GET /account/devices":      confirmed(app.devices),
		"POST /account/devices/end": confirmed(web.Form(app.endDevices, "which")),
		"GET /account/export":       confirmed(app.export),
		"GET /account/erase":        confirmed(app.askErase),
		"POST /account/erase":       confirmed(web.Form(app.erase)),
		"POST /cart/merged":         web.Form(app.settleMerged, "undo"),

		"GET /session":                      app.session,
		"POST /session/values":              web.Form(app.setValue, "key", "value"),
		"POST /session/values/{key}/remove": web.Form(app.removeValue),
		"POST /session/viewed":              web.Form(app.viewProduct, "sku"),
		"POST /session/remember":            web.Form(app.remember, "remember"),
		"POST /session/renew":               web.Form(app.renew),
		"POST /session/destroy":             web.Form(app.destroy),
	} {
		mux.Handle(pattern, app.withSession(h))
	}
	return web.OrElse(mux, func(w http.ResponseWriter, r *http.Request, p *web.Problem) {
		if hasNoSession(r.URL.Path) {
			app.Refuse(w, r, p)
			return
		}
		// So that the page keeps its cart and its theme.
		app.withSession(func(http.ResponseWriter, *http.Request) error { return p }).ServeHTTP(w, r)
	})
}

// withSession runs a handler in the session of the request.
func (app *Shop) withSession(h web.Handler) http.Handler {
	return app.WithSession(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := app.Accounts.Attach(r.Context())
		if err == nil {
			if ctx != r.Context() {
				r = r.WithContext(ctx)
			}
			err = h(w, r)
		}
		if err != nil {
			app.fail(w, r, err)
		}
	}))
}

// hasNoSession reports a path that has no session, whatever its answer is.
func hasNoSession(path string) bool {
	switch path {
	case "/healthz", "/favicon.ico", "/robots.txt", "/sitemap.xml":
		return true
	}
	return strings.HasPrefix(path, "/static/")
}
