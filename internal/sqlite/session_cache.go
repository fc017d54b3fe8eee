package sqlite

import "sync"

// SessionCache keeps sessions in memory. It implements session.Cache on the versions
// of rows, so a cached session is exactly what its row holds.
type SessionCache struct {
	version func(token string) (version uint64, ok bool)

	mu     sync.RWMutex
	cached map[string]cachedSession // by token
	bytes  int
}

// cachedSession is a session and the version of the row that it was read from.
type cachedSession struct {
	v       any
	bytes   int
	version uint64
}

// sessionBytes bounds the cache: some tens of thousands of carts.
const sessionBytes = 64 << 20

// SessionCache returns a new cache for session.Options.Cache.
func (db *DB) SessionCache() *SessionCache { return newSessionCache(db.versions.version) }

func newSessionCache(version func(string) (uint64, bool)) *SessionCache {
	return &SessionCache{version: version, cached: make(map[string]cachedSession)}
}

// Load implements session.Cache. It takes the version before it reads, so that a
// change in between makes the cached session look old.
func (c *SessionCache) Load(token string, read func() (any, int, error)) (v any, err error) {
	version, known := c.version(token)
	if known {
		if found, ok := c.get(token); ok && found.version == version {
			return found.v, nil
		}
	}
	v, bytes, err := read()
	if err == nil && known && bytes > 0 {
		c.put(token, cachedSession{v, bytes, version})
	}
	return v, err
}

// Store implements session.Cache. It caches what was written, unless the row changed
// once more meanwhile.
func (c *SessionCache) Store(token string, write func() (any, int, error)) error {
	before, known := c.version(token)
	v, bytes, err := write()
	if err != nil || !known || bytes == 0 {
		return err
	}
	if version, ok := c.version(token); ok && version == before+1 {
		c.put(token, cachedSession{v, bytes, version})
	}
	return nil
}

func (c *SessionCache) get(token string) (cachedSession, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found, ok := c.cached[token]
	return found, ok
}

// put makes room by dropping others, whichever the map gives first: they are in the
// table.
func (c *SessionCache) put(token string, v cachedSession) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes += v.bytes - c.cached[token].bytes
	c.cached[token] = v
	for other, dropped := range c.cached {
		if c.bytes <= sessionBytes {
			return
		}
		if other != token {
			delete(c.cached, other)
			c.bytes -= dropped.bytes
		}
	}
}
