package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// rollingDays are the rolling periods that every working shows.
var rollingDays = [...]int{1, 7, 30, 90, 365}

// mostSpans bounds the stretches on a page; the JSON holds all of them.
const mostSpans = 100

// mostMonths is how many months a working shows: a year and the present one.
const mostMonths = 13

func rollingName(days int) string {
	if days == 1 {
		return "24 hours"
	}
	return uptime.Count(days, "day")
}

// componentWorking shows how a component's figures came to be.
func (b *book) componentWorking(c uptime.Component) Working {
	state, _ := b.shown(c)
	l := b.ledger.components[c.ID]
	interval := b.interval(c.ID)
	ninety := calendar.Rolling(barDays, b.now)
	w := Working{Frame: b.frame(isolate(c.Name)), Mark: mark(state), ID: string(c.ID), Name: isolate(c.Name)}
	w.JSON = numbersLink("/components/" + string(c.ID))
	w.Stated = b.stated(c)
	w.Lede = b.watching(c)
	w.Current = b.accountRow(Link{Text: "The last 90 days"}, b.measureComponent(c.ID, ninety), interval)
	for _, days := range rollingDays {
		w.Rolling = append(w.Rolling, b.accountRow(Link{Text: rollingName(days)}, b.measureComponent(c.ID, calendar.Rolling(days, b.now)), interval))
	}
	for _, month := range b.coveredMonths(b.zone) {
		w.Months = append(w.Months, b.accountRow(b.monthLink(month, "Jan 2006"), b.measureComponent(c.ID, b.elapsed(month)), interval))
	}
	all := b.spans(c, l, ninety, false)
	w.Looks = b.countLooks()
	w.SpansOf = "the last 90 days"
	w.Spans, w.MoreThan = newestFirst(all)
	w.Planned = b.planWorking([]uptime.ComponentID{c.ID}, ninety)
	return w
}

func numbersLink(path string) Link { return Link{path + ".json", "the same numbers as JSON"} }

// serviceWorking shows how a service's figures came to be, against its target.
func (b *book) serviceWorking(s uptime.Service) Working {
	p := b.promise(s)
	w := Working{Frame: b.frame(p.Name), Mark: p.Mark, ID: p.ID, Name: p.Name}
	w.JSON = numbersLink("/services/" + string(s.ID))
	w.Lede = []string{b.terms(s)}
	if s.Composition == uptime.WeightedMean {
		w.Lede = append(w.Lede, "Counted at every instant: the mean, over the components that are observed then, of what the state of each counts; all count the same. "+
			"It is partly down where the mean is above 0, and down only where all of them are.")
	}
	w.Covers = b.componentLinks(s.Components)
	now := b.current(s)
	w.Current = b.serviceRow(s, now, Link{Text: capital(now.name)})
	if promised(s) {
		w.Promise = &p
	}
	w.Burns = b.burns(s)
	for _, days := range rollingDays {
		span := calendar.Rolling(days, b.now)
		w.Rolling = append(w.Rolling, b.serviceRow(s, period{Span: span, elapsed: span}, Link{Text: rollingName(days)}))
	}
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	for _, month := range b.coveredMonths(zone) {
		p := b.monthPeriod(s, month.From)
		w.Judged = p.judged
		w.Months = append(w.Months, b.serviceRow(s, p, Link{Text: month.From.Add(12 * time.Hour).In(zone).Format("Jan 2006")}))
	}
	w.SpansOf = now.name
	w.Spans, w.MoreThan = newestFirst(b.serviceSpans(s, now.elapsed))
	w.Planned = b.planWorking(s.Components, now.elapsed)
	b.tellWhole(w.Planned, s, now.elapsed)
	return w
}

// serviceRow is one period of a service, with its verdict where the promise is
// about such periods.
func (b *book) serviceRow(s uptime.Service, p period, link Link) Row {
	a := b.measureService(s, p.elapsed)
	row := b.accountRow(link, a, b.interval(s.Components...))
	if p.judged {
		j := judge(s, p, a)
		row.Budget, row.Verdict = tally(length(j.budget.Allowed)), j.said()
	}
	return row
}

// elapsed is the part of a period that has passed.
func (b *book) elapsed(span calendar.Span) calendar.Span {
	if span.To.After(b.now) {
		span.To = b.now
	}
	return span
}

// coveredMonths are the newest months that the ledger holds and that are not
// wholly before the first record.
func (b *book) coveredMonths(zone *time.Location) []calendar.Span {
	var out []calendar.Span
	for month := calendar.MonthAt(b.now, zone); len(out) < mostMonths && b.recorded(month) && !month.From.Before(b.ledger.span.From); {
		out = append(out, month)
		month = calendar.MonthAt(month.From.Add(-time.Hour), zone)
	}
	return out
}

