package app

import (
	"slices"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// alertRules are the rules by which alerts become incidents. The tier is that of
// an outage of the most important component.
func alertRules(file *config.File, components []uptime.Component) (rules []uptime.AlertRule) {
	for _, r := range file.Alertmanager.Incidents {
		rule := uptime.AlertRule{Name: r.Name, Match: probes.MatchOf(r.Match), Tier: 3, Publish: r.Publish}
		for _, id := range r.Components {
			rule.Components = append(rule.Components, uptime.ComponentID(id))
		}
		for _, c := range components {
			if slices.Contains(rule.Components, c.ID) {
				rule.Tier = min(rule.Tier, incidents.TierOf(c.Importance))
			}
		}
		rules = append(rules, rule)
	}
	return rules
}

// alertEvery is how often a monitor looks that goes by an Alertmanager, beside
// whenever that tells something new.
const alertEvery = 30 * time.Second

// alertDefaults sets what other defaults would make no sense of: an alert was
// confirmed before it was sent.
func alertDefaults(file *config.File, m config.Monitor, monitor *uptime.Monitor) {
	if !file.Given(m.Path + ".interval") {
		monitor.Interval = alertEvery
		if !file.Given(m.Path + ".grace") {
			monitor.Grace = alertEvery / 2
		}
	}
	if !file.Given(m.Path + ".confirm.failures") {
		monitor.Confirm.Failures = 1
	}
	if !file.Given(m.Path + ".confirm.successes") {
		monitor.Confirm.Successes = 1
	}
	monitor.Timeout = min(monitor.Timeout, monitor.Interval)
	monitor.Confirm.Retry = min(monitor.Confirm.Retry, monitor.Interval)
}
