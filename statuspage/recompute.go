package statuspage

import (
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// The JSON of a component or a service: every stretch of time and every period
// with its exact fraction, so that whoever doubts a figure can make it again.

type numbers struct {
	Kind        string            `json:"kind"` // "component" or "service"
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	State       string            `json:"state"`
	AsOf        time.Time         `json:"as_of"`
	TimeZone    string            `json:"time_zone"`
	Method      string            `json:"method"`
	Weights     map[string]string `json:"weights"`
	Composition string            `json:"composition,omitempty"`
	Target      string            `json:"target_pct,omitempty"`
	Periods     []numbersPeriod   `json:"periods"`
	// Excluded is what is excluded of a service as a whole.
	Excluded []numbersSpan `json:"excluded,omitempty"`
	Parts    []numbersLine `json:"components"`
}

type numbersLine struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Segments []numbersSegment `json:"segments"` // what counts: half-open, without holes
	// Of a component of which people said something: what they said, and what
	// the looks alone tell. At every instant the worse of both is in Segments.
	Statements []numbersStatement `json:"statements,omitempty"`
	Measured   []numbersSegment   `json:"measured,omitempty"`
	// Excluded is what announced work excludes of it: an instant that one of them
	// holds is left out of the commitment figure.
	Excluded []numbersExclusion `json:"excluded,omitempty"`
}

type numbersStatement struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"` // where it lasts: now
	State    string    `json:"state"`
	Incident string    `json:"incident"`
	Lasts    bool      `json:"lasts,omitempty"`
}

type numbersSegment struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	State string    `json:"state"`
}

type numbersPeriod struct {
	Name    string         `json:"name"`
	From    time.Time      `json:"from"`
	To      time.Time      `json:"to"`            // of the whole period
	Until   time.Time      `json:"counted_until"` // where it has not ended: now
	Seconds numbersSeconds `json:"seconds"`
	Outages int            `json:"outages"`

	Commitment *numbersFigure `json:"commitment"` // null: nothing was observed
	Raw        *numbersFigure `json:"raw"`
	Strict     *numbersFigure `json:"strict"`
	Lower      *numbersFigure `json:"lower"`
	Upper      *numbersFigure `json:"upper"`
	Coverage   *numbersFigure `json:"coverage"`

	Allowed string `json:"allowed_s,omitempty"`
	Verdict string `json:"verdict,omitempty"`
}

// numbersSeconds are exact decimals.
type numbersSeconds struct {
	Window   string `json:"window"`
	Excluded string `json:"excluded"`
	Unknown  string `json:"unknown"`
	Measured string `json:"measured"`
	Up       string `json:"up"`
	Degraded string `json:"degraded"`
	Partial  string `json:"partial"`
	Down     string `json:"down"`
	Bad      string `json:"bad"` // weighted
}

// numbersFigure is a share of one, exactly, and as the page shows it.
type numbersFigure struct {
	Exact string `json:"exact"` // "numerator/denominator"
	Shown string `json:"pct"`   // floored
}

func figure(r *big.Rat, decimals int) *numbersFigure {
	if r == nil {
		return nil
	}
	return &numbersFigure{Exact: r.RatString(), Shown: percent(r, decimals)}
}

func numbersOf(name string, whole, elapsed calendar.Span, a availability.Figures) numbersPeriod {
	exact := func(d time.Duration) string { return decimal(availability.Seconds(d)) }
	m := a.Commitment
	return numbersPeriod{
		Name: name, From: whole.From.UTC(), To: whole.To.UTC(), Until: elapsed.To.UTC(), Outages: m.Outages,
		Seconds: numbersSeconds{
			Window: exact(m.Window), Excluded: exact(m.Excluded), Unknown: exact(m.Unknown), Measured: exact(m.Measured),
			Up: exact(m.Up), Degraded: exact(m.Degraded), Partial: exact(m.Partial), Down: exact(m.Down), Bad: decimal(m.Bad()),
		},
		Commitment: figure(m.Availability(), figureDecimals),
		Raw:        figure(a.Raw.Availability(), figureDecimals),
		Strict:     figure(a.Strict.Availability(), figureDecimals),
		Lower:      figure(m.Lower(), figureDecimals),
		Upper:      figure(m.Upper(), figureDecimals),
		Coverage:   figure(m.Coverage(), coverageDecimals),
	}
}

// componentNumbers are a component's stretches and periods.
func (b *book) componentNumbers(c uptime.Component) numbers {
	state, _ := b.shown(c)
	n := b.numbers("component", string(c.ID), c.Name, state)
	n.Parts = []numbersLine{b.numbersLine(c)}
	n.saidBeside()
	n.exclusionMethod(excludedMethod)
	for _, days := range rollingDays {
		span := calendar.Rolling(days, b.now)
		n.Periods = append(n.Periods, numbersOf("last "+rollingName(days), span, span, b.measureComponent(c.ID, span)))
	}
	for _, month := range b.coveredMonths(b.zone) {
		p := b.monthIn(month.From, b.zone)
		n.Periods = append(n.Periods, numbersOf(p.name, p.Span, p.elapsed, b.measureComponent(c.ID, p.elapsed)))
	}
	return n
}

