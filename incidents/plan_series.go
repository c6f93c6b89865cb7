package incidents

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// MaxAhead is how long before its start an occurrence can be announced at most.
const MaxAhead = 366 * 24 * time.Hour

// MostAhead is how many windows of a series are announced and still to come at
// most: each is a message to everybody who asked for news.
const MostAhead = 31

// Repeat begins a series of maintenance (Publisher). Of what is given ID, Version
// and the times of creation and stopping count for nothing. A series of which the
// next occurrence would break a promise is refused.
func (p *Planner) Repeat(ctx context.Context, by uptime.Actor, s uptime.Series, once *uptime.Once) (uptime.Series, error) {
	if err := allow(by, uptime.Publisher); err != nil {
		return uptime.Series{}, err
	}
	return p.runSeries(ctx, once, func(context.Context) (uptime.Changes, uptime.Series, error) {
		suffix, err := suffix(p.o.Random)
		if err != nil {
			return uptime.Changes{}, uptime.Series{}, err
		}
		k := p.knows(by, uptime.Plan{})
		made, err := readSeries(s, k)
		if err != nil {
			return uptime.Changes{}, uptime.Series{}, err
		}
		made.ID, made.CreatedAt, made.StoppedAt, made.Version = uptime.SeriesID("series-"+suffix), k.now, time.Time{}, 1
		detail := fmt.Sprintf("%s: %s from %s, %s each, announced %s ahead; on %s", made.Title, made.Rule,
			clock(made.Start), planned.Length(made.Length), planned.Length(made.Ahead), listed(made.Components))
		return seriesChange(k, made, 0, "series.begin", detail), made, nil
	})
}

// StopSeries has no further occurrence be announced (Publisher). Those that are
// announced stay.
func (p *Planner) StopSeries(ctx context.Context, by uptime.Actor, id uptime.SeriesID, expect int64) (uptime.Series, error) {
	if err := allow(by, uptime.Publisher); err != nil {
		return uptime.Series{}, err
	}
	return p.runSeries(ctx, nil, func(ctx context.Context) (uptime.Changes, uptime.Series, error) {
		s, err := p.seriesOf(ctx, string(id))
		switch {
		case err != nil:
			return uptime.Changes{}, uptime.Series{}, err
		case expect > 0 && expect != s.Version:
			return uptime.Changes{}, uptime.Series{}, fmt.Errorf("series %s is at version %d and not at %d: read it again: %w",
				id, s.Version, expect, uptime.ErrConflict)
		case !s.StoppedAt.IsZero():
			return uptime.Changes{}, uptime.Series{}, refuse("phase", "is stopped, since %s", clock(s.StoppedAt))
		}
		k := p.knows(by, uptime.Plan{})
		version := s.Version
		s.StoppedAt = k.now
		s.Version++
		return seriesChange(k, s, version, "series.stop", s.Title), s, nil
	})
}

func seriesChange(k planKnown, s uptime.Series, expect int64, action, detail string) uptime.Changes {
	return uptime.Changes{
		Series: []uptime.SeriesChange{{Series: s, Expect: expect}},
		Audit:  []uptime.AuditEntry{{At: k.now, Actor: k.by, Action: action, Object: string(s.ID), Detail: detail}},
	}
}

func (p *Planner) seriesOf(ctx context.Context, id string) (uptime.Series, error) {
	all, err := p.o.Ledger.Series(ctx)
	if err != nil {
		return uptime.Series{}, err
	}
	at := slices.IndexFunc(all, func(s uptime.Series) bool { return string(s.ID) == id })
	if at < 0 {
		return uptime.Series{}, fmt.Errorf("series %q: %w", id, uptime.ErrNotFound)
	}
	return all[at], nil
}

func (p *Planner) runSeries(
	ctx context.Context, once *uptime.Once, decide func(context.Context) (uptime.Changes, uptime.Series, error),
) (uptime.Series, error) {
	w := writer[uptime.Series]{
		ledger: p.o.Ledger, applied: p.o.Applied, read: p.seriesOf,
		id: func(s uptime.Series) string { return string(s.ID) },
	}
	return w.run(ctx, once, decide)
}

