package shop

import "trolley/session"

// addSessionMetrics adds what the session manager counts.
func (app *Shop) addSessionMetrics() {
	for name, of := range map[string]struct {
		help  string
		value func(session.Stats) int64
	}{
		"loads":      {"Sessions looked up, in memory or in the table.", func(s session.Stats) int64 { return s.Loads }},
		"kept":       {"Sessions looked up that were in memory: no row was read.", func(s session.Stats) int64 { return s.Cached }},
		"commits":    {"Sessions written with new data.", func(s session.Stats) int64 { return s.Commits }},
		"touches":    {"Sessions whose expiry alone was written.", func(s session.Stats) int64 { return s.Touches }},
		"conflicts":  {"Handlers that ran again because another request was first.", func(s session.Stats) int64 { return s.Conflicts }},
		"unreadable": {"Rows and values that could not be decoded.", func(s session.Stats) int64 { return s.Unreadable }},
		"created":    {"Sessions begun.", func(s session.Stats) int64 { return s.Created }},
		"renewed":    {"Sessions given a new token.", func(s session.Stats) int64 { return s.Renewed }},
		"destroyed":  {"Sessions ended by their visitor.", func(s session.Stats) int64 { return s.Destroyed }},
		"revoked":    {"Sessions ended by an operator.", func(s session.Stats) int64 { return s.Revoked }},
		"expired":    {"Expired rows removed.", func(s session.Stats) int64 { return s.Expired }},
	} {
		app.Metrics.Counter("sessions_"+name, of.help, func() int64 { return of.value(app.sessions.Stats()) })
	}
}
