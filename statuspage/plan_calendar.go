package statuspage

import (
	"slices"

	"github.com/upheld/upheld/internal/ical"
	"github.com/upheld/upheld/internal/uptime"
)

// Addresses of all plans, and of their feed for calendars.
const (
	planListPath = "/maintenance"
	calendarPath = "/maintenance.ics"
)

// typeICS is the content type of entries for calendars.
const typeICS = "text/calendar; charset=utf-8"

// cacheQuarter is for calendars, which ask again in hours.
const cacheQuarter = "public, max-age=900"

// calendarDays is for how long after its end the feed lists a plan.
const calendarDays = 90

// event is a plan's entry in calendars.
func (b *book) event(p uptime.Plan) ical.Event {
	names := make([]string, 0, len(p.Components))
	for _, link := range b.affected(p.Components) {
		names = append(names, link.Text)
	}
	page := b.in.Catalogue.Page
	return ical.OfPlan(p, uptime.PageName{Name: page.Name, URL: b.address(""), Zone: zoneName(b.zone)}, names)
}

// calendarDocument is the feed: what ended within the last days, and all that is
// to come.
func (b *book) calendarDocument() *Document {
	var events []ical.Event
	for _, p := range b.in.Plans {
		if p.Open() || uptime.Later(p.Now().To, p.FinishedAt).After(b.now.AddDate(0, 0, -calendarDays)) {
			events = append(events, b.event(p))
		}
	}
	slices.SortStableFunc(events, func(x, y ical.Event) int { return x.From.Compare(y.From) })
	return b.ics(b.in.Catalogue.Page.Name, ical.Publish, events)
}

// planCalendar is one plan's entry. What was called off says so to whoever has
// it already.
func (b *book) planCalendar(p uptime.Plan) *Document {
	method := ical.Publish
	if p.Now().Cancelled {
		method = ical.Cancel
	}
	return b.ics(p.Title, method, []ical.Event{b.event(p)})
}

func (b *book) ics(name string, method ical.Method, events []ical.Event) *Document {
	doc := newDocument(typeICS, ical.Write(name, method, events), b.now)
	doc.CacheControl = cacheQuarter
	return doc
}
