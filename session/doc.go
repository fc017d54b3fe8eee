// Package session is the session manager of [github.com/alexedwards/scs/v2]
// made safe for values that must not be lost, such as a shopping cart.
//
// Stock scs loads a whole session, lets the handler change it, and writes the
// whole session back: of several requests at once the last one wins, and a
// request in flight revives a session that was destroyed meanwhile. This
// package keeps scs for what it does well (tokens, cookies, the life of a
// session) and replaces its LoadAndSave by [Manager.Handler]:
//
//   - The body is read first, so that a slow sender holds no stale copy.
//   - Unsafe requests of one session take turns within the process.
//   - The handler runs against a buffered response. The session is committed
//     before the first byte leaves, and only if its row still holds the very
//     bytes that were loaded (compare-and-swap). If it does not, another
//     request came first: the response is discarded and the handler runs again.
//   - A token that has ended is never written again. Only a sign-in ([Login]) moves
//     the absolute deadline.
//
// Values are JSON, read and written through typed keys ([Key]); the table
// holds only the SHA-256 of the token. [Manager.ReadOnly] is for streams, uploads
// and downloads. README.md has the twenty lines that put the package into a
// program.
package session
