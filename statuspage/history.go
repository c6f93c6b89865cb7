package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

const dayHeading = "Monday 2 January 2006"

// since leaves out the days before the first record, and turns the newest up.
func (b *book) since(days []calendar.Day) []calendar.Day {
	var out []calendar.Day
	for _, day := range days {
		if b.recorded(day.Span) {
			out = append(out, day)
		}
	}
	slices.Reverse(out)
	return out
}

// recorded tells whether a period has begun and is not wholly before the first
// record: whether there is anything to say about it.
func (b *book) recorded(span calendar.Span) bool {
	return !b.began.IsZero() && b.began.Before(span.To) && !span.From.After(b.now)
}

func (b *book) dayLink(day calendar.Day, layout string) Link {
	return Link{"/days/" + day.Date.String(), dateText(day.Date, layout)}
}

// dateText writes a civil date; no zone has a say in it.
func dateText(d calendar.Date, layout string) string {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format(layout)
}

// dayList tells each of the days in a line or more. The days are handed newest
// first and follow each other.
func (b *book) dayList(days []calendar.Day) []Day {
	if len(days) == 0 {
		return nil
	}
	oldestFirst := slices.Clone(days)
	slices.Reverse(oldestFirst)
	lines := make([][]Line, len(days))
	seen := make([]bool, len(days))
	for _, c := range b.in.Catalogue.Components {
		for i, d := range b.componentBars(c.ID, oldestFirst) {
			newest := len(days) - 1 - i
			seen[newest] = seen[newest] || !unseen(d)
			if d.Down+d.Partial > 0 && !b.explained(c.ID, oldestFirst[i].Span) {
				lines[newest] = append(lines[newest], Line{Link: componentLink(c), Rest: barWords(d)})
			}
		}
	}
	out := make([]Day, len(days))
	for i, day := range days {
		told := b.incidentLines(day)
		if len(told) == 0 && seen[i] {
			told = append(told, Line{Rest: "No incidents."})
		}
		if !seen[i] {
			told = append(told, Line{Rest: "Not observed."})
		}
		for _, p := range b.planDay(day.Span) {
			told = append(told, b.planLine(p))
		}
		out[i] = Day{b.dayLink(day, "Mon 2 Jan"), append(told, lines[i]...)}
	}
	return out
}

// explained tells whether an incident of the day names the component.
func (b *book) explained(id uptime.ComponentID, span calendar.Span) bool {
	return slices.ContainsFunc(b.in.Incidents, func(inc uptime.Incident) bool {
		return overlaps(inc, span) && slices.Contains(inc.Components, id)
	})
}

func (b *book) incidentLines(day calendar.Day) []Line {
	var out []Line
	for _, inc := range b.in.Incidents {
		if !overlaps(inc, day.Span) {
			continue
		}
		rest := "— " + lasted(inc.ResolvedAt.Sub(inc.StartedAt))
		if inc.Open() {
			rest = "— since " + b.clock.brief(inc.StartedAt).Text
		}
		line := Line{Link: Link{incidentAddress(inc.ID), isolate(inc.Title)}, Rest: rest}
		if !inc.Postmortem.PublishedAt.IsZero() {
			line.More = &Link{line.Path + "#review", "what we learned"}
		}
		out = append(out, line)
	}
	return out
}

// months are the calendar months from the newest back to the first record.
func (b *book) months() []calendar.Span {
	var out []calendar.Span
	for month := calendar.MonthAt(b.now, b.zone); b.recorded(month); {
		out = append(out, month)
		month = calendar.MonthAt(month.From.Add(-time.Hour), b.zone)
	}
	return out
}

func (b *book) monthLink(month calendar.Span, layout string) Link {
	local := month.From.Add(12 * time.Hour).In(b.zone)
	return Link{"/history/" + local.Format("2006-01"), local.Format(layout)}
}

// monthLinks lead to the newest months; most 0 means all.
func (b *book) monthLinks(most int) []Link {
	var out []Link
	for _, month := range b.months() {
		if most > 0 && len(out) == most {
			return append(out, Link{"/history", "all months"})
		}
		out = append(out, b.monthLink(month, "January 2006"))
	}
	return out
}

// historyPage is one month, day by day. The book's ledger must cover it.
func (b *book) historyPage(month calendar.Span) HistoryPage {
	link := b.monthLink(month, "January 2006")
	h := HistoryPage{Frame: b.frame(link.Text), Heading: link.Text, Months: b.monthLinks(0)}
	h.Days = b.dayList(b.since(calendar.Days(month, b.zone)))
	if before := calendar.MonthAt(month.From.Add(-time.Hour), b.zone); b.recorded(before) {
		previous := b.monthLink(before, "January 2006")
		h.Previous = &previous
	}
	if after := calendar.MonthAt(month.To.Add(time.Hour), b.zone); b.recorded(after) {
		next := b.monthLink(after, "January 2006")
		h.Next = &next
	}
	return h
}

// dayPage is one civil day, component by component. The book's ledger must
// cover it.
func (b *book) dayPage(day calendar.Day) DayPage {
	heading := b.dayLink(day, dayHeading).Text
	elapsed := day.Span
	p := DayPage{Frame: b.frame(heading), Heading: heading}
	p.Length = "A day of " + hours(day.Duration()) + " in " + zoneName(b.zone) + "."
	if elapsed.To.After(b.now) {
		elapsed.To = b.now
		p.Length = "Today, until now, in " + zoneName(b.zone) + "."
	}
	for _, inc := range b.in.Incidents {
		if overlaps(inc, day.Span) {
			p.Incidents = append(p.Incidents, b.shortIncident(inc))
		}
	}
	for _, plan := range b.planDay(day.Span) {
		p.Plans = append(p.Plans, b.pastPlan(plan))
	}
	for _, c := range b.in.Catalogue.Components {
		b.tellDay(&p, c, elapsed)
	}
	if before := calendar.DayOn(day.AddDays(-1), b.zone); b.recorded(before.Span) {
		previous := b.dayLink(before, "Mon 2 Jan")
		p.Previous = &previous
	}
	if after := calendar.DayOn(day.AddDays(1), b.zone); b.recorded(after.Span) {
		next := b.dayLink(after, "Mon 2 Jan")
		p.Next = &next
	}
	return p
}

// tellDay puts one component where it belongs on a day's page.
func (b *book) tellDay(p *DayPage, c uptime.Component, elapsed calendar.Span) {
	l := b.ledger.components[c.ID]
	a := b.measureComponent(c.ID, elapsed)
	spent := b.componentBars(c.ID, []calendar.Day{{Span: elapsed}})[0]
	switch {
	case clean(spent):
		p.Quiet = append(p.Quiet, componentLink(c))
	case unseen(spent):
		p.Unwatched = append(p.Unwatched, componentLink(c))
	default:
		p.Components = append(p.Components, DayComponent{
			Component: componentLink(c),
			Mark:      barMark(spent),
			Row:       b.accountRow(Link{}, a, b.interval(c.ID)),
			Spans:     b.spans(c, l, elapsed, true),
			Planned:   b.planWorking([]uptime.ComponentID{c.ID}, elapsed),
		})
	}
}
