package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/upheld/upheld/internal/uptime"
)

// rolls is a list of subscribers in memory that keeps to the store's contract.
type rolls struct {
	mu      sync.Mutex
	all     []uptime.Subscriber // oldest first
	notices []uptime.Notice
	err     error // of everything
}

func (l *rolls) Apply(_ context.Context, c uptime.Changes) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, change := range c.Subscribers {
		i := slices.IndexFunc(l.all, func(s uptime.Subscriber) bool { return s.ID == change.Subscriber.ID })
		switch {
		case change.New != (i < 0), i >= 0 && change.Expect != "" && l.all[i].State != change.Expect:
			return fmt.Errorf("subscriber: %w", uptime.ErrConflict)
		case change.New:
			l.all = append(l.all, change.Subscriber)
		default:
			l.all[i] = change.Subscriber
		}
	}
	l.all = slices.DeleteFunc(l.all, func(s uptime.Subscriber) bool { return slices.Contains(c.Leaving, s.ID) })
	l.notices = append(l.notices, c.Outbox...)
	return l.err
}

func (l *rolls) find(f func(uptime.Subscriber) bool) (uptime.Subscriber, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return uptime.Subscriber{}, l.err
	}
	if i := slices.IndexFunc(l.all, f); i >= 0 {
		return l.all[i], nil
	}
	return uptime.Subscriber{}, fmt.Errorf("subscriber: %w", uptime.ErrNotFound)
}

func (l *rolls) Subscriber(_ context.Context, id uptime.SubscriberID) (uptime.Subscriber, error) {
	return l.find(func(s uptime.Subscriber) bool { return s.ID == id })
}

func (l *rolls) SubscriberByAddress(_ context.Context, kind uptime.RecipientKind, address string) (uptime.Subscriber, error) {
	return l.find(func(s uptime.Subscriber) bool { return s.Kind == kind && strings.EqualFold(s.Address, address) })
}

func (l *rolls) Subscribers(context.Context, uptime.SubscriberFilter, uptime.Cursor) ([]uptime.Subscriber, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.Clone(l.all)
	slices.Reverse(list)
	return list, l.err
}

func (l *rolls) DeliveryByID(context.Context, string) (uptime.Delivery, error) {
	return uptime.Delivery{}, uptime.ErrNotFound
}

func (l *rolls) Settle(context.Context, []uptime.Settlement) (int, error) { return 0, nil }
