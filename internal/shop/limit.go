package shop

import (
	"net/http"
	"time"

	"trolley/internal/web"
)

// LimitSessions returns a session.Options.Limit: 200 new sessions at once for a client,
// and then 20 a second, which no household reaches.
func LimitSessions(site *web.Site) func(*http.Request) time.Duration {
	limit := web.NewLimit(time.Second/20, 200)
	return func(r *http.Request) time.Duration {
		_, wait := limit.Take(site.Client(r))
		return wait
	}
}
