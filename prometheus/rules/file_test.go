package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// hostile is text that would break what does not quote it.
const hostile = "a\"b\\c'd {{ $labels.job }} {{ }} { \n# x: |\n\t- \u2028\u0085\x7f\u202e é 😀 %s %{"

// company is a catalogue with promises of all sorts.
func company() uptime.Catalogue {
	promised := func(id, service, target string) uptime.Commitment {
		p, err := uptime.ParsePercent(target)
		if err != nil {
			panic(err)
		}
		return uptime.Commitment{ID: uptime.CommitmentID(id), Policy: "ours", Kind: uptime.OfAvailability,
			Availability: &uptime.AvailabilityTerms{Service: uptime.ServiceID(service), Target: p}}
	}
	later := promised("L1", "own", "99.999")
	later.Policy = "later"
	return uptime.Catalogue{
		Page: uptime.Page{Name: "Example", URL: "https://status.example.org"},
		Components: []uptime.Component{
			{ID: "db", Importance: uptime.Important}, {ID: "web", Importance: uptime.Critical}, {ID: "docs"},
		},
		Services: []uptime.Service{
			{ID: "shop", Name: "Shop", Components: []uptime.ComponentID{"db", "web"}, Target: 90_000_000},
			{ID: "own", Name: "Own", Components: []uptime.ComponentID{"db"}, Target: 99_500_000},
			{ID: "none", Name: "None", Components: []uptime.ComponentID{"docs"}},
			{ID: "mean", Name: "Mean", Composition: uptime.WeightedMean, Target: 99_000_000},
		},
		Policies: []uptime.Policy{
			{ID: "ours", Number: "7", EffectiveFrom: today, Commitments: []uptime.Commitment{
				promised("A1", "shop", "99.9"), promised("A2", "shop", "99.95"), promised("A3", "gone", "99"), {ID: "A4", Kind: uptime.OfText},
			}},
			{ID: "later", Number: "1", EffectiveFrom: today.Add(time.Second), Commitments: []uptime.Commitment{later}},
		},
	}
}

// budgets are the promises in a file, by service.
func budgets(f File) map[string]Rule {
	out := map[string]Rule{}
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			if r.Record == budgetSeries {
				out[r.Labels[0].Value] = r
			}
		}
	}
	return out
}

