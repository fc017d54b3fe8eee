package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// params are the cost of a hash: memory in KiB, passes, threads.
type params struct {
	memory, passes uint32
	threads        uint8
}

// current is what OWASP's Password Storage Cheat Sheet asks for at least. A hash that
// cost less is made again at the next sign-in.
var current = params{memory: 19 << 10, passes: 2, threads: 1}

// most is what a stored hash may cost: one that was edited must not take all memory.
var most = params{memory: 256 << 10, passes: 16, threads: 16}

const (
	saltBytes = 16
	keyBytes  = 32
	// hashWait is how long a password waits for its turn: there are few at once.
	hashWait = 5 * time.Second
)

// unknown is the hash that the password for an email without an account is compared
// with: that takes as long. No password has it.
var unknown = current.encode(make([]byte, saltBytes), make([]byte, keyBytes))

// hash returns the hash of a password in PHC's string format, or ErrBusy.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails
	key, err := a.key(ctx, password, salt, keyBytes, current)
	return current.encode(salt, key), err
}

// matches reports whether a hash is that of a password, and whether it cost less than
// it should. A hash that cannot be read is that of none. The error is ErrBusy.
func (a *Accounts) matches(ctx context.Context, hash, password string) (ok, cheap bool, err error) {
	p, salt, want, err := decodeHash(hash)
	if err != nil {
		a.log.Error("hash of a password unreadable", "error", err)
		p, salt, want, _ = decodeHash(unknown)
	}
	got, err := a.key(ctx, password, salt, uint32(len(want)), p)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, p != current, err
}

// key derives a key, at most GOMAXPROCS at once.
func (a *Accounts) key(ctx context.Context, password string, salt []byte, n uint32, p params) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-ctx.Done():
		return nil, ErrBusy
	}
	return argon2.IDKey([]byte(normal(password)), salt, p.passes, p.memory, p.threads, n), nil
}

// encode returns https://github.com/P-H-C/phc-string-format.
func (p params) encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.threads, b64(salt), b64(key))
}

func decodeHash(hash string) (p params, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, fmt.Errorf("account: no hash of argon2id, version %d", argon2.Version)
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.threads); err != nil {
		return p, nil, nil, fmt.Errorf("account: parameters of a hash: %w", err)
	}
	if min(p.memory, p.passes, uint32(p.threads)) < 1 || p.memory > most.memory || p.passes > most.passes || p.threads > most.threads {
		return p, nil, nil, fmt.Errorf("account: parameters of a hash: %+v", p)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, nil, nil, fmt.Errorf("account: salt of a hash: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) < saltBytes || len(key) > 2*keyBytes {
		return p, nil, nil, fmt.Errorf("account: key of a hash: %d bytes: %w", len(key), err)
	}
	return p, salt, key, nil
}
