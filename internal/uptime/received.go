package uptime

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// ReceivedAlert is one alert of somebody else's Alertmanager, as it told of it
// last. Fingerprint and StartsAt name one firing of it.
type ReceivedAlert struct {
	Fingerprint string // Alertmanager's: the same for the same labels
	Group       string // key of the group that it came in; a group makes one incident
	Labels      map[string]string
	Annotations map[string]string
	StartsAt    time.Time
	EndsAt      time.Time // when it was resolved; zero: it fires
	ReceivedAt  time.Time // of the newest message that told of it
}

// ErrTooManyAlerts says that so many alerts fire already that no further one is
// kept.
var ErrTooManyAlerts = errors.New("too many alerts fire")

// AlertGroup is the group that a message of an Alertmanager is about.
type AlertGroup struct {
	Key     string
	Labels  map[string]string // that all of its alerts have
	LeftOut int64             // how many of its alerts the message does not tell of
}

// Firing tells whether the alert goes on, as far as was said.
func (a ReceivedAlert) Firing() bool { return a.EndsAt.IsZero() }

// AlertMatch picks alerts by their labels: all of its matchers must hold.
type AlertMatch []LabelMatcher

// LabelMatcher asks one label for a value. A label that an alert does not have is
// the empty value, as in Alertmanager.
type LabelMatcher struct {
	Label string
	// Values are those of which one must be there, exactly.
	Values []string
}

// Matches tells whether the labels of an alert are asked for. A match without
// matchers asks for none. Alerts of our own rules say what we said before: taken
// for news they would hold themselves up, so that only a match that names them
// asks for them.
func (m AlertMatch) Matches(labels map[string]string) bool {
	named := false
	for _, matcher := range m {
		if !slices.Contains(matcher.Values, labels[matcher.Label]) {
			return false
		}
		named = named || matcher.Label == alertName
	}
	return len(m) > 0 && (named || !strings.HasPrefix(labels[alertName], ownAlerts))
}

// alertName is the label that has an alert's name, and ownAlerts is how the names
// of those begin that our own rules raise (`upheld rules`).
const (
	alertName = "alertname"
	ownAlerts = "Upheld"
)

// Could tells whether an alert may match of which these labels are known alone.
func (m AlertMatch) Could(known map[string]string) bool {
	for _, matcher := range m {
		if value, is := known[matcher.Label]; is && !slices.Contains(matcher.Values, value) {
			return false
		}
	}
	return len(m) > 0
}

// AlertIncident is what the ids of incidents begin with that alerts opened.
const AlertIncident = "alerts-"

// OfAlerts tells whether an Alertmanager's alerts opened the incident.
func (i Incident) OfAlerts() bool {
	return i.Automatic && strings.HasPrefix(string(i.ID), AlertIncident)
}

// AlertRule turns alerts into an incident: all of one group that match make one,
// which ends when none of them fires any more.
type AlertRule struct {
	Name       string // within the configuration; part of the incident's id
	Match      AlertMatch
	Components []ComponentID // affected; at least one
	Tier       Tier
	Publish    bool // at once; else the incident is a draft that a person publishes
}
