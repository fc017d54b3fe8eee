package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"trolley/internal/query"
)

// SecretLife is how long a secret of the inspector lets a browser in.
const SecretLife = 30 * 24 * time.Hour

// NewSecret returns a secret that lets a browser into the inspector of every node. The
// database keeps its hash. It returns the database's error.
func (s *Store) NewSecret(ctx context.Context) (string, error) {
	const forget = `DELETE FROM inspector_secrets WHERE expires_at <= $1`
	if _, err := s.write.ExecContext(ctx, forget, s.now().UnixMilli()); err != nil {
		return "", fmt.Errorf("store: old secrets: %w", err)
	}
	secret := rand.Text()
	if err := s.keepSecret(ctx, hashOf(secret), s.now().Add(SecretLife)); err != nil {
		return "", fmt.Errorf("store: new secret: %w", err)
	}
	return secret, nil
}

// IsSecret reports whether a secret lets a browser in. It returns the database's error.
func (s *Store) IsSecret(ctx context.Context, secret string) (bool, error) {
	const count = `SELECT COUNT(*) FROM inspector_secrets WHERE hash = $1 AND expires_at > $2`
	n, err := query.One(ctx, s.read, query.Int, count, hashOf(secret), s.now().UnixMilli())
	return n > 0, query.Wrap(err, "store: secret")
}

// CheckWrite writes a row, and returns the database's error if that was not possible. A
// transaction that is rolled back would not meet a full disk.
func (s *Store) CheckWrite(ctx context.Context) error {
	return query.Wrap(s.keepSecret(ctx, "readyz", s.now()), "store: check write")
}

func (s *Store) keepSecret(ctx context.Context, hash string, until time.Time) error {
	const keep = `
INSERT INTO inspector_secrets (hash, expires_at) VALUES ($1, $2)
ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at`
	_, err := s.write.ExecContext(ctx, keep, hash, until.UnixMilli())
	return err
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
