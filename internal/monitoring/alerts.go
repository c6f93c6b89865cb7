package monitoring

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// alertMemory is for how long an alert goes on firing of which no further message
// comes. An Alertmanager repeats each of them at least every five days, which is
// how long it remembers that it told of it; one that it has not repeated by then
// is one that it does not know any more.
const alertMemory = 6 * 24 * time.Hour

// resumed is how long the watchdog must have been silent for its next word to be
// news of everybody who listens.
const resumed = 30 * time.Second

// alertKey names an alert: the same one may come in several groups.
type alertKey struct{ group, fingerprint string }

// alerts holds what an Alertmanager has told. It is a copy of what the store
// made of it, where messages have been put together that came twice or late.
type alerts struct {
	store Store

	reading sync.Mutex // one at a time brings the copy up to date

	mu        sync.RWMutex
	told      map[alertKey]uptime.ReceivedAlert
	asOf      time.Time // when the copy was read; zero: never
	behind    bool      // the store may know more
	newest    time.Time // message
	listening time.Time // since when nothing can have been missed
	watchdog  uptime.AlertMatch
	matches   map[uptime.MonitorID]uptime.AlertMatch
	partial   map[string]partial // groups of which alerts are not told, by their keys
	warned    time.Time          // that too many fire
}

// partial is a group of which a message told a part, or none: what the others do
// is not known until a whole message of it comes.
type partial struct {
	labels map[string]string // that all of its alerts have
	at     time.Time         // the newest such message
}

// mostPartial bounds the groups of which alerts are not told. Beyond it one stands for
// all, of which nothing is known.
const mostPartial = 1000

func newAlerts(store Store) *alerts {
	return &alerts{store: store, told: map[alertKey]uptime.ReceivedAlert{}, matches: map[uptime.MonitorID]uptime.AlertMatch{}, partial: map[string]partial{}}
}

// configure puts the watchdog and the monitors' matches in force.
func (a *alerts) configure(catalogue uptime.Catalogue, watches []Watch) {
	matches := map[uptime.MonitorID]uptime.AlertMatch{}
	for _, w := range watches {
		if len(w.Match) > 0 {
			matches[w.Monitor.ID] = w.Match
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watchdog, a.matches = catalogue.Watchdog, matches
}

// woke notes that messages may have been missed until now.
func (a *alerts) woke(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listening = later(a.listening, now)
}

// refresh brings the copy up to date and returns what has changed. A failure
// leaves it behind: until it is read again, nothing is known not to fire.
func (a *alerts) refresh(ctx context.Context, now time.Time) (changed []uptime.ReceivedAlert, err error) {
	a.reading.Lock()
	defer a.reading.Unlock()
	a.mu.RLock()
	since := now.Add(-alertMemory)
	if !a.asOf.IsZero() {
		since = later(since, a.asOf.Add(-time.Minute))
	}
	a.mu.RUnlock()
	rows, err := a.store.ReceivedAlerts(ctx, since)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.behind, a.listening = true, later(a.listening, now)
		return nil, err
	}
	for _, row := range rows {
		key := alertKey{row.Group, row.Fingerprint}
		old, known := a.told[key]
		if !known || old.Firing() != row.Firing() || !old.StartsAt.Equal(row.StartsAt) || !maps.Equal(old.Labels, row.Labels) {
			changed = append(changed, row)
		}
		a.told[key] = row
		a.newest = later(a.newest, row.ReceivedAt)
	}
	maps.DeleteFunc(a.partial, func(_ string, one partial) bool { return now.Sub(one.at) > alertMemory })
	maps.DeleteFunc(a.told, func(_ alertKey, one uptime.ReceivedAlert) bool { return now.Sub(one.ReceivedAt) > 2*alertMemory })
	a.asOf, a.behind = now, false
	return changed, nil
}

// take keeps a message, first in the store. Whom it concerns are the monitors
// that have to look at once.
func (a *alerts) take(ctx context.Context, group uptime.AlertGroup, received []uptime.ReceivedAlert, now time.Time) (concerns []uptime.MonitorID, err error) {
	before := a.Reported(nil)
	if err := a.store.SaveAlerts(ctx, received); err != nil {
		a.woke(now)
		a.leaves(group, true, now)
		return nil, err
	}
	whole := a.leaves(group, group.LeftOut > 0, now)
	changed, err := a.refresh(ctx, now)
	if err != nil {
		return nil, nil // it is kept, and will be read
	}
	again := before.Watchdog.Before(before.Listening) || now.Sub(before.Watchdog) > resumed
	again = again && a.Reported(nil).Watchdog.After(before.Watchdog)
	a.mu.RLock()
	defer a.mu.RUnlock()
	for id, match := range a.matches {
		if again || whole && match.Could(group.Labels) || slices.ContainsFunc(changed, func(one uptime.ReceivedAlert) bool { return match.Matches(one.Labels) }) {
			concerns = append(concerns, id)
		}
	}
	return concerns, nil
}

// leaves notes whether alerts of a group are not told, and tells whether that has
// changed.
func (a *alerts) leaves(group uptime.AlertGroup, out bool, now time.Time) (changed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, known := a.partial[group.Key]
	switch {
	case !out:
		delete(a.partial, group.Key)
	case known || len(a.partial) < mostPartial:
		a.partial[group.Key] = partial{group.Labels, now}
	default:
		a.partial[""] = partial{nil, now}
	}
	return known != out
}

// warns tells whether it is to be said that too many alerts fire: once an hour.
func (a *alerts) warns(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.warned.IsZero() && now.Sub(a.warned) < time.Hour {
		return false
	}
	a.warned = now
	return true
}

// Reported is what is known of the alerts that match (probes.Alerts).
func (a *alerts) Reported(match uptime.AlertMatch) (r probes.Reported) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	r.Listening = a.listening
	for _, one := range a.told {
		switch {
		case !one.Firing() || a.asOf.Sub(one.ReceivedAt) > alertMemory:
		case a.watchdog.Matches(one.Labels):
			r.Watchdog = later(r.Watchdog, one.ReceivedAt)
		case match.Matches(one.Labels):
			r.Firing = append(r.Firing, one)
		}
	}
	for _, group := range a.partial {
		r.LeftOut = r.LeftOut || match.Could(group.labels) && !a.watchdog.Matches(group.labels)
	}
	slices.SortFunc(r.Firing, func(a, b uptime.ReceivedAlert) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Group, b.Group))
	})
	return r
}