// watching tells how a component is watched: how often, and what it takes to
// believe. It names no address.
func (b *book) watching(c uptime.Component) []string {
	var out []string
	if c.Description != "" {
		out = append(out, isolate(c.Description))
	}
	for _, m := range b.in.Catalogue.Monitors {
		if m.Component == c.ID {
			out = append(out, rule(m)+".")
		}
	}
	slices.Sort(out[len(out)-len(c.Monitors):])
	out = slices.Compact(out)
	if first := firstObserved(b.ledger.measuredLine(c.ID)); !first.IsZero() {
		out = append(out, "Watched since "+b.clock.exact(first).Text+".")
	} else {
		out = append(out, "Not observed yet.")
	}
	return out
}

// lookWords are the ways to look in the public's words.
func lookWords(kind string) string {
	switch kind {
	case "http", "tls", "tcp", "dns", "icmp":
		return strings.ToUpper(kind) + " look"
	case "grpc":
		return "gRPC look"
	}
	return "look"
}

// rule is how one monitor comes to believe, in words.
func rule(m uptime.Monitor) string {
	if m.Type == "heartbeat" {
		return "A job reports by itself; its silence counts once it is overdue"
	}
	text := "One " + lookWords(m.Type) + " every " + tally(m.Interval) + ": down after " + uptime.Count(m.Confirm.Failures, "failing look") +
		" in a row, up again after " + uptime.Count(m.Confirm.Successes, "passing one")
	if m.Confirm.Failures > 1 && m.Confirm.Retry > 0 {
		text += fmt.Sprintf(", confirmed by looks %s apart", tally(m.Confirm.Retry))
	}
	return text
}

// terms tells what a service is and what was promised of it.
func (b *book) terms(s uptime.Service) string {
	var text string
	if covers := b.covers(s); covers != "" {
		text = "It " + covers + ". "
	}
	switch {
	case s.Composition == uptime.WeightedMean:
		return text + "A mean is for display: no promise is judged by it."
	case s.Target == 0:
		return text + "Nothing is promised of it."
	}
	over := "in each calendar month"
	switch s.Window.Kind {
	case uptime.CalendarYear:
		over = "in each calendar year"
	case uptime.Rolling:
		over = "over any " + uptime.Count(s.Window.Days, "day")
	case uptime.CalendarMonth:
	}
	if s.Window.Kind != uptime.Rolling && s.Zone != nil {
		over += " (" + zoneName(s.Zone) + ")"
	}
	return text + "Promised: available " + s.Target.String() + " % of the time " + over + "."
}

// spans are the stretches of a component's line within a span, oldest first;
// those in which it was up only if all is set.
func (b *book) spans(c uptime.Component, l availability.Timeline, within calendar.Span, all bool) []Span {
	var out []Span
	for _, s := range l {
		clipped := s.Clip(within)
		if clipped.Empty() || s.State == uptime.Up && !all {
			continue
		}
		view := b.spanView(s.State, clipped, b.cause(c, s))
		view.Said = b.saidIn(c.ID, s.State, clipped)
		view.Excluded = excludedOfSpan(s.State, b.ledger.excluded[c.ID].Clip(clipped))
		out = append(out, view)
	}
	return out
}

func (b *book) spanView(state uptime.State, span calendar.Span, cause string) Span {
	view := Span{
		Mark: mark(state), Length: lost(span.Duration()), Cause: cause,
	}
	if state == uptime.Up {
		view.Length = tally(span.Duration())
	}
	view.From, view.To = b.clock.ends(span.From, span.To)
	if !span.To.Before(b.now) {
		view.To = Stamp{Text: "now"}
	}
	return view
}

// cause is what was seen when a stretch began, in our own words: never what a
// target said.
func (b *book) cause(c uptime.Component, s availability.Stretch) string {
	if s.State == uptime.Up {
		return ""
	}
	for _, id := range c.Monitors {
		for _, seg := range b.segments[id] {
			ongoing := seg.To.IsZero() || seg.To.After(s.From)
			if seg.State == s.State && !seg.From.After(s.From) && ongoing && seg.Code != "" {
				return uptime.Explain(seg.Code, uptime.Facts{})
			}
		}
	}
	switch {
	case s.State != uptime.Unknown:
		return ""
	case b.unwatched(c, s.Span):
		return "before we began to watch"
	}
	return "no look told anything"
}

// unwatched tells whether a span lies before the first record of a component.
// Where the record goes back further than what is at hand, nobody can tell.
func (b *book) unwatched(c uptime.Component, span calendar.Span) bool {
	if b.began.Before(b.ledger.span.From) {
		return false
	}
	for _, id := range c.Monitors {
		for _, seg := range b.segments[id] {
			if seg.From.Before(span.To) {
				return false
			}
		}
	}
	return !firstObserved(b.ledger.measuredLine(c.ID)).IsZero()
}

// newestFirst turns the stretches round and keeps the newest.
func newestFirst(all []Span) ([]Span, int) {
	slices.Reverse(all)
	if len(all) <= mostSpans {
		return all, 0
	}
	return all[:mostSpans], len(all) - mostSpans
}
