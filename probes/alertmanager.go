package probes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

const alertmanagerExample = `type: alertmanager
match: {service: checkout, severity: [page, critical]}
`

const alertmanagerNotes = `An Alertmanager sends its alerts to ` + "`/api/v1/alertmanager`" + ` of the public
listener: how to set it up is told in [alertmanager.md](../alertmanager.md).

| what was heard | the look |
|---|---|
| a matching alert fires | fail, or slow with ` + "`as: degraded`" + ` (alert_firing) |
| none does, and the watchdog was heard within ` + "`within`" + ` | pass |
| none does, and a message left out alerts that may match | unseen (not_told) |
| neither the watchdog nor the alert was heard within ` + "`within`" + ` | unseen (not_told) |

Unless the file says otherwise, it looks every 30 seconds and whenever an alert
has changed, and one look is enough: an alert was confirmed by its own ` + "`for`" + `.
`

// Alertmanager are the settings of a monitor that goes by what an Alertmanager
// tells.
type Alertmanager struct {
	Match  config.Labels   `yaml:"match" jsonschema:"required" doc:"The labels that an alert must have, all of them, each with its value or one of a list. The watchdog never matches, and an alert of Upheld's own rules only by its alertname."`
	As     string          `yaml:"as" jsonschema:"enum=down,enum=degraded" doc:"What the component is while a matching alert fires: down or degraded." default:"down"`
	Within config.Duration `yaml:"within" doc:"For how long the watchdog's newest word vouches that what was not told does not fire, 30s to 24h. Longer than the watchdog is repeated." default:"5m"`
}

// The bounds of an alertmanager monitor's settings.
const (
	usualWithin    = config.Duration(5 * time.Minute)
	shortestWithin = config.Duration(30 * time.Second)
	longestWithin  = config.Duration(24 * time.Hour)
)

// Alerts tells what an Alertmanager has told.
type Alerts interface {
	// Reported is what is known of the alerts that match, the watchdog left out.
	Reported(match uptime.AlertMatch) Reported
}

// Reported is what an Alertmanager has told. A zero time says: never.
type Reported struct {
	Firing []uptime.ReceivedAlert // the longest first
	// Watchdog is the newest message in which the watchdog fired.
	Watchdog time.Time
	// Listening is since when messages can be heard without a gap: the start of
	// the process, its waking after it was suspended, or the newest message that
	// could not be kept. What fires may have been told to nobody until then.
	Listening time.Time
	// LeftOut tells that alerts which may match were left out of the newest message
	// of their group: whether they fire was told to nobody.
	LeftOut bool
}

// MatchOf are labels as alerts are matched by, in the order of their names.
func MatchOf(labels config.Labels) uptime.AlertMatch {
	var match uptime.AlertMatch
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		match = append(match, uptime.LabelMatcher{Label: label, Values: labels[label]})
	}
	return match
}

// Target is empty: nothing is connected to.
func (s *Alertmanager) Target() string { return "" }

// Build checks the settings.
func (s *Alertmanager) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	s.Match.Check("match", func(path, what, remedy string) { wrong.add(path, "%s; %s", what, remedy) })
	if s.As != "" && s.As != "down" && s.As != "degraded" {
		wrong.add("as", "is %q; use down or degraded", s.As)
	}
	rule := alertRule{within: s.Within.D(), degraded: s.As == "degraded"}
	if s.Within == 0 {
		rule.within = usualWithin.D()
	}
	if given := config.Duration(rule.within); given < shortestWithin || given > longestWithin {
		wrong.add("within", "is %s; use %s to %s, and more than the time after which the watchdog is repeated", given, shortestWithin, longestWithin)
	}
	return &alertProber{env, MatchOf(s.Match), rule}, wrong.err()
}

type alertProber struct {
	env   Env
	match uptime.AlertMatch
	rule  alertRule
}

// Look judges what was told so far.
func (p *alertProber) Look(context.Context) Result {
	if p.env.Alerts == nil {
		return unseen(Result{}, uptime.ProbeFault, "nothing listens for alerts here")
	}
	return p.rule.judge(p.env.Alerts.Reported(p.match), p.env.Now())
}

// alertRule says what alerts come to.
type alertRule struct {
	within   time.Duration
	degraded bool // instead of down
}

// judge decides from what was told alone.
//
// An alert that fires goes on until it is said to be resolved, for as long as we
// still hear: of the watchdog, or of itself. It is repeated so seldom that its own
// silence says nothing. Once neither was heard for too long nobody knows, and the
// look is Unseen: the outage is not over, and not known to go on.
//
// That nothing fires is vouched for by the watchdog alone, and only by a word that
// came since we could hear without a gap: before that, an alert may have been told
// to nobody.
func (a alertRule) judge(told Reported, now time.Time) (r Result) {
	lately := func(t time.Time) bool { return !t.IsZero() && now.Sub(t) < a.within }
	heard := told.Watchdog
	for _, alert := range told.Firing {
		heard = uptime.Later(heard, alert.ReceivedAt)
	}
	switch {
	case len(told.Firing) > 0 && lately(heard):
		r.fail(uptime.AlertFiring, "%s", alertsLine(told.Firing))
		if a.degraded {
			r.Outcome = uptime.Slow
		}
	case len(told.Firing) > 0:
		r = unseen(r, uptime.NotTold, "no word of the Alertmanager %s; then it said that %s", since(heard), alertsLine(told.Firing))
	case !lately(told.Watchdog):
		r = unseen(r, uptime.NotTold, "no word of the watchdog %s: see that it is sent more often than every %s", since(told.Watchdog), config.Duration(a.within))
	case told.Watchdog.Before(told.Listening):
		r = unseen(r, uptime.NotTold, "no word of the watchdog since we listen without a gap, %s", stamp(told.Listening))
	case told.LeftOut:
		r = unseen(r, uptime.NotTold, "alerts that may match were left out of a message of their group: set max_alerts: 0 in Alertmanager's webhook_configs")
	default:
		r.pass()
	}
	return r
}

// alertsLine names the alert that fires longest, and counts the others.
func alertsLine(firing []uptime.ReceivedAlert) string {
	first := firing[0]
	line := fmt.Sprintf("alert %s fires since %s", first.Labels["alertname"], stamp(first.StartsAt))
	if more := len(firing) - 1; more > 0 {
		line += fmt.Sprintf(", and %d more", more)
	}
	if summary := first.Annotations["summary"]; summary != "" {
		line += ": " + summary
	}
	return line
}
