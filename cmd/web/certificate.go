package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is the pair of -tls-cert and -tls-key. A renewed one is served from the
// next handshake on.
type certificate struct {
	cert, key string // files
	log       *slog.Logger

	mu       sync.Mutex
	pair     *tls.Certificate
	modified [2]time.Time // of the files that were read last
}

// loadCertificate returns nil where no files are named.
func loadCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	if cert == "" {
		return nil, nil
	}
	c := &certificate{cert: cert, key: key, log: log, modified: modified(cert, key)}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("-tls-cert and -tls-key: %w", err)
	}
	c.pair = &pair
	return c, nil
}

// get is a tls.Config.GetCertificate. A pair that does not fit keeps the old one.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := modified(c.cert, c.key)
	if now == c.modified {
		return c.pair, nil
	}
	c.modified = now
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		c.log.Warn("certificate not renewed", "error", err)
		return c.pair, nil
	}
	c.log.Info("certificate renewed", "until", pair.Leaf.NotAfter)
	c.pair = &pair
	return c.pair, nil
}

// modified returns when the files changed; no time for one that is not there.
func modified(files ...string) (at [2]time.Time) {
	for i, name := range files {
		if info, err := os.Stat(name); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}