// picked are the alerts that a rule picks, by their groups. One that was not
// repeated for too long ended when it was told of last.
func (a *alerts) picked(rule uptime.AlertRule, now time.Time) map[string][]uptime.ReceivedAlert {
	a.mu.RLock()
	defer a.mu.RUnlock()
	groups := map[string][]uptime.ReceivedAlert{}
	for key, one := range a.told {
		if !rule.Match.Matches(one.Labels) || a.watchdog.Matches(one.Labels) {
			continue
		}
		if one.Firing() && now.Sub(one.ReceivedAt) > alertMemory {
			one.EndsAt = one.ReceivedAt
		}
		groups[key.group] = append(groups[key.group], one)
	}
	return groups
}

// asked tells whether a monitor goes by alerts.
func (a *alerts) asked() bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return len(a.matches) > 0
}

func (a *alerts) isBehind() bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.behind || a.asOf.IsZero()
}

// restoreAlerts reads what an Alertmanager told before the start. Messages can be
// heard from now on, which is after the newest of those, also where the clock was
// set back since: an old word of the watchdog vouches for nothing.
func (e *Engine) restoreAlerts(ctx context.Context, catalogue uptime.Catalogue, watches []Watch, now time.Time) error {
	e.alerts.configure(catalogue, watches)
	e.reported.configure(catalogue)
	_, err := e.alerts.refresh(ctx, now)
	e.dater.follow(e.AlertsReceived().Add(time.Millisecond))
	e.alerts.woke(e.dater.Now())
	return err
}

// Receive takes in what an Alertmanager says: it has the monitors look that it
// concerns, and incidents decided. It returns when the message is kept; an error
// says that it is not, and has to be told again. uptime.ErrNotFound: neither a
// monitor nor a rule asks for alerts. uptime.ErrTooManyAlerts: none more is kept.
func (e *Engine) Receive(ctx context.Context, group uptime.AlertGroup, received []uptime.ReceivedAlert) error {
	if !e.alerts.asked() && !e.reported.asked() {
		return uptime.ErrNotFound
	}
	now := e.dater.Now()
	received = slices.Clone(received)
	for i := range received {
		received[i].ReceivedAt = now
		if received[i].EndsAt.After(now) { // by a clock that is ahead of ours
			received[i].EndsAt = now
		}
	}
	concerns, err := e.alerts.take(ctx, group, received, now)
	if err != nil {
		if errors.Is(err, uptime.ErrTooManyAlerts) && e.alerts.warns(now) {
			e.log.Warn("so many alerts fire that no further one is kept; have the Alertmanager send those alone that monitors and rules match", "group", group.Key)
		}
		return err
	}
	var looks []*watch
	e.mu.RLock()
	for _, id := range concerns {
		if w := e.watches[id]; w != nil {
			looks = append(looks, w)
		}
	}
	e.mu.RUnlock()
	for _, w := range looks {
		w.heard()
	}
	e.reported.decideSoon()
	return nil
}

// Reported is what an Alertmanager has told of the alerts that match
// (probes.Alerts).
func (e *Engine) Reported(match uptime.AlertMatch) probes.Reported { return e.alerts.Reported(match) }

// AlertsReceived is when the newest message of an Alertmanager came, before a
// restart included; zero: none is known.
func (e *Engine) AlertsReceived() time.Time {
	e.alerts.mu.RLock()
	defer e.alerts.mu.RUnlock()
	return e.alerts.newest
}
