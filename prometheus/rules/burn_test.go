package rules

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
)

// alarm asks how a burn rule of a service stands.
func alarm(service string, r availability.BurnRule) string {
	return fmt.Sprintf(`sum(service:upheld_burn:alarm{service=%q,rule="%s over %s and %s"} > bool 0)`,
		service, trimZeros(availability.Floor(r.Burn, 6)), span(r.Long), span(r.Short))
}

// samplesToFire is how many bad samples of an outage it takes, by the formula of
// the detection time: the first that is over it.
func samplesToFire(target uptime.Percent, r availability.BurnRule, interval time.Duration) int {
	time := availability.TimeToFire(target.Rat(), big.NewRat(1, 1), r.Long, r.Burn)
	samples := new(big.Rat).Quo(time, availability.Seconds(interval))
	return int(new(big.Int).Quo(samples.Num(), samples.Denom()).Int64()) + 1
}

// burning is the part of a file that burn rules are in. The interval may be longer
// than users can ask for, which makes days shorter to run through.
func burning(c uptime.Catalogue, interval time.Duration) File {
	promises, beside := promisesOf(c, today)
	w := writer{Options: Options{Job: DefaultJob, Interval: interval}}
	return File{Groups: []Group{w.fast(promises, beside), w.slow()}}
}

