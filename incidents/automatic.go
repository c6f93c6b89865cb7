// Package incidents holds the life cycle of incidents. Its decisions are pure:
// they are handed what is known and the time, and return uptime.Changes for
// somebody else to apply. It does not watch, store or send.
package incidents

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// QuietTime is how long a component must have been quiet before its last
// outage and the next one count as two incidents.
const QuietTime = 15 * time.Minute

// Kind says what happened to a component.
type Kind uint8

// The kinds of event.
const (
	WentDown   Kind = iota // confirmed
	Recovering             // a first look passed; not confirmed yet
	Relapsed               // a look failed before the recovery was confirmed
	Recovered              // confirmed
	Quiet                  // time has passed since the last change
	Cleared                // nothing that is looked at finds it down any more; no turn told so
	Unwatched              // nobody looks at it any more
)

// Event is a change of one component's health.
type Event struct {
	Kind      Kind
	Component uptime.Component
	At        time.Time // when it began: backdated to the first look of the run
	Confirmed time.Time // when the look began that confirmed it; zero: now
	Code      uptime.Code
	Facts     uptime.Facts
	Looks     int            // how many looks in a row were needed to believe it
	Flapping  bool           // it went up and down often lately (verdict.Flapping)
	Zone      *time.Location // of the times in the public's sentences; nil: UTC
}

// Decide says what an event does to the component's automatic incident.
// Known holds the newest automatic incident of that component, open or not, if
// there is one. Only critical components have automatic incidents; they are of
// Tier 1 (golden family tier, rule T1-OUTAGE).
func Decide(known *uptime.Incident, event Event, now time.Time) uptime.Changes {
	open := known != nil && known.Open()
	switch event.Kind {
	case WentDown:
		switch {
		case known != nil && known.StartedAt.Equal(event.At):
			return uptime.Changes{} // decided and written already
		case open:
			return write(*known, uptime.Investigating, event.failing("Down again. "), uptime.WentDown, now)
		case known != nil && event.At.Sub(known.ResolvedAt) < QuietTime:
			return reopen(*known, event, now)
		case event.Component.Importance == uptime.Critical:
			return begin(event, now)
		}
	case Recovering:
		if open && known.Phase != uptime.Monitoring && !tired(*known) {
			return change(*known, uptime.Monitoring,
				"A check passed again at "+event.clock()+". We are confirming it.", now)
		}
	case Relapsed:
		if open && known.Phase == uptime.Monitoring && !tired(*known) {
			return change(*known, uptime.Investigating, event.failing("It was not a recovery. "), now)
		}
	case Recovered:
		if open && event.Flapping {
			return change(*known, uptime.Monitoring, fmt.Sprintf(
				"Checks pass since %s, but %s has gone up and down often. It counts as resolved after %d quiet minutes.",
				event.clock(), event.Component.Name, int(QuietTime.Minutes())), now)
		}
		if open {
			return resolve(*known, event.At, fmt.Sprintf(
				"%s is up again: checks pass since %s.", event.Component.Name, event.clock()), now)
		}
	case Quiet:
		if open && known.Phase == uptime.Monitoring {
			return resolve(*known, event.At, "No check has failed since "+event.clock()+".", now)
		}
	case Cleared:
		if open {
			return resolve(*known, event.At,
				"No check finds "+event.Component.Name+" down any more.", now)
		}
	case Unwatched:
		if open {
			ended := *known
			ended.ResolvedAt = now
			return write(ended, uptime.Resolved,
				"This is no longer watched. The incident was closed without a confirmed recovery.", uptime.NewsOfState, now)
		}
	}
	return uptime.Changes{}
}

// begin opens an incident. Its id follows from the component and the start, so
// that the same outage, decided twice, is one incident.
func begin(event Event, now time.Time) uptime.Changes {
	incident := uptime.Incident{
		ID:         uptime.IncidentID(fmt.Sprintf("%s-%s", event.At.UTC().Format("20060102-150405"), event.Component.ID)),
		Title:      event.Component.Name + " outage",
		Tier:       1,
		Impact:     uptime.ImpactCritical,
		Components: []uptime.ComponentID{event.Component.ID},
		Automatic:  true,
		StartedAt:  event.At,
		DetectedAt: now,
	}
	if !event.Confirmed.IsZero() { // it may have waited for the database since
		incident.DetectedAt = event.Confirmed
	}
	return write(incident, uptime.Investigating, event.failing(""), uptime.WentDown, now)
}

func reopen(known uptime.Incident, event Event, now time.Time) uptime.Changes {
	known.ResolvedAt = time.Time{}
	return write(known, uptime.Investigating, event.failing("Down again. "), uptime.WentDown, now)
}

func change(known uptime.Incident, phase uptime.IncidentPhase, body string, now time.Time) uptime.Changes {
	return write(known, phase, body, uptime.NewsOfState, now)
}

func resolve(known uptime.Incident, at time.Time, body string, now time.Time) uptime.Changes {
	known.ResolvedAt = at
	return write(known, uptime.Resolved, body, uptime.Recovered, now)
}

// write makes the changes of one step: the incident one version on, its update
// and the notice that is owed for it.
func write(incident uptime.Incident, phase uptime.IncidentPhase, body string, reason uptime.NoticeReason, now time.Time) uptime.Changes {
	if slices.ContainsFunc(incident.Updates, func(u uptime.Update) bool { return u.Phase == phase && u.Body == body }) {
		// Decided and written already: news that is decided on again, after an
		// answer of the database was lost, may be older than the newest update.
		return uptime.Changes{}
	}
	expect := incident.Version
	incident.Version++
	incident.Phase = phase
	step := fmt.Sprintf("%s-%d", incident.ID, incident.Version)
	update := uptime.Update{ID: step, Phase: phase, Body: body, At: now, Automatic: true}
	incident.Updates = append(incident.Updates[:len(incident.Updates):len(incident.Updates)], update)
	return uptime.Changes{
		Incidents: []uptime.IncidentChange{{Incident: incident, Expect: expect, Updates: []uptime.Update{update}}},
		Outbox: []uptime.Notice{{
			ID: step, At: now, Reason: reason, Incident: incident.ID, Summary: incident.Title + ": " + body,
		}},
	}
}

// tired tells whether an incident has wavered so often between investigating
// and monitoring that further single checks are no news.
func tired(incident uptime.Incident) bool {
	const enough = 6
	wavering := 0
	for _, u := range incident.Updates {
		if u.Automatic && u.Phase == uptime.Monitoring {
			wavering++
		}
	}
	return wavering >= enough
}

func (e Event) failing(lead string) string {
	var b strings.Builder
	b.WriteString(lead)
	if e.Looks > 1 {
		fmt.Fprintf(&b, "%d checks in a row failed: ", e.Looks)
	} else {
		b.WriteString("A check failed: ")
	}
	fmt.Fprintf(&b, "%s. First failure at %s.", uptime.Explain(e.Code, e.Facts), e.clock())
	return b.String()
}

// clock is when the event began, by the page's clock.
func (e Event) clock() string {
	zone := e.Zone
	if zone == nil {
		zone = time.UTC
	}
	return e.At.In(zone).Format("15:04:05 MST on 2 January 2006")
}
