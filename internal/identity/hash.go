package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
)

// hasher hashes passwords, a few at a time: each takes 19 MiB while it lasts.
type hasher struct {
	params argon2id.Params
	places chan struct{}
	// dummy is compared with where there is no such person, so that the answer
	// takes as long as if there were. It fits no password.
	dummy string
}

const (
	hashingsAtOnce = 2
	hashingWait    = 5 * time.Second // for a place
)

// newHasher hashes as OWASP recommends for argon2id: 19 MiB, two passes.
func newHasher() *hasher {
	params := argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return &hasher{params: params, places: make(chan struct{}, hashingsAtOnce), dummy: dummyHash(params)}
}

// dummyHash is a hash of the right form whose key nobody knows a password for.
func dummyHash(p argon2id.Params) string {
	const salt, key = "dXBoZWxkIGhhcyBub3Blcg", "bm9ib2R5IGtub3dzIGEgcGFzc3dvcmQgZm9yIHRoaXM"
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, salt, key)
}

// enter waits for a place, and returns how to leave it. ErrBusy: there was none
// for a while.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	timeout := time.NewTimer(hashingWait)
	defer timeout.Stop()
	select {
	case h.places <- struct{}{}:
		return func() { <-h.places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timeout.C:
		return nil, ErrBusy
	}
}

// hash makes the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return argon2id.CreateHash(password, &h.params)
}

// check compares a password with a hash; empty: with the one that fits none.
// stale tells that the hash was made with other parameters than are used now.
func (h *hasher) check(ctx context.Context, password, hash string) (fits, stale bool, err error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	if hash == "" {
		hash = h.dummy
	}
	fits, params, err := argon2id.CheckHash(password, hash)
	if err != nil {
		return false, false, fmt.Errorf("the stored password cannot be read; set a new one: %w", err)
	}
	return fits && hash != h.dummy, *params != h.params, nil
}
