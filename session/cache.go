package session

// Cache keeps stored sessions in memory. Its two methods bracket the reading and the
// writing of a row, so that it can take the row's version first: a cached value is
// never older than its version. token is the row's token column. v belongs to the
// package, does not change, and takes about the given bytes; with 0 bytes there is
// nothing to cache.
type Cache interface {
	// Load returns the cached value of token, if the row is known to be the same. Else it
	// returns what read returns.
	Load(token string, read func() (v any, bytes int, err error)) (v any, err error)
	// Store calls write, which writes the row, and returns its error. It drops the
	// cached value of token, or replaces it by v.
	Store(token string, write func() (v any, bytes int, err error)) error
}

// Uncached is a Cache that caches nothing.
type Uncached struct{}

// Load returns what read returns.
func (Uncached) Load(_ string, read func() (any, int, error)) (any, error) {
	v, _, err := read()
	return v, err
}

// Store returns the error of write.
func (Uncached) Store(_ string, write func() (any, int, error)) error {
	_, _, err := write()
	return err
}

// bytes returns about what r takes in memory: the data as a row, as values, and as
// what they decode to, with what slices and headers add.
func (r *record) bytes() int {
	const overhead, valueOverhead = 1 << 10, 128
	return overhead + 8*len(r.data) + valueOverhead*len(r.values)
}
