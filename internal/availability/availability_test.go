package availability

import (
	"fmt"
	"math/big"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

func TestFloor(t *testing.T) {
	for _, c := range []struct {
		x        string
		decimals int
		want     string
	}{
		{"0", 4, "0.0000"},
		{"1/3", 4, "0.3333"},
		{"2/3", 0, "0"},
		{"-1/3", 4, "-0.3334"},
		{"-1/3", 0, "-1"},
		{"-648", 1, "-648.0"},
		{"99.99999", 4, "99.9999"},
		{"100", 4, "100.0000"},
		{"5.007", 2, "5.00"},
		{"-5.007", 2, "-5.01"},
		{"12345678901234567890.5", 1, "12345678901234567890.5"},
	} {
		if got := Floor(rat(c.x), c.decimals); got != c.want {
			t.Errorf("%s with %d decimals: %s, want %s", c.x, c.decimals, got, c.want)
		}
	}
	if got := FloorPercent(rat("1999/2000"), 4); got != "99.9500" {
		t.Errorf("1999/2000: %s", got)
	}
	if Floor(nil, 2) != "" || FloorPercent(nil, 2) != "" {
		t.Error("what is undefined is written")
	}
}

func TestUndefinedIsNil(t *testing.T) {
	for name, m := range map[string]Measure{
		"no window":      Count(nil, nil, Policy{}),
		"zero":           {},
		"empty window":   Count(Lay(span(5, 5), uptime.Up, nil), nil, Policy{}),
		"all excluded":   Count(Lay(span(0, 9), uptime.Down, nil), calendar.Union(span(-5, 20)), Policy{}),
		"as good as new": Count(Lay(span(0, 0), uptime.Up, nil), nil, Policy{Unknown: CountUp}),
	} {
		if m.Availability() != nil || m.Coverage() != nil || m.Lower() != nil || m.Upper() != nil {
			t.Errorf("%s: %+v has figures", name, m)
		}
		if _, defined := m.Meets(one()); defined {
			t.Errorf("%s meets or misses", name)
		}
	}
	blind := Count(Lay(span(0, 9), uptime.Unknown, nil), nil, Policy{})
	if blind.Availability() != nil || blind.Coverage().Sign() != 0 || blind.Lower().Sign() != 0 || blind.Upper().Cmp(one()) != 0 {
		t.Errorf("nothing seen: %+v", blind)
	}
}

func TestExclusionCutsAnOutageInTwo(t *testing.T) {
	line := Lay(span(0, 100), uptime.Up, []Stretch{stretch(10, 60, uptime.Down)})
	m := Count(line, calendar.Union(span(20, 30)), Policy{})
	if m.Outages != 2 || m.Longest != 30*time.Second || m.Down != 40*time.Second {
		t.Errorf("%d outages, the longest %s of %s", m.Outages, m.Longest, m.Down)
	}
	touching := Lay(span(0, 100), uptime.Up, []Stretch{
		stretch(10, 20, uptime.Down), {Span: span(20, 30), State: uptime.Down, Weight: rat("1/2")},
	})
	if m := Count(touching, nil, Policy{}); m.Outages != 1 || m.Longest != 20*time.Second || m.Bad().Cmp(rat("15")) != 0 {
		t.Errorf("%d outages, the longest %s, bad %s", m.Outages, m.Longest, m.Bad())
	}
}

func TestOfTrustsAnOpenSegmentOnlySoFar(t *testing.T) {
	segments := []uptime.Segment{
		{From: at(20), State: uptime.Up},
		{From: at(10), To: at(20), State: uptime.Down},
		{From: at(8), To: at(8), State: uptime.Down},
	}
	m := Count(Of(span(0, 100), segments, at(50)), nil, Policy{})
	if m.Unknown != 60*time.Second || m.Up != 30*time.Second || m.Down != 10*time.Second {
		t.Errorf("%+v", m)
	}
	m = Count(Of(span(0, 100), segments, at(5)), nil, Policy{})
	if m.Up != 0 || m.Unknown != 90*time.Second {
		t.Errorf("an open segment that begins after until: %+v", m)
	}
}

func TestTheThreeFigures(t *testing.T) {
	line := Lay(span(0, 1000), uptime.Up, []Stretch{
		stretch(0, 100, uptime.Down),
		{Span: span(200, 300), State: uptime.Partial, Weight: rat("1/10")},
	})
	f := FiguresOf(line, calendar.Union(span(0, 100)), Policy{})
	for name, c := range map[string]struct {
		m    Measure
		want string
	}{
		"commitment": {f.Commitment, "98.8888"}, // 10 of 900
		"raw":        {f.Raw, "89.0000"},        // 110 of 1000
		"strict":     {f.Strict, "80.0000"},     // 200 of 1000
	} {
		if got := FloorPercent(c.m.Availability(), 4); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTheStrictMeanHardensTheParts(t *testing.T) {
	half := Lay(span(0, 100), uptime.Partial, nil)
	fine := Lay(span(0, 100), uptime.Up, nil)
	f := FiguresOfParts(uptime.WeightedMean, span(0, 100), []Part{{Timeline: half}, {Timeline: fine}}, nil, Policy{})
	if raw, strict := FloorPercent(f.Raw.Availability(), 2), FloorPercent(f.Strict.Availability(), 2); raw != "85.00" || strict != "50.00" {
		t.Errorf("raw %s, strict %s; want 85.00 and 50.00", raw, strict)
	}
}

func TestBarsOfDaysThatAreNot24Hours(t *testing.T) {
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		t.Fatal(err)
	}
	days := calendar.Days(calendar.Month(2026, time.April, sydney), sydney)
	from := time.Date(2026, 4, 4, 15, 30, 0, 0, time.UTC)
	now := time.Date(2026, 4, 6, 0, 0, 0, 0, time.UTC)
	line := Of(calendar.Span{From: days[0].From, To: now}, []uptime.Segment{
		{From: from.Add(-24 * time.Hour), To: from, State: uptime.Up},
		{From: from, To: from.Add(time.Hour), State: uptime.Down},
		{From: from.Add(time.Hour), State: uptime.Up},
	}, now)
	bars := Bars(line, days)
	if len(bars) != 30 {
		t.Fatalf("%d bars", len(bars))
	}
	short := bars[4] // 5 April, 25 h
	if short.Down != time.Hour || short.Up != 24*time.Hour || short.Worst() != uptime.Down {
		t.Errorf("5 April: %+v", short)
	}
	if first := bars[0]; first.Unknown != 24*time.Hour || first.Worst() != uptime.Unknown {
		t.Errorf("1 April: %+v", first)
	}
	if today := bars[5]; today.Up != 10*time.Hour || today.Unknown != 0 {
		t.Errorf("6 April, 10 h old: %+v", today)
	}
	if ahead := bars[6]; ahead.Observed() != 0 || ahead.Unknown != 0 {
		t.Errorf("7 April is yet to come: %+v", ahead)
	}
}

func TestBurnRules(t *testing.T) {
	target := rat("0.999")
	windows := map[time.Duration]BurnWindow{}
	for _, r := range BurnRules() {
		for _, d := range []time.Duration{r.Long, r.Short} {
			windows[d] = BurnWindow{Nominal: d, Measured: d, Bad: times(rat("0.02"), Seconds(d))}
		}
	}
	all := Watch(BurnRules(), windows, target, rat("0.5"))
	if len(all.Fired) != 4 || all.Notify != Page || len(all.Insufficient) != 0 {
		t.Errorf("20 times too fast everywhere: %+v", all)
	}
	fiveMinutes := windows[5*time.Minute]
	fiveMinutes.Measured = 149 * time.Second
	windows[5*time.Minute] = fiveMinutes
	delete(windows, 72*time.Hour)
	some := Watch(BurnRules(), windows, target, rat("0.5"))
	if len(some.Fired) != 2 || len(some.Insufficient) != 2 {
		t.Errorf("one window half seen, one missing: %+v", some)
	}
	none := Watch(nil, windows, target, rat("0.5"))
	if none.Notify != "" {
		t.Errorf("no rules: %+v", none)
	}
}

func TestATargetOfAHundredPercent(t *testing.T) {
	w := BurnWindow{Nominal: time.Hour, Measured: time.Hour, Bad: one()}
	if w.Rate(one()) != nil {
		t.Error("no budget, and a rate")
	}
	rules := []BurnRule{{Page, time.Hour, time.Hour, rat("14.4")}}
	windows := map[time.Duration]BurnWindow{time.Hour: w}
	if got := Watch(rules, windows, one(), zero()); got.Notify != Page {
		t.Errorf("a bad second against no budget: %+v", got)
	}
	b := BudgetOf(one(), time.Hour, 0, zero())
	if b.Exhausted || b.Left != nil {
		t.Errorf("%+v", b)
	}
	terms := TermsFor(one())
	p := Period{Length: 2 * time.Hour, Elapsed: time.Hour, Bad: zero()}
	if got := p.Open(terms); got != OnTrack {
		t.Errorf("nothing spent of nothing: %s", got)
	}
	p.Bad = one()
	if got := p.Open(terms); got != Breached {
		t.Errorf("a second spent of nothing: %s", got)
	}
}

func TestVerdicts(t *testing.T) {
	terms := TermsFor(rat("0.999"))
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		p      Period
		closed Verdict
	}{
		{"nothing counts", Period{Length: day, Excluded: day, Bad: zero()}, InsufficientData},
		{"nothing seen", Period{Length: day, Unknown: day, Bad: zero()}, InsufficientData},
		{"blind, but broken for certain", Period{Length: day, Unknown: 12 * time.Hour, Bad: rat("87")}, Breached},
		{"hardly blind", Period{Length: day, Unknown: time.Minute, Bad: rat("26")}, Met},
		{"covered, and the measured value misses", Period{Length: day, Unknown: time.Hour, Bad: rat("83")}, Breached},
		{"covered, and the measured value meets", Period{Length: day, Unknown: time.Hour, Bad: rat("82")}, Met},
	} {
		if got := c.p.Closed(terms); got != c.closed {
			t.Errorf("%s: %s, want %s", c.name, got, c.closed)
		}
	}
	m := Count(Lay(span(0, 3600), uptime.Unknown, nil), nil, Policy{})
	if got := PeriodOf(m, day).Open(terms); got != OnTrack {
		t.Errorf("open, nothing seen yet: %s", got)
	}
}

// BenchmarkBars lays the segments of 1,000 components and draws 90 days of each.
func BenchmarkBars(b *testing.B) {
	now := base.Add(7 * time.Hour)
	days := calendar.LastDays(90, now, time.UTC)
	window := calendar.Span{From: days[0].From, To: now}
	var segments []uptime.Segment
	for t, i := window.From, 0; t.Before(now); i++ {
		next := t.Add(53 * time.Hour)
		outage := next.Add(11 * time.Minute)
		segments = append(segments,
			uptime.Segment{From: t, To: next, State: uptime.Up},
			uptime.Segment{From: next, To: outage, State: uptime.Down})
		t = outage
	}
	b.ReportAllocs()
	for b.Loop() {
		for range 1000 {
			Bars(Of(window, segments, now), days)
		}
	}
	b.ReportMetric(float64(len(segments)), "segments")
}

func ExampleFloorPercent() {
	fmt.Println(FloorPercent(big.NewRat(9994996, 10000000), 4))
	// Output: 99.9499
}
