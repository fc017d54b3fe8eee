package session

// Cache keeps stored sessions in memory. Its two methods bracket the reading and the
// writing of a row, so that it can take the row's version before: what is kept is
// never older than its version says. token is the row's token column. v belongs to
// the package, does not change, and takes about the given bytes; 0 bytes mean that
// there is nothing to keep.
type Cache interface {
	// Load returns what it keeps for token. If it keeps nothing, or something else than
	// the row holds, it returns what read returns. exact is false if v is remembered
	// without proof: the row may have changed.
	Load(token string, read func() (v any, bytes int, err error)) (v any, exact bool, err error)
	// Store calls write, which writes the row, and returns its error. It forgets what
	// it kept for token, or keeps v.
	Store(token string, write func() (v any, bytes int, err error)) error
}

// Uncached is the Cache that keeps nothing.
type Uncached struct{}

// Load returns what read returns.
func (Uncached) Load(_ string, read func() (any, int, error)) (any, bool, error) {
	v, _, err := read()
	return v, true, err
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