// serviceNumbers are a service's components, stretch by stretch, and its
// periods with their verdicts.
func (b *book) serviceNumbers(s uptime.Service) numbers {
	n := b.numbers("service", string(s.ID), s.Name, b.serviceState(s))
	n.Composition = compositionWord(s.Composition)
	n.Method += "; " + compositionMethod(s.Composition)
	if s.Composition == uptime.WeightedMean {
		n.Method = meanMethod
	}
	if promised(s) {
		n.Target = s.Target.String()
	}
	for _, id := range s.Components {
		if c, known := b.component(id); known {
			n.Parts = append(n.Parts, b.numbersLine(c))
		}
	}
	n.saidBeside()
	n.Excluded = b.excludedSpans(s)
	n.exclusionMethod(excludedMethod + "; " + compositionExcluded(s.Composition))
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	periods := []period{b.current(s)}
	for _, days := range rollingDays {
		span := calendar.Rolling(days, b.now)
		periods = append(periods, period{Span: span, elapsed: span, name: "last " + rollingName(days)})
	}
	for _, month := range b.coveredMonths(zone) {
		periods = append(periods, b.monthPeriod(s, month.From))
	}
	for _, p := range periods {
		a := b.measureService(s, p.elapsed)
		entry := numbersOf(p.name, p.Span, p.elapsed, a)
		if p.judged {
			j := judge(s, p, a)
			entry.Allowed, entry.Verdict = decimal(j.budget.Allowed), string(j.verdict)
		}
		n.Periods = append(n.Periods, entry)
	}
	return n
}

func (b *book) numbers(kind, id, name string, state uptime.State) numbers {
	return numbers{
		Kind: kind, ID: id, Name: name, State: state.String(), AsOf: b.now.UTC(), TimeZone: zoneName(b.zone),
		Method:  stateMethod,
		Weights: weightTable(),
	}
}

// saidBeside tells how statements count, where there are any.
func (n *numbers) saidBeside() {
	if slices.ContainsFunc(n.Parts, func(l numbersLine) bool { return len(l.Statements) > 0 }) {
		n.Method += "; " + saidMethod
	}
}

func (b *book) numbersLine(c uptime.Component) numbersLine {
	out := numbersLine{ID: string(c.ID), Name: c.Name, Segments: numbersSegments(b.ledger.components[c.ID])}
	for _, s := range b.ledger.said[c.ID] {
		if span := within(s, b.ledger.span); !span.Empty() {
			out.Statements = append(out.Statements, numbersStatement{
				span.From.UTC(), span.To.UTC(), s.State.String(), string(s.Incident), s.To.IsZero() || s.To.After(b.now),
			})
		}
	}
	out.Excluded = b.numbersExcluded(c.ID)
	if len(out.Statements) > 0 {
		out.Measured = numbersSegments(b.ledger.measuredLine(c.ID))
	}
	return out
}

func numbersSegments(l availability.Timeline) []numbersSegment {
	out := []numbersSegment{}
	// What is before the first look is unknown; saying so once is enough.
	first := slices.IndexFunc(l, func(s availability.Stretch) bool { return s.State != uptime.Unknown })
	for _, s := range l[max(first, 0):] {
		out = append(out, numbersSegment{s.From.UTC(), s.To.UTC(), s.State.String()})
	}
	return out
}

// How the figures are made, for whoever makes them again.
const (
	saidMethod = "at every instant a component's segment has the worse of its measured state and of what its statements say: " +
		"down, partial, degraded, unknown, up; what is in neither list is unknown; where no statement is listed the segments are the measured ones"
	stateMethod = "availability = 1 - bad / measured; measured = window - excluded - unknown; " +
		"bad = the sum of each state's seconds times its weight; for strict partial weighs 1; percentages are floored"
	meanMethod = "availability = 1 - bad / measured; measured = the seconds in which at least one component is not unknown; " +
		"at every instant the mean, over the components that are not unknown then, of the weight of each one's state, all counting the same; " +
		"bad = the sum over time of that mean, in seconds; for strict partial weighs 1; percentages are floored; " +
		"the seconds named down are those in which all known components are down, " +
		"partial those in which the mean is above 0 but not all are down: they are for reading and not for multiplying"
)

// compositionMethod is how a service's state follows from its components'.
func compositionMethod(c uptime.Composition) string {
	if c == uptime.AnyOf {
		return "at every instant the service is in the best state of its components, unknown being worse than degraded and better than partial"
	}
	return "at every instant the service is in the worst state of its components, unknown being worse than up and better than degraded"
}

// compositionWord is the configuration's word.
func compositionWord(c uptime.Composition) string {
	switch c {
	case uptime.AnyOf:
		return "any_of"
	case uptime.WeightedMean:
		return "weighted_mean"
	case uptime.AllOf:
	}
	return "all_of"
}
