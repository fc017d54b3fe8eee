//go:build stock

package session

import (
	"context"
	"net/http"

	"github.com/alexedwards/scs/v2"
)

// StockHandler serves next as stock scs does, with LoadAndSave on the given
// store and without any of this package's promises, while typed keys work as
// ever. It exists to be measured against Handler and is built with the tag
// "stock" only.
func (m *Manager) StockHandler(store scs.Store, next http.Handler) http.Handler {
	m.scs.Store = store
	return m.scs.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), contextKey{}, &request{m: m})
		next.ServeHTTP(w, r.WithContext(ctx))
	}))
}