func TestAServiceIsHeldToItsStrictestPromise(t *testing.T) {
	f := made(t, company(), Options{})
	for service, want := range map[string]string{
		"shop": "vector(0.0005) [{service shop} {service_name Shop} {target 99.95} {tier 1} {commitment A2} {policy ours}]",
		"own":  "vector(0.005) [{service own} {service_name Own} {target 99.5} {tier 2}]",
		"none": " []", "mean": " []",
	} {
		rule := budgets(f)[service]
		if got := fmt.Sprint(rule.Expr, " ", rule.Labels); got != want {
			t.Errorf("%s: %s, want %s", service, got, want)
		}
	}
	text := string(text(t, f))
	for _, want := range []string{
		`# Left out: 99.9 % by "A1", since service "shop" is held to 99.95 %, which burns first.`,
		`# Left out: service "mean" is a mean`, `# Left out: "A3" is about service "gone", which is not configured.`,
		`# Promises: "later", version "1" (not in force before 2026-11-22T06:00:01Z; write the file anew then)`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	later, err := Of(company(), today.Add(time.Second), Options{})
	if err != nil || budgets(later)["own"].Expr != "vector(0.00001)" {
		t.Errorf("what comes into force later: %v %s", err, budgets(later)["own"].Expr)
	}
}

func text(t testing.TB, f File) []byte {
	t.Helper()
	text, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPromtoolFindsNothingToSay(t *testing.T) {
	t.Parallel()
	large := company()
	for i := range 300 {
		large.Services = append(large.Services, uptime.Service{ID: uptime.ServiceID(fmt.Sprintf("s%d", i)), Name: fmt.Sprint(i), Target: 99_000_000 + uptime.Percent(i)})
	}
	bad := uptime.Catalogue{
		Page:     uptime.Page{Name: hostile, URL: "https://example.org/" + hostile},
		Services: []uptime.Service{{ID: hostile, Name: hostile, Target: 99_900_000}},
		Policies: []uptime.Policy{{ID: hostile, Number: hostile, EffectiveFrom: today, Commitments: []uptime.Commitment{
			{ID: hostile, Policy: hostile, Availability: &uptime.AvailabilityTerms{Service: hostile, Target: uptime.Hundred}},
			{ID: "x" + hostile, Policy: hostile, Availability: &uptime.AvailabilityTerms{Service: "gone" + hostile, Target: 1}},
		}}},
	}
	for name, f := range map[string]File{
		"empty":    made(t, uptime.Catalogue{}, Options{}),
		"usual":    made(t, company(), Options{Runbooks: "https://example.org/alerting"}),
		"large":    made(t, large, Options{Interval: time.Second}),
		"hostile":  made(t, bad, Options{Job: hostile, Runbooks: "https://example.org/{{ $value }}{"}),
		"nonsense": made(t, uptime.Catalogue{Services: []uptime.Service{{ID: "\xff\x00", Name: "\xff", Target: 1}}}, Options{Job: "\xff\x00"}),
	} {
		t.Run(name, func(t *testing.T) { checked(t, f) })
	}
}

// TestHostileWordsArriveAsTheyAre reads the annotations of an alert back out of
// Prometheus.
func TestHostileWordsArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	c := held("99.9")
	c.Services[0].ID, c.Services[0].Name, c.Page.URL = hostile, hostile, "https://example.org/{{ $value }}{"
	c.Policies = []uptime.Policy{{ID: hostile, EffectiveFrom: today, Commitments: []uptime.Commitment{
		{ID: hostile, Policy: hostile, Availability: &uptime.AvailabilityTerms{Service: hostile, Target: 99_900_000}},
	}}}
	f := made(t, c, Options{Job: hostile, Runbooks: "https://example.org/{{ $value }}{"})
	f.Groups = f.Groups[:1]
	labels, annotations := "", ""
	for _, pair := range []Pair{
		{"severity", "page"}, {"service", hostile}, {"service_name", hostile}, {"commitment", hostile}, {"policy", hostile}, {"target", "99.9"}, {"tier", "3"},
	} {
		labels += pair.Name + ": " + quote(pair.Value) + ", "
	}
	for _, pair := range []Pair{
		{"summary", "The error budget of " + hostile + " burns fast."},
		{"description", "Errors use up the budget of 99.9 % (promise " + hostile + " of " + hostile + ") 1000.0 times as fast as the promise allows. " +
			"Find out what fails on the service's page and end it; of a 30 day budget a fiftieth is gone within the hour."},
		{"page", "https://example.org/{{ $value }}{/services/" + hostile},
		{"runbook_url", "https://example.org/{{ $value }}{#upheldserviceburnsfast"},
	} {
		annotations += pair.Name + ": " + quote(pair.Value) + ", "
	}
	prove(t, f, scenario{
		name: "hostile", step: DefaultInterval,
		history: []history{{`upheld_service_errors_ratio{job=` + label(hostile) + `,service=` + label(hostile) + `}`, steady("1", 70)}},
		full: "  alert_rule_test:\n  - eval_time: 31m\n    alertname: UpheldServiceBurnsFast\n    exp_alerts:\n" +
			"    - {exp_labels: {" + labels + "}, exp_annotations: {" + annotations + "}}\n",
		asks: []ask{{time.Minute, "vector(1)", "1"}},
	})
}

func TestTheSameCatalogueMakesTheSameFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := company()
		c.Page.Name, c.Services[0].Name = rapid.String().Draw(t, "page"), rapid.String().Draw(t, "service")
		o := Options{Job: rapid.String().Draw(t, "job")}
		f, err := Of(c, today, o)
		if err != nil {
			t.Fatal(err)
		}
		one, err := f.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Of(c, today, o)
		if err != nil {
			t.Fatal(err)
		}
		if two, err := again.Bytes(); err != nil || !bytes.Equal(one, two) {
			t.Fatal("two files of one catalogue differ")
		}
		for i, line := range bytes.Split(one, []byte("\n")) {
			if bytes.ContainsAny(line, "\r\x00\u2028\u0085") {
				t.Fatalf("line %d breaks within: %q", i+1, line)
			}
		}
	})
}

