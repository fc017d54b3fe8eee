package shop

import (
	"net/http"
	"net/url"
	"strings"

	"trolley/internal/web"
)

// routes returns every route of the shop. Static files, the health check and what
// is for crawlers never touch the session; pages run inside it.
func (app *Shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", app.Healthz)
	mux.Handle("GET /static/{name...}", app.WithoutSession(app.ServeStatic))
	mux.Handle("GET /favicon.ico", http.RedirectHandler(app.Static.Urls["icon-32.png"], http.StatusFound))
	mux.Handle("GET /robots.txt", app.WithoutSession(app.robots))
	mux.Handle("GET /sitemap.xml", app.WithoutSession(app.sitemap))

	for pattern, h := range map[string]web.Handler{
		"GET /{$}":            app.catalogue,
		"GET /products/{sku}": app.product,

		"GET /cart":              app.cart,
		"POST /cart/items":       form(app.addToCart, "sku", "quantity"),
		"POST /cart/items/{sku}": form(app.setInCart, "quantity"),
		"POST /cart/clear":       form(app.clearCart),
		"POST /cart/undo":        form(app.undoInCart),

		"GET /checkout":        app.checkout,
		"POST /checkout":       form(app.placeOrder, "name", "email", "address", "postcode", "town", "country", "cart", "shown"),
		"GET /orders":          app.ordersOf,
		"GET /orders/{number}": app.order,

		"GET /account":              member(app.account),
		"GET /account/new":          app.access(newForm),
		"POST /account/new":         form(app.signUp, "email", "password", "remember"),
		"GET /account/login":        app.access(loginForm),
		"POST /account/login":       form(app.login, "email", "password", "remember"),
		"POST /account/logout":      form(app.logout),
		"GET /account/confirm":      member(app.access(confirmForm)),
		"POST /account/confirm":     member(form(app.confirm, "email", "password", "for")),
		"GET /account/password":     confirmed(app.access(passwordForm)),
		"POST /account/password":    confirmed(form(app.changePassword, "email", "password")),
		"GET /account/devices":      confirmed(app.devices),
		"POST /account/devices/end": confirmed(form(app.endDevices, "which")),
		"GET /account/export":       confirmed(app.export),
		"GET /account/erase":        confirmed(app.askErase),
		"POST /account/erase":       confirmed(form(app.erase)),
		"POST /cart/merged":         form(app.settleMerged, "undo"),

		"GET /session":                      app.session,
		"POST /session/values":              form(app.setValue, "key", "value"),
		"POST /session/values/{key}/remove": form(app.removeValue),
		"POST /session/viewed":              form(app.viewProduct, "sku"),
		"POST /session/remember":            form(app.remember, "remember"),
		"POST /session/renew":               form(app.renew),
		"POST /session/destroy":             form(app.destroy),
	} {
		mux.Handle(pattern, app.withSession(h))
	}
	return app.orElse(mux)
}

// form returns h for requests that carry a form with the known fields.
func form(h func(http.ResponseWriter, *http.Request, url.Values) error, known ...string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := parseForm(r, known)
		if err != nil {
			return err
		}
		return h(w, r, f)
	}
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

// orElse serves what mux knows, and our own page for what it does not: the
// mux alone decides between 404 and 405, and what Allow says.
func (app *Shop) orElse(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		found := headerRecorder{header: make(http.Header)}
		if pattern == "" {
			h.ServeHTTP(&found, r)
		}
		if found.status < http.StatusBadRequest {
			mux.ServeHTTP(w, r)
			return
		}
		p := web.NotFound("page")
		if found.status == http.StatusMethodNotAllowed {
			p = web.NotAllowed(r.Method, found.header.Get("Allow"))
		}
		if hasNoSession(r.URL.Path) {
			app.Refuse(w, r, p)
			return
		}
		// So that the page keeps its cart and its theme.
		app.withSession(func(http.ResponseWriter, *http.Request) error { return p }).ServeHTTP(w, r)
	})
}

// hasNoSession reports a path that has no session, whatever its answer is.
func hasNoSession(path string) bool {
	switch path {
	case "/healthz", "/favicon.ico", "/robots.txt", "/sitemap.xml":
		return true
	}
	return strings.HasPrefix(path, "/static/")
}

// headerRecorder is a response of which only the status and the header matter.
type headerRecorder struct {
	status int
	header http.Header
}

func (v *headerRecorder) Header() http.Header         { return v.header }
func (v *headerRecorder) WriteHeader(status int)      { v.status = status }
func (v *headerRecorder) Write(b []byte) (int, error) { return len(b), nil }
