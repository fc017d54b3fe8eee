package account

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
)

// current is what OWASP's Password Storage Cheat Sheet asks for at least, with memory in
// KiB. A hash that cost less is made again at the next sign-in.
var current = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// most is what a stored hash may cost: one that was edited must not take all memory.
var most = argon2id.Params{Memory: 256 << 10, Iterations: 16, Parallelism: 16, KeyLength: 64}

// hashWait is how long a password waits for its turn: there are few at once.
const hashWait = 5 * time.Second

// unknown is the hash that the password for an email without an account is compared
// with: that takes as long. No password has it.
const unknown = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// hash returns the hash of a password in PHC's string format, or ErrBusy.
func (a *Accounts) hash(ctx context.Context, password string) (hash string, err error) {
	err = a.inTurn(ctx, func() error {
		hash, err = argon2id.CreateHash(normal(password), &current)
		return err
	})
	return hash, err
}

// matches reports whether a hash is that of a password, and whether it cost less than
// it should. A hash that cannot be read is that of none. The error is ErrBusy.
func (a *Accounts) matches(ctx context.Context, hash, password string) (ok, cheap bool, err error) {
	if err := checkHash(hash); err != nil {
		a.log.Error("hash of a password unreadable", "error", err)
		hash = unknown
	}
	err = a.inTurn(ctx, func() error {
		var cost *argon2id.Params
		if ok, cost, err = argon2id.CheckHash(normal(password), hash); err == nil {
			cheap = *cost != current
		}
		return err
	})
	return ok, cheap, err
}

// inTurn calls f, which hashes: at most GOMAXPROCS at once.
func (a *Accounts) inTurn(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
		return f()
	case <-ctx.Done():
		return ErrBusy
	}
}

// checkHash returns an error for a hash that is none, or that costs nothing or too much.
func checkHash(hash string) error {
	p, _, _, err := argon2id.DecodeHash(hash)
	switch {
	case err != nil:
		return fmt.Errorf("account: hash: %w", err)
	case min(p.Memory, p.Iterations, uint32(p.Parallelism)) < 1 || p.KeyLength < current.SaltLength ||
		p.Memory > most.Memory || p.Iterations > most.Iterations || p.Parallelism > most.Parallelism || p.KeyLength > most.KeyLength:
		return fmt.Errorf("account: parameters of a hash: %+v", *p)
	}
	return nil
}