func TestOptionsThatCannotBe(t *testing.T) {
	for want, o := range map[string]Options{
		"the interval 2m0s cannot be: give whole seconds, 1s to 1m": {Interval: 2 * time.Minute},
		"the interval 500ms cannot be":                              {Interval: time.Second / 2},
		"the interval 1.5s cannot be":                               {Interval: 3 * time.Second / 2},
		"the interval -30s cannot be":                               {Interval: -DefaultInterval},
		`the runbooks' address "docs" cannot be`:                    {Runbooks: "docs"},
		`the runbooks' address "https://a.example/#x" cannot be`:    {Runbooks: "https://a.example/#x"},
	} {
		if _, err := Of(company(), today, o); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestWaitsAreCountedInEvaluations: a file that is evaluated each second is as
// much quicker.
func TestWaitsAreCountedInEvaluations(t *testing.T) {
	usual, quick := made(t, company(), Options{}), made(t, company(), Options{Interval: time.Second})
	waits := 0
	for i, g := range usual.Groups {
		if quick.Groups[i].Interval*30 != g.Interval {
			t.Errorf("%s: every %s, and every %s", g.Name, g.Interval, quick.Groups[i].Interval)
		}
		for j, r := range g.Rules {
			if quick.Groups[i].Rules[j].For*30 != r.For {
				t.Errorf("%s waits %s, and %s", r.Alert, r.For, quick.Groups[i].Rules[j].For)
			}
			waits += int(min(r.For, 1))
		}
	}
	if waits == 0 {
		t.Error("no alert waits")
	}
}

// metric matches what can only be a metric's name in our expressions.
var metric = regexp.MustCompile(`\b(?:upheld|probe)_[a-z0-9_]+\b|\b[a-z]+:[a-z0-9_:]+\b`)

// missing are the metrics that a file rests on and nothing tells.
func missing(f File, reference string) []string {
	known := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` ").FindAllStringSubmatch(reference, -1) {
		known[row[1]] = true
	}
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			known[r.Record] = true
		}
	}
	var out []string
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			for _, name := range metric.FindAllString(r.Expr, -1) {
				if !known[name] {
					known[name] = true
					out = append(out, name)
				}
			}
		}
	}
	return out
}

func TestEveryMetricThatARuleNamesIsTold(t *testing.T) {
	for _, name := range missing(made(t, company(), Options{}), read(t, "reference/metrics.md")) {
		t.Errorf("a rule names %s, which is neither in docs/reference/metrics.md nor recorded", name)
	}
}

func TestAMetricThatIsNotToldIsNamed(t *testing.T) {
	f := File{Groups: []Group{{Rules: []Rule{
		{Record: "service:upheld_x:rate5m", Expr: `upheld_up{job="upheld"} and probe_success and service:upheld_y:rate5m`},
		{Alert: "A", Expr: `service:upheld_x:rate5m > upheld_gone_total`},
	}}}}
	got := fmt.Sprint(missing(f, "| name |\n| `upheld_up` | gauge |\n| `probe_success` | gauge |\n"))
	if want := "[service:upheld_y:rate5m upheld_gone_total]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Upheld knows its own alerts by how their names begin when they come back
// (uptime.AlertMatch). The watchdog is meant to.
func TestOurAlertsAreKnownByTheirNames(t *testing.T) {
	by := uptime.AlertMatch{{Label: "job", Values: []string{"upheld"}}}
	for _, g := range made(t, company(), Options{}).Groups {
		for _, r := range g.Rules {
			if r.Alert != "" && r.Alert != "Watchdog" && by.Matches(map[string]string{"job": "upheld", "alertname": r.Alert}) {
				t.Errorf("%s would be taken for somebody else's", r.Alert)
			}
		}
	}
}
