package shop

import "trolley/session"

// SessionCookie returns what the session's cookie looks like, for session.Options.
// Programs on one host share their cookies, and many have one called "session", as this
// one had: a visitor who still brings that gets the new one.
func SessionCookie() session.Cookie {
	return session.Cookie{Name: "trolley_session", FormerName: "session"}
}
