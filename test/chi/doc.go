// Package chi tests that the routers of others take session.Manager.Handler as their
// middleware, chi for one.
package chi
