package sqlite

import (
	"hash/maphash"
	"sync"
)

// SessionCache keeps sessions in memory. It implements session.Cache on the versions
// of rows, so a cached session is exactly what its row holds.
type SessionCache struct {
	version func(token string) (version uint64, ok bool)
	seed    maphash.Seed
	shards  [sessionShards]sessionShard
}

// sessionShard is a part of the cache with a lock of its own.
type sessionShard struct {
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

const (
	sessionShards = 64
	// sessionBytes bounds the cache: some tens of thousands of carts.
	sessionBytes = 64 << 20
)

// SessionCache returns a new cache for session.Options.Cache.
func (db *DB) SessionCache() *SessionCache { return newSessionCache(db.versions.version) }

func newSessionCache(version func(string) (uint64, bool)) *SessionCache {
	c := &SessionCache{version: version, seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].cached = make(map[string]cachedSession)
	}
	return c
}

// Load implements session.Cache. It takes the version before it reads, so that a
// change in between makes the cached session look old.
func (c *SessionCache) Load(token string, read func() (any, int, error)) (v any, exact bool, err error) {
	version, known := c.version(token)
	if known {
		if found, ok := c.shard(token).get(token); ok && found.version == version {
			return found.v, true, nil
		}
	}
	v, bytes, err := read()
	if err == nil && known && bytes > 0 {
		c.shard(token).put(token, cachedSession{v, bytes, version})
	}
	return v, true, err
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
		c.shard(token).put(token, cachedSession{v, bytes, version})
	}
	return nil
}

func (c *SessionCache) shard(token string) *sessionShard {
	return &c.shards[maphash.String(c.seed, token)%sessionShards]
}

func (s *sessionShard) get(token string) (cachedSession, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, ok := s.cached[token]
	return found, ok
}

// put makes room by dropping others, whichever the map gives first: they are in the
// table.
func (s *sessionShard) put(token string, v cachedSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += v.bytes - s.cached[token].bytes
	s.cached[token] = v
	for other, dropped := range s.cached {
		if s.bytes <= sessionBytes/sessionShards {
			return
		}
		if other != token {
			delete(s.cached, other)
			s.bytes -= dropped.bytes
		}
	}
}