// detection proves when each rule of a severity fires in an outage of the whole
// service, after a window without a fault.
func detection(t *testing.T, interval time.Duration, severity availability.Severity, targets ...string) {
	t.Helper()
	s := scenario{name: string(severity), step: interval}
	rules := rulesOf(severity)
	before := int(rules[len(rules)-1].Long/interval) + 2
	most := 0
	for _, text := range targets {
		target, err := uptime.ParsePercent(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules {
			n := samplesToFire(target, r, interval)
			most = max(most, n)
			at := time.Duration(before+n-1) * interval
			s.asks = append(s.asks, ask{at - interval, alarm(text, r), "0"}, ask{at, alarm(text, r), "1"})
		}
	}
	for _, text := range targets {
		s.history = append(s.history, history{errorsOf(text), steady("0", before) + steady("1", most+1)})
	}
	f := burning(held(targets...), interval)
	if severity == availability.Page {
		f.Groups = f.Groups[:1]
	}
	prove(t, f, s)
}

func TestAnOutagePagesWhenTheFormulaSays(t *testing.T) {
	t.Parallel()
	detection(t, 2*time.Minute, availability.Page, "99", "99.9", "99.95")
}

func TestAnOutageMakesATicketWhenTheFormulaSays(t *testing.T) {
	t.Parallel()
	detection(t, 20*time.Minute, availability.Ticket, "90", "99", "99.9")
}

// minutes is so many minutes of a value at the usual interval; "" is none.
func minutes(n float64, value string) string {
	steps := int(n * float64(time.Minute) / float64(DefaultInterval))
	if value == "" {
		return nothing(steps)
	}
	return steady(value, steps)
}

// The services of one timeline: what each had, and when its page shall begin and
// end to fire. An hour is enough for the rule of an hour; that of six sees too
// little in all of them.
func TestPagesBeginAndEnd(t *testing.T) {
	t.Parallel()
	const never = ""
	at := func(minutes float64) time.Duration { return time.Duration(minutes * float64(time.Minute)) }
	good := minutes(60, "0")
	cases := []struct {
		name, values string
		quiet        []float64 // minutes at which it shall not fire
		fires        []float64 // and at which it shall
	}{
		// the first bad sample is at 60, two are over 52 s; the last stays in the short window to 69.5
		{"the short window ends it", good + minutes(5, "1") + minutes(60, "0"), []float64{60, 70, 71, 90}, []float64{60.5, 64.5, 69.5}},
		{"half a minute pages nobody", good + minutes(.5, "1") + minutes(60, "0"), []float64{60, 60.5, 61, 64}, nil},
		{"a part counts as a part", good + minutes(30, "0.3"), []float64{60, 61.5, 62}, []float64{62.5, 80}},
		{"exactly as fast as the limit is not faster", minutes(120, "0.0144"), []float64{30, 60, 90, 119}, nil},
		{"a little faster is", minutes(120, "0.01441"), []float64{29}, []float64{30, 60, 119}},
		// 60 samples are half an hour with both ends
		{"a new server waits for half of the window", minutes(60, "1"), []float64{1, 10, 29}, []float64{29.5, 59}},
		{"what is not seen does not end it", good + minutes(5, "1") + minutes(20, "") + minutes(30, "0"), []float64{60, 87, 90}, []float64{64, 68, 75, 84.5, 86.5}},
		{"for longer than the memory", good + minutes(5, "1") + minutes(55, ""), []float64{60}, []float64{64, 90, 110, 119}},
		{"what is not seen does not begin it", good + minutes(20, "") + minutes(40, "0"), []float64{61, 70, 80, 82, 90, 110}, nil},
		// an announced hour is absent, as is all that is excluded
		{"work announced in time burns nothing", good + minutes(25, "") + minutes(30, "0"), []float64{65, 84, 85, 87, 100}, nil},
		{"an overrun does, once enough is seen", good + minutes(20, "") + minutes(30, "1"), []float64{79, 80, 81.5}, []float64{82, 100}},
	}
	var c uptime.Catalogue
	s := scenario{name: "pages", step: DefaultInterval}
	for i, tc := range cases {
		id := fmt.Sprintf("s%d", i)
		c.Services = append(c.Services, uptime.Service{ID: uptime.ServiceID(id), Name: tc.name, Target: 99_900_000})
		s.history = append(s.history, history{errorsOf(id), tc.values})
		fires := firing("UpheldServiceBurnsFast", fmt.Sprintf("service_name=%q", tc.name))
		for _, m := range tc.quiet {
			s.asks = append(s.asks, ask{at(m), fires, never})
		}
		for _, m := range tc.fires {
			s.asks = append(s.asks, ask{at(m), fires, "1"})
		}
	}
	// 0.00432 is exactly 14.4 times 0.0003, which a division of floats makes a little more
	c.Services = append(c.Services, uptime.Service{ID: "exact", Name: "exact", Target: 99_970_000})
	s.history = append(s.history, history{errorsOf("exact"), minutes(120, "0.00432")})
	s.asks = append(s.asks, ask{at(60), firing("UpheldServiceBurnsFast", `service="exact"`), never}, ask{at(110), firing("UpheldServiceBurnsFast", `service="exact"`), never})
	// the long window of the first still burns when the short one has ended it
	s.asks = append(s.asks, ask{at(90), `sum(service:upheld_burn:rate1h{service="s0"} > bool 14.4)`, "1"})
	f := burning(c, DefaultInterval)
	f.Groups = f.Groups[:1]
	prove(t, f, s)
}

func TestOneNotificationOfTheHighestSeverity(t *testing.T) {
	t.Parallel()
	const step = 10 * time.Minute
	before := 13 * 6
	s := scenario{name: "severities", step: step, history: []history{
		{errorsOf("99.9"), steady("0", before) + steady("1", 6) + steady("0", 40)},
		{errorsOf("99"), steady("0", before) + steady("1", 6) + steady("0", 40)},
		{errorsOf("100"), steady("0", before) + steady("0.01", 1) + steady("0", 40)},
	}}
	at := func(steps int) time.Duration { return time.Duration(before+steps) * step }
	fast := func(service string) string {
		return firing("UpheldServiceBurnsFast", fmt.Sprintf("service=%q", service))
	}
	slow := func(service string) string {
		return firing("UpheldServiceBurnsSlowly", fmt.Sprintf("service=%q", service))
	}
	for steps, want := range map[int][2]string{-1: {"", ""}, 0: {"1", ""}, 5: {"1", ""}, 8: {"1", ""}, 9: {"", "1"}, 17: {"", "1"}, 18: {"", ""}, 39: {"", ""}} {
		s.asks = append(s.asks, ask{at(steps), fast("99.9"), want[0]}, ask{at(steps), slow("99.9"), want[1]})
	}
	s.asks = append(s.asks,
		ask{at(-1), fast("100"), ""}, ask{at(0), fast("100"), "1"}, ask{at(9), fast("100"), ""}, // no budget: any bad time is too much
		ask{at(5), `count(ALERTS{alertstate="firing",service="99.9"})`, "1"},
		ask{at(9), `count(ALERTS{alertstate="firing",service="99.9"})`, "1"},
	)
	prove(t, burning(held("99.9", "99", "100"), step), s)
}