// readSeries checks what was entered and completes it.
func readSeries(s uptime.Series, k planKnown) (uptime.Series, error) {
	var f fields
	s.Title = f.line("title", s.Title, "what is planned")
	s.Body = f.body(s.Body, true)
	s.Components = f.components("components", s.Components, nil, k.rules.Catalogue)
	if len(s.Components) == 0 {
		f.fault("components", "is empty: name what is worked on")
	}
	s.Regions = f.regions(s.Regions, nil, k.rules.Catalogue)
	f.served(s.Regions, s.Components, k.rules.Catalogue)
	if len(s.Regions) == 0 {
		s.Regions = regionsOf(s.Components, k.rules.Catalogue)
	}
	if s.Zone == nil {
		if s.Zone = k.zone(); s.Zone == nil {
			s.Zone = time.UTC
		}
	}
	s.Start = whole(s.Start)
	s.Rule = strings.TrimSpace(s.Rule)
	f.lengths(s)
	if s.Start.IsZero() {
		f.fault("start", "is missing: say when the first one begins")
	}
	if err := f.err(); err != nil {
		return s, err
	}
	next := f.rule(s, k.now)
	if err := f.err(); err != nil {
		return s, err
	}
	f.lawful(s, next, k)
	return s, f.err()
}

// lengths reads how long each window is, and how long ahead it is announced.
func (f *fields) lengths(s uptime.Series) {
	switch {
	case s.Length <= 0:
		f.fault("length", "is missing: say how long each window is")
	case s.Length > MaxWindow:
		f.fault("length", "is more than %d days", int(MaxWindow.Hours()/24))
	}
	switch {
	case s.Ahead <= 0:
		f.fault("ahead", "is missing: say how long before its start each window is announced")
	case s.Ahead > MaxAhead:
		f.fault("ahead", "is more than a year")
	}
}

// rule reads the rule of recurrence, and finds its first occurrence from now on.
func (f *fields) rule(s uptime.Series, now time.Time) time.Time {
	for _, often := range []string{"SECONDLY", "MINUTELY", "HOURLY"} {
		if strings.Contains(strings.ToUpper(s.Rule), often) {
			f.fault("rule", "recurs more often than daily: plan one long window instead")
			return time.Time{}
		}
	}
	if strings.ContainsAny(s.Rule, "\r\n") || strings.Contains(strings.ToUpper(s.Rule), "DTSTART") {
		f.fault("rule", "holds more than a rule: leave DTSTART out, the first occurrence is the start")
		return time.Time{}
	}
	recurs, err := calendar.NewRecurrence(s.Rule, s.Start, s.Zone)
	if err != nil {
		f.fault("rule", "cannot be read: %v", err)
		return time.Time{}
	}
	from := later(now, s.Start)
	next := recurs.Between(calendar.Span{From: from, To: from.AddDate(MaxYears, 0, 0)}, 60)
	if len(next) == 0 {
		f.fault("rule", "has no occurrence from now on, within %d years", MaxYears)
		return time.Time{}
	}
	for i := 1; i < len(next); i++ {
		if next[i].Sub(next[i-1]) < s.Length {
			f.fault("length", "is longer than it is from one start to the next, %s", planned.Length(next[i].Sub(next[i-1])))
			return time.Time{}
		}
	}
	if at, most := len(recurs.Between(calendar.Span{From: from, To: from.Add(s.Ahead)}, MostAhead+1)), MostAhead; at > most {
		f.fault("ahead", "has more than %d windows announced at once, each in a message of its own: announce them later", most)
	}
	return next[0]
}

// lawful finds a promise that each occurrence would break, by the next one,
// announced as long ahead as all are.
func (f *fields) lawful(s uptime.Series, next time.Time, k planKnown) {
	p := occurrence(s, next, k.rules.Catalogue, next.Add(-s.Ahead))
	for _, b := range planned.Broken(p) {
		field := "start"
		if b.Violation == uptime.LateNotice {
			field = "ahead"
		}
		f.fault(field, "breaks %s: %s", b.Commitment, b.Text)
	}
}
