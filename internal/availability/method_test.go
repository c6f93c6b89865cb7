package availability

import (
	"fmt"
	"math/big"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// methodFigures computes every figure of docs/method.md, in its order.
func methodFigures() []string {
	var list []string
	percent := func(share *big.Rat, decimals int) { list = append(list, FloorPercent(share, decimals)+" %") }
	seconds := func(s *big.Rat, decimals int) { list = append(list, Floor(s, decimals)+" s") }

	// 2. We decide what to believe
	outage := calendar.Span{
		From: time.Date(2026, 6, 9, 14, 3, 0, 0, time.UTC), To: time.Date(2026, 6, 9, 14, 24, 36, 0, time.UTC),
	}
	seconds(Seconds(outage.Duration()), 0)

	// 3. We count seconds
	june, target := calendar.Month(2026, time.June, time.UTC), uptime.Percent(99_950_000).Rat()
	seconds(Seconds(june.Duration()), 0)
	seconds(Allowed(target, june.Duration()), 0)
	percent(Count(Lay(june, uptime.Up, []Stretch{{Span: outage, State: uptime.Down}}), nil, Policy{}).Availability(), 4)
	outage.To = outage.To.Add(time.Second)
	percent(Count(Lay(june, uptime.Up, []Stretch{{Span: outage, State: uptime.Down}}), nil, Policy{}).Availability(), 4)

	// 4. Time that nobody saw
	day := calendar.DayOn(calendar.Date{Year: 2026, Month: time.May, Day: 10}, time.UTC).Span
	clock := func(from, to time.Duration) calendar.Span {
		return calendar.Span{From: day.From.Add(from), To: day.From.Add(to)}
	}
	const minute, hour = time.Minute, time.Hour
	m := Count(Lay(day, uptime.Up, []Stretch{
		{Span: clock(4*hour, 6*hour), State: uptime.Unknown},
		{Span: clock(12*hour, 12*hour+30*minute), State: uptime.Down},
	}), nil, Policy{})
	seconds(Seconds(m.Measured), 0)
	percent(m.Availability(), 4)
	percent(m.Coverage(), 2)
	percent(m.Lower(), 4)
	percent(m.Upper(), 4)

	// 5. Half an outage
	partial := Stretch{Span: clock(12*hour, 13*hour), State: uptime.Partial}
	m = Count(Lay(day, uptime.Up, []Stretch{partial}), nil, Policy{})
	seconds(m.Bad(), 0)
	percent(m.Availability(), 4)

	// 6. Agreed maintenance, and three figures
	down := Stretch{Span: clock(3*hour+30*minute, 4*hour+10*minute), State: uptime.Down}
	f := FiguresOf(Lay(day, uptime.Up, []Stretch{down, partial}), calendar.Union(clock(2*hour, 4*hour)), Policy{})
	for _, m := range []Measure{f.Commitment, f.Raw, f.Strict} {
		seconds(Seconds(m.Measured), 0)
		seconds(m.Bad(), 0)
		percent(m.Availability(), 4)
	}

	// 7. A service of several components
	parts := []Part{
		{Timeline: Lay(day, uptime.Up, []Stretch{{Span: clock(0, 30*minute), State: uptime.Down}})},
		{Timeline: Lay(day, uptime.Up, []Stretch{{Span: clock(20*minute, 50*minute), State: uptime.Down}})},
	}
	for _, how := range []uptime.Composition{uptime.AllOf, uptime.AnyOf, uptime.WeightedMean} {
		m := Count(Compose(how, day, parts, Weights{}), nil, Policy{})
		seconds(m.Bad(), 0)
		percent(m.Availability(), 4)
	}
	parts[0].Excluded = calendar.Union(clock(0, hour))
	for _, how := range []uptime.Composition{uptime.AllOf, uptime.AnyOf} {
		m := FiguresOfService(how, day, parts, Policy{}).Commitment
		seconds(Seconds(m.Excluded), 0)
		seconds(m.Bad(), 0)
		percent(m.Availability(), 4)
	}

	return append(list, methodPromises(target)...)
}

// methodPromises are the figures of the sections on windows, budgets and verdicts.
func methodPromises(target *big.Rat) []string {
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		panic(err)
	}
	april := calendar.Month(2026, time.April, sydney)
	rolling := calendar.Rolling(30, time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC)).Duration()
	nines := uptime.Percent(99_900_000).Rat()
	budget := BudgetOf(nines, rolling, 0, big.NewRat(648, 1))
	burning := BurnWindow{Nominal: time.Hour, Measured: time.Hour, Bad: big.NewRat(60, 1)}
	month := Period{Length: 31 * 24 * time.Hour, Elapsed: 2 * 24 * time.Hour, Bad: big.NewRat(600, 1)}
	if month.Open(TermsFor(target)) != AtRisk {
		panic("the month of section 9 is not at risk")
	}
	return []string{
		Floor(Seconds(april.Duration()), 0) + " s",
		Floor(Allowed(target, april.Duration()), 1) + " s",
		Floor(Seconds(rolling), 0) + " s",
		Floor(budget.Allowed, 1) + " s",
		Floor(budget.Remaining, 1) + " s",
		FloorPercent(budget.Left, 2) + " %",
		Floor(burning.Rate(nines), 4),
		Floor(Allowed(target, month.Length), 1) + " s",
		Floor(month.Projected(), 1) + " s",
	}
}

// Example_method computes the figures of docs/method.md.
func Example_method() {
	for _, figure := range methodFigures() {
		fmt.Println(figure)
	}
	// Output:
	// 1296 s
	// 2592000 s
	// 1296 s
	// 99.9500 %
	// 99.9499 %
	// 79200 s
	// 97.7272 %
	// 91.66 %
	// 89.5833 %
	// 97.9166 %
	// 1080 s
	// 98.7500 %
	// 79200 s
	// 1680 s
	// 97.8787 %
	// 86400 s
	// 3480 s
	// 95.9722 %
	// 86400 s
	// 6000 s
	// 93.0555 %
	// 3000 s
	// 96.5277 %
	// 600 s
	// 99.3055 %
	// 1800 s
	// 97.9166 %
	// 1800 s
	// 1800 s
	// 97.8723 %
	// 0 s
	// 600 s
	// 99.3055 %
	// 2595600 s
	// 1297.8 s
	// 2592000 s
	// 2592.0 s
	// 1944.0 s
	// 75.00 %
	// 16.6666
	// 1339.2 s
	// 9300.0 s
}

// TestTheMethodPageSaysWhatIsComputed: the figures of the page, which are set as
// code, are the computed ones, in the same order.
func TestTheMethodPageSaysWhatIsComputed(t *testing.T) {
	page, err := os.ReadFile("../../docs/method.md")
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	for _, match := range regexp.MustCompile("`(-?[0-9][^`]*)`").FindAllSubmatch(page, -1) {
		printed = append(printed, string(match[1]))
	}
	computed := methodFigures()
	for i := range max(len(printed), len(computed)) {
		var says, is string
		if i < len(printed) {
			says = printed[i]
		}
		if i < len(computed) {
			is = computed[i]
		}
		if says != is {
			t.Fatalf("figure %d of docs/method.md is %q, computed is %q", i+1, says, is)
		}
	}
	if slices.Contains(computed, "") {
		t.Error("a figure is undefined")
	}
}
