package session

import (
	"hash/maphash"
	"maps"
	"sync"
	"time"
)

// cache keeps sessions as they were read or written last, decoded, so that a
// page view need not ask the database for what has not changed. Options.Stamp
// tells whether it has, so a kept session is exactly as good as the row. The
// zero cache, of a Manager without Stamp, keeps nothing.
type cache struct {
	stamp  func(token string) (uint64, bool)
	seed   maphash.Seed
	shards []shard
}

// shard is a part of the cache with a lock of its own.
type shard struct {
	mu   sync.RWMutex
	kept map[string]*kept // by token
	size int              // of all of them, in bytes, roughly
}

// kept is a session in memory. It never changes.
type kept struct {
	row
	contents
	stamp uint64 // what Options.Stamp said of the row when it was so
}

// contents is what a row's data holds.
type contents struct {
	deadline time.Time
	values   map[string]any // shared: clone it
}

const (
	cacheShards = 64
	// cacheBytes bounds the cache: some tens of thousands of carts.
	cacheBytes = 64 << 20
)

func newCache(stamp func(string) (uint64, bool)) *cache {
	c := &cache{stamp: stamp, seed: maphash.MakeSeed()}
	if stamp == nil {
		return c
	}
	c.shards = make([]shard, cacheShards)
	for i := range c.shards {
		c.shards[i].kept = make(map[string]*kept)
	}
	return c
}

// get returns the session of token if it is kept and still as its row. Else
// it returns the stamp under which a row read from now on may be kept; ok is
// false where it may not.
func (c *cache) get(token string) (found *kept, stamp uint64, ok bool) {
	if c.stamp == nil {
		return nil, 0, false
	}
	if stamp, ok = c.stamp(token); !ok {
		return nil, 0, false
	}
	s := c.shard(token)
	s.mu.RLock()
	found = s.kept[token]
	s.mu.RUnlock()
	if found == nil || found.stamp != stamp {
		return nil, stamp, true
	}
	return found, stamp, true
}

// put keeps k. Where there is no room left, others of its shard go, whichever
// the map gives first: they are in the table.
func (c *cache) put(k *kept) {
	s := c.shard(k.token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.kept[k.token]; old != nil {
		s.size -= old.size()
	}
	s.kept[k.token] = k
	s.size += k.size()
	for token, other := range s.kept {
		if s.size <= cacheBytes/cacheShards {
			return
		}
		if other == k {
			continue
		}
		delete(s.kept, token)
		s.size -= other.size()
	}
}

// before returns the stamp under which a row is about to be written; ok is false
// where the row may not be kept, or is part of a transaction whose end is open.
func (c *cache) before(r *request, token string) (stamp uint64, ok bool) {
	if c.stamp == nil || r.tx != nil {
		return 0, false
	}
	return c.stamp(token)
}

// written keeps the row that was written, unless it changed once more since before.
func (c *cache) written(next row, holds contents, before uint64) {
	if stamp, ok := c.stamp(next.token); ok && stamp == before+1 {
		c.put(&kept{next, holds, stamp})
	}
}

func (c *cache) shard(token string) *shard {
	return &c.shards[maphash.String(c.seed, token)%cacheShards]
}

// size is about what k takes in memory, in bytes: the data twice, as it is and
// decoded, and what maps and headers add.
func (k *kept) size() int {
	const overhead = 1 << 10
	return overhead + 3*len(k.data)
}

// boundCodec is the codec of one run of a handler. scs knows a stored session as
// bytes only; this one notes what they decode to, and spares the decoding of a
// session that was kept.
type boundCodec struct {
	codec
	r *request
}

// Decode implements scs.Codec.
func (b boundCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	if b.r.contents.values == nil {
		deadline, values, err := b.codec.Decode(data)
		if err != nil {
			return deadline, values, err
		}
		b.r.contents = contents{deadline, values}
	}
	return b.r.contents.deadline, maps.Clone(b.r.contents.values), nil
}

// Encode implements scs.Codec.
func (b boundCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	b.r.contents = contents{deadline.UTC().Truncate(time.Second), maps.Clone(values)}
	return b.codec.Encode(deadline, values)
}
