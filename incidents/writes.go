package incidents

import (
	"context"
	"errors"
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

// keeper is where what people decide becomes true.
type keeper interface {
	OnceResult(ctx context.Context, key string) (uptime.Once, error)
	Apply(ctx context.Context, changes uptime.Changes) error
}

// writer carries decisions about one kind of thing out.
type writer[T any] struct {
	ledger  keeper
	id      func(T) string
	read    func(ctx context.Context, id string) (T, error)
	applied func(uptime.Changes) // may be nil
}

// run decides and writes until nobody else was first, or, under a key that was
// used, answers what came of it.
func (w writer[T]) run(ctx context.Context, once *uptime.Once, decide func(context.Context) (uptime.Changes, T, error)) (T, error) {
	var none T
	if once != nil {
		if thing, err := w.repeated(ctx, once); !errors.Is(err, errFirst) {
			return thing, err
		}
	}
	var lost error
	for range attempts {
		changes, thing, err := decide(ctx)
		if err != nil {
			return none, err
		}
		if once != nil {
			key := *once
			key.Result = w.id(thing)
			changes.Once = &key
		}
		if changes.Empty() {
			return thing, nil
		}
		switch err := w.ledger.Apply(ctx, changes); {
		case err == nil:
			if w.applied != nil {
				w.applied(changes)
			}
			return thing, nil
		case errors.Is(err, uptime.ErrRepeated): // by the same client, at the same time
			return w.repeated(ctx, once)
		case !errors.Is(err, uptime.ErrConflict):
			return none, err
		default:
			lost = err
		}
	}
	return none, fmt.Errorf("somebody else was first %d times, try again: %w", attempts, lost)
}

// errFirst says that nothing was done under a key yet.
var errFirst = errors.New("not done yet")

// repeated is what was made or changed under a key. It tells the caller so by the
// key's result.
func (w writer[T]) repeated(ctx context.Context, once *uptime.Once) (T, error) {
	var none T
	done, err := w.ledger.OnceResult(ctx, once.Key)
	switch {
	case errors.Is(err, uptime.ErrNotFound):
		return none, errFirst
	case err != nil:
		return none, err
	case done.Digest != once.Digest:
		return none, fmt.Errorf("use a new key for a new request: %w", uptime.ErrKeyReused)
	}
	once.Result = done.Result
	return w.read(ctx, done.Result)
}
