package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
)

// The series that the burn rules record.
const (
	budgetSeries = "service:upheld_promise:budget_ratio"
	errorsSeries = "service:upheld_errors:ratio"
	rateSeries   = "service:upheld_burn:rate" // and the window
	alarmSeries  = "service:upheld_burn:alarm"
)

// slower is how many times longer than the interval the rules of tickets wait
// from one evaluation to the next: their windows are long, and nobody is woken.
const slower = 4

// memory is how far back an alarm is looked for that a gap shall not resolve.
const memory = time.Hour

// fast is the group of the promises, the samples and the rules that page.
func (w writer) fast(promises []promise, beside []string) Group {
	g := Group{Name: "upheld-burn-fast", Interval: w.Interval, Comment: []string{
		"How fast the error budgets burn. All that is averaged is sampled here at one pace,",
		"so that the number of samples tells how much of a window was observed.",
	}}
	for i, p := range promises {
		rule := Rule{Record: budgetSeries, Expr: "vector(" + p.budget() + ")", Labels: p.labels()}
		if i == 0 {
			rule.Comment = append([]string{"The share of time that each promise leaves for errors."}, beside...)
		}
		g.Rules = append(g.Rules, rule)
	}
	g.Rules = append(g.Rules, Rule{
		Comment: []string{"The share that is unavailable now; absent while unknown, or excluded by work announced in time."},
		Record:  errorsSeries, Expr: "max by (service) (" + w.metric("upheld_service_errors_ratio") + ")",
	})
	rules := rulesOf(availability.Page)
	g.Rules = append(g.Rules, w.rates(windowsOf(rules))...)
	g.Rules = append(g.Rules, alarms(rules)...)
	g.Rules = append(g.Rules, w.alert(alert{
		name: "UpheldServiceBurnsFast", severity: "page", path: "/services/{{ $labels.service }}",
		expr:        "max without (rule, severity) (" + alarmSeries + "{severity=\"page\"}) > 0",
		summary:     "The error budget of {{ $labels.service_name }} burns fast.",
		description: burnt + "Find out what fails on the service's page and end it; of a 30 day budget a fiftieth is gone within the hour.",
	}))
	return g
}

// burnt tells how fast a budget burns, and by which promise.
const burnt = `Errors use up the budget of {{ $labels.target }} %{{ with $labels.commitment }} (promise {{ . }} of {{ $labels.policy }}){{ end }} {{ printf "%.1f" $value }} times as fast as the promise allows. `

// slow is the group of the rules that write tickets.
func (w writer) slow() Group {
	g := Group{Name: "upheld-burn-slow", Interval: slower * w.Interval, Comment: []string{
		"The same over days. A service that pages already gets no ticket beside it.",
	}}
	rules := rulesOf(availability.Ticket)
	recorded := windowsOf(rulesOf(availability.Page))
	windows := slices.DeleteFunc(windowsOf(rules), func(d time.Duration) bool { return slices.Contains(recorded, d) })
	g.Rules = append(g.Rules, w.rates(windows)...)
	g.Rules = append(g.Rules, alarms(rules)...)
	g.Rules = append(g.Rules, w.alert(alert{
		name: "UpheldServiceBurnsSlowly", severity: "ticket", path: "/services/{{ $labels.service }}",
		expr: "max without (rule, severity) (" + alarmSeries + "{severity=\"ticket\"}) > 0\n" +
			"unless on (service) " + alarmSeries + "{severity=\"page\"} > 0",
		summary:     "The error budget of {{ $labels.service_name }} burns slowly.",
		description: burnt + "Look in working hours for what fails again and again; at this rate the budget does not last the period.",
	}))
	return g
}

// rulesOf are the burn rules of a severity.
func rulesOf(s availability.Severity) []availability.BurnRule {
	return slices.DeleteFunc(availability.BurnRules(), func(r availability.BurnRule) bool { return r.Severity != s })
}

// windowsOf are the windows of rules, the shortest first.
func windowsOf(rules []availability.BurnRule) []time.Duration {
	var windows []time.Duration
	for _, r := range rules {
		windows = append(windows, r.Long, r.Short)
	}
	slices.Sort(windows)
	return slices.Compact(windows)
}

// rates record how fast budgets burn over windows of which enough was observed.
func (w writer) rates(windows []time.Duration) []Rule {
	var out []Rule
	for i, window := range windows {
		samples := int(window / w.Interval)
		rule := Rule{Record: rateSeries + span(window), Expr: fmt.Sprintf(`round(
  avg_over_time(%[1]s[%[2]s]) / on (service) group_right () %[3]s,
  0.000001
) and on (service) count_over_time(%[1]s[%[2]s]) >= %[4]d`, errorsSeries, span(window), budgetSeries, (samples+1)/2)}
		if i == 0 {
			rule.Comment = []string{
				"How many times faster than the promise allows; absent where less than half of the window was observed.",
				"Rounded, so that what burns exactly as fast as a limit is not over it by an error of arithmetic.",
			}
		}
		out = append(out, rule)
	}
	return out
}

// alarms record of each burn rule how fast the budget burns while the rule fires,
// and 0 while it does not. A rule that sees too little neither fires nor resolves:
// it stays as it was.
func alarms(rules []availability.BurnRule) []Rule {
	var out []Rule
	for i, r := range rules {
		long, short, limit := rateSeries+span(r.Long), rateSeries+span(r.Short), trimZeros(availability.Floor(r.Burn, 6))
		name := limit + " over " + span(r.Long) + " and " + span(r.Short)
		rule := Rule{
			Record: alarmSeries, Labels: []Pair{{"rule", name}, {"severity", string(r.Severity)}},
			Expr: fmt.Sprintf(`# both windows burn too fast: how fast the long one does
(%[1]s > %[3]s and %[2]s > %[3]s)
# both were observed, and one does not: 0, as nothing is over infinity
or (%[1]s and %[2]s) > bool Inf
# one was too little observed: as it was, unless the promise is another
or on (service) (
  last_over_time(%[4]s{rule=%[5]s}[%[6]s]) and ignoring (rule, severity) %[7]s
)`, long, short, limit, alarmSeries, label(name), span(memory), budgetSeries),
		}
		if i == 0 {
			rule.Comment = []string{"The " + strings.ToLower(string(r.Severity)) + " rules: how fast the budget burns while one fires, else 0."}
		}
		out = append(out, rule)
	}
	return out
}
