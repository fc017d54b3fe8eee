// Package session is the session manager of [github.com/alexedwards/scs/v2]
// made safe for values that must not be lost, such as a shopping cart.
//
// Stock scs loads a whole session, lets the handler change it, and writes the
// whole session back: of several requests at once the last one wins, and a
// request in flight brings a session back that was destroyed meanwhile. This
// package keeps scs for what it does well (tokens, cookies, the life of a
// session) and replaces its LoadAndSave by [Manager.Handler]:
//
//   - The body is read first, so that a slow sender holds no stale copy.
//   - Unsafe requests of one session take turns within the process.
//   - The handler runs against a buffered response. The session is committed
//     before the first byte leaves, and only where its row still holds the very
//     bytes that were loaded. Where it does not, another request got there
//     first: the response is thrown away and the handler runs again.
//   - A token that has gone is never written again, and renewal keeps the
//     absolute deadline.
//
// Values are JSON, read and written through typed keys ([Key]); the table
// holds only the SHA-256 of the token. README.md has the twenty lines that put
// the package into another program.
package session
