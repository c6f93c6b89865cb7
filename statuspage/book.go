package statuspage

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// book is one moment's account: the inputs and what follows from them, opened
// once and read by every view of that moment.
type book struct {
	in        Inputs
	now       time.Time
	zone      *time.Location
	clock     clock
	began     time.Time // the oldest record; zero: none
	ledger    ledger
	agreed    *agreed                        // what plans exclude
	places    int                            // vantages with a say now
	newest    map[uptime.MonitorID]time.Time // the newest look of each monitor
	looked    map[uptime.MonitorID]bool      // whose newest look still vouches
	intervals map[uptime.ComponentID]time.Duration
	segments  map[uptime.MonitorID][]uptime.Segment // recorded, settled and recent
	looks     []uptime.Rollup                       // of the component whose page is made
	register  func() []uptime.Standing              // worked out when somebody asks, once
	findings  func() []uptime.Finding               // likewise
	keys      *fingerprints
}

func open(in Inputs, now time.Time) *book {
	zone := in.Catalogue.Page.Zone
	if zone == nil {
		zone = time.UTC
	}
	in = in.published()
	b := &book{in: in, now: now, zone: zone, clock: clock{zone, now}, began: in.beginning()}
	b.ledger = newLedger(in, calendar.Rolling(HistoryDays, now))
	b.agreed = agreedOf(in.Plans, in.agreed)
	b.ledger.exclude(in.Plans, b.agreed)
	b.weighHealths()
	b.keys = newFingerprints()
	b.register, b.findings = sync.OnceValue(b.standPromises), sync.OnceValue(b.findFindings)
	b.segments = byMonitor(in.Segments)
	if in.Settled != nil {
		for id, settled := range in.Settled.segments {
			b.segments[id] = append(slices.Clip(settled), b.segments[id]...)
		}
	}
	b.intervals = make(map[uptime.ComponentID]time.Duration, len(in.Catalogue.Components))
	for _, m := range in.Catalogue.Monitors {
		b.intervals[m.Component] = max(b.intervals[m.Component], m.Interval)
	}
	return b
}

// weighHealths notes who looked last, and from how many places.
func (b *book) weighHealths() {
	b.newest = make(map[uptime.MonitorID]time.Time, len(b.in.Healths))
	b.looked = make(map[uptime.MonitorID]bool, len(b.in.Healths))
	places := make(map[uptime.Vantage]bool)
	for _, h := range b.in.Healths {
		b.newest[h.Monitor] = uptime.Later(b.newest[h.Monitor], h.Checked)
		if h.At(b.now) != uptime.Unknown {
			places[h.Vantage] = true
			b.looked[h.Monitor] = true
		}
	}
	b.places = len(places)
}

// beginning is when the record begins: the oldest thing that is told of
// anything; zero: nothing is.
func (in Inputs) beginning() time.Time {
	began := in.Began
	first := func(at time.Time) {
		if began.IsZero() || at.Before(began) {
			began = at
		}
	}
	for _, seg := range in.Segments {
		first(seg.From)
	}
	for _, inc := range in.Incidents {
		first(inc.StartedAt)
	}
	return began
}

// present is a component's state now, measured or said, and when it began.
func (b *book) present(c uptime.Component) (uptime.State, time.Time) {
	return b.lastOf(b.ledger.components[c.ID], c)
}

// measuredNow is a component's state by the looks alone.
func (b *book) measuredNow(c uptime.Component) uptime.State {
	state, _ := b.lastOf(b.ledger.measuredLine(c.ID), c)
	return state
}

func (b *book) lastOf(l availability.Timeline, c uptime.Component) (uptime.State, time.Time) {
	if len(l) == 0 {
		return uptime.Unknown, time.Time{}
	}
	last := l[len(l)-1]
	if last.State == uptime.Up && slices.ContainsFunc(c.Monitors, func(id uptime.MonitorID) bool { return !b.looked[id] }) {
		// A check that was added a moment ago has no past, but it has a present:
		// until its first look nobody knows.
		return uptime.Unknown, time.Time{}
	}
	return last.State, last.From
}

// checked is the newest look at a component.
func (b *book) checked(c uptime.Component) time.Time {
	var at time.Time
	for _, id := range c.Monitors {
		at = uptime.Later(at, b.newest[id])
	}
	return at
}

func (b *book) parts() []part {
	parts := make([]part, len(b.in.Catalogue.Components))
	for i, c := range b.in.Catalogue.Components {
		state, since := b.shown(c)
		parts[i] = part{isolate(c.Name), state, since, b.checked(c), b.openPhase(c.ID), len(b.workOn(c.ID)) > 0}
	}
	return parts
}

// openPhase is how far the open incident of a component has come: of several,
// the one that has not come to be watched yet. Empty: there is none that hurts.
func (b *book) openPhase(id uptime.ComponentID) uptime.IncidentPhase {
	var phase uptime.IncidentPhase
	for _, inc := range b.in.Incidents {
		if inc.Open() && inc.Impact != uptime.ImpactNone && slices.Contains(inc.Components, id) && (phase == "" || phase == uptime.Monitoring) {
			phase = inc.Phase
		}
	}
	return phase
}

// interval is the longest time between two looks at any of the components.
func (b *book) interval(ids ...uptime.ComponentID) time.Duration {
	var longest time.Duration
	for _, id := range ids {
		longest = max(longest, b.intervals[id])
	}
	return longest
}

func (b *book) component(id uptime.ComponentID) (uptime.Component, bool) {
	i := slices.IndexFunc(b.in.Catalogue.Components, func(c uptime.Component) bool { return c.ID == id })
	if i < 0 {
		return uptime.Component{}, false
	}
	return b.in.Catalogue.Components[i], true
}

func (b *book) service(id uptime.ServiceID) (uptime.Service, bool) {
	i := slices.IndexFunc(b.in.Catalogue.Services, func(s uptime.Service) bool { return s.ID == id })
	if i < 0 {
		return uptime.Service{}, false
	}
	return b.in.Catalogue.Services[i], true
}

func componentLink(c uptime.Component) Link {
	return Link{"/components/" + string(c.ID), isolate(c.Name)}
}

func (b *book) componentLinks(ids []uptime.ComponentID) []Link {
	var out []Link
	for _, id := range ids {
		if c, known := b.component(id); known {
			out = append(out, componentLink(c))
		}
	}
	return out
}

// frame is what every page of this moment has around its content.
func (b *book) frame(title string) Frame {
	f := Frame{
		Name:        isolate(b.in.Catalogue.Page.Name),
		AsOf:        b.clock.exact(b.now),
		Zone:        zoneName(b.zone),
		Version:     b.in.Version,
		Subscribing: b.in.Subscribing,
		Promising:   len(b.in.Catalogue.Policies) > 0,
	}
	// A name that says what the page is needs no word after it.
	if words := strings.Fields(strings.ToLower(f.Name)); !slices.Contains(words, "status") {
		f.Suffix = " status"
	}
	f.Title = title + " — " + f.Name + f.Suffix
	switch read := b.in.ReadAt; {
	case b.in.Unread:
		f.Notice = "Our own records cannot be read at the moment. Only the present state is known, from memory."
	case !read.IsZero() && b.now.Sub(read) > time.Minute:
		f.Notice = "Our own records cannot be read at the moment. The present state comes from memory; the history is as of " +
			b.clock.exact(read).Text + "."
	}
	return f
}

func zoneName(zone *time.Location) string {
	if name := zone.String(); name != "Local" {
		return name
	}
	return "UTC"
}
