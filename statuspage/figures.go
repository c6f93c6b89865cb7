package statuspage

import (
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Decimals of what is shown. Everything is floored, never rounded up.
const (
	figureDecimals   = 4
	coverageDecimals = 2
)

// figuresOf writes an account's figures. interval is the longest time between
// two looks.
func figuresOf(a availability.Figures, interval time.Duration) Figures {
	f := Figures{Coverage: percent(a.Commitment.Coverage(), coverageDecimals)}
	if f.Coverage == "" {
		f.Coverage = "0.00"
	}
	f.Commitment = percent(a.Commitment.Availability(), figureDecimals)
	if f.Commitment == "" {
		return f
	}
	f.Observed = true
	f.Raw, f.Strict = f.Commitment, f.Commitment
	if a.Raw != a.Commitment {
		f.Raw = percent(a.Raw.Availability(), figureDecimals)
	}
	if a.Strict != a.Commitment {
		f.Strict = percent(a.Strict.Availability(), figureDecimals)
	}
	if a.Raw.Outages > 0 && interval > 0 {
		f.Error = "± " + tally(samplingError(interval, a.Raw.Outages))
	}
	return f
}

// percent floors a share of one; empty where it is undefined.
func percent(share *big.Rat, decimals int) string { return availability.FloorPercent(share, decimals) }

// samplingError is the standard deviation of the downtime measured over so many
// outages by looking once an interval: interval ÷ √6, times √n. It is rounded
// up to the second. The error of one outage is the difference of two uniform
// errors, one at each end.
func samplingError(interval time.Duration, outages int) time.Duration {
	deviation := interval.Seconds() / math.Sqrt(6) * math.Sqrt(float64(outages))
	return time.Duration(math.Ceil(deviation)) * time.Second
}

// accountRow is one period in full.
func (b *book) accountRow(period Link, a availability.Figures, interval time.Duration) Row {
	m := a.Commitment
	return Row{
		Period:   period,
		Figures:  figuresOf(a, interval),
		Lower:    percent(m.Lower(), figureDecimals),
		Upper:    percent(m.Upper(), figureDecimals),
		Observed: tally(m.Measured),
		Down:     lost(m.Down),
		Others:   others(m),
		Outages:  m.Outages,
		Formula:  formula(m),
	}
}

func others(m availability.Measure) []Named {
	var out []Named
	for _, other := range []struct {
		name string
		time time.Duration
	}{{"Partly down", m.Partial}, {"Degraded", m.Degraded}, {"Not observed", m.Unknown}} {
		if other.time > 0 {
			out = append(out, Named{other.name, lost(other.time)})
		}
	}
	if m.Excluded > 0 {
		out = append(out, Named{"Excluded", tally(m.Excluded)})
	}
	return out
}

// formula is the sum itself, with its numbers.
func formula(m availability.Measure) string {
	if m.Availability() == nil {
		return "Nothing was observed in this period, so there is nothing to divide by and no figure."
	}
	return fmt.Sprintf("1 − %s s counted ÷ %s s observed = %s %%",
		decimal(m.Bad()), decimal(availability.Seconds(m.Measured)), percent(m.Availability(), figureDecimals))
}

// decimal writes seconds without trailing zeros. Times are exact to the
// nanosecond and weights to the tenth, so ten decimals hold every sum.
func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	text := r.FloatString(10)
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	return text
}

// period is a window of a promise as it stands now.
type period struct {
	calendar.Span // the whole of it
	elapsed       calendar.Span
	name          string // "November 2026 so far"
	closed        bool
	judged        bool // the promise is about such a period
}

// current is the period of the service's window that now lies in.
func (b *book) current(s uptime.Service) period {
	zone := s.Zone
	if zone == nil {
		zone = b.zone
	}
	var p period
	switch s.Window.Kind {
	case uptime.Rolling:
		p.Span = calendar.Rolling(s.Window.Days, b.now)
		p.name = "the last " + uptime.Count(s.Window.Days, "day")
	case uptime.CalendarYear:
		p.Span = calendar.YearAt(b.now, zone)
		p.name = p.From.In(zone).Format("2006") + " so far"
	case uptime.CalendarMonth:
		p.Span = calendar.MonthAt(b.now, zone)
		p.name = p.From.In(zone).Format("January 2006") + " so far"
	}
	p.elapsed, p.judged = calendar.Span{From: p.From, To: b.now}, promised(s)
	return p
}
