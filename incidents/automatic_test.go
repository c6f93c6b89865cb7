package incidents

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

var (
	start  = time.Date(2026, 3, 1, 14, 2, 10, 0, time.UTC)
	signIn = uptime.Component{ID: "sign-in", Name: "Sign-in", Importance: uptime.Critical}
)

// life plays events against an incident that is kept as a store would keep it.
type life struct {
	t        *testing.T
	incident *uptime.Incident
	notices  []uptime.Notice
}

func (l *life) event(kind Kind, after time.Duration, change func(*Event)) uptime.Changes {
	l.t.Helper()
	e := Event{Kind: kind, Component: signIn, At: start.Add(after), Code: uptime.HTTPStatus, Facts: uptime.Facts{HTTPStatus: 503}, Looks: 3}
	if change != nil {
		change(&e)
	}
	changes := Decide(l.incident, e, e.At.Add(20*time.Second))
	for _, c := range changes.Incidents {
		version := int64(0)
		if l.incident != nil && l.incident.ID == c.Incident.ID {
			version = l.incident.Version
		}
		if c.Expect != version || c.Incident.Version != version+1 {
			l.t.Errorf("version %d → %d on expectation %d", version, c.Incident.Version, c.Expect)
		}
		kept := c.Incident
		l.incident = &kept
	}
	l.notices = append(l.notices, changes.Outbox...)
	return changes
}

func (l *life) is(phase uptime.IncidentPhase, open bool) {
	l.t.Helper()
	if l.incident == nil {
		l.t.Fatal("there is no incident")
	}
	if l.incident.Phase != phase || l.incident.Open() != open {
		l.t.Errorf("incident is %s, open %v; want %s, %v", l.incident.Phase, l.incident.Open(), phase, open)
	}
}

func TestAnOutageOpensOneTierOneIncidentAndResolvesIt(t *testing.T) {
	l := &life{t: t}
	l.event(WentDown, 0, nil)
	l.is(uptime.Investigating, true)
	first := l.incident
	if first.Tier != 1 || first.Impact != uptime.ImpactCritical || !first.StartedAt.Equal(start) || !first.DetectedAt.After(start) {
		t.Errorf("opened %+v", first)
	}
	if body := first.Updates[0].Body; !strings.Contains(body, "503 Service Unavailable") || !strings.Contains(body, "3 checks in a row") ||
		!strings.Contains(body, "14:02:10 UTC") {
		t.Errorf("the first update does not hold the measured facts: %q", body)
	}
	l.event(Recovering, 5*time.Minute, nil)
	l.is(uptime.Monitoring, true)
	l.event(Relapsed, 6*time.Minute, nil)
	l.is(uptime.Investigating, true)
	l.event(Recovering, 7*time.Minute, nil)
	l.event(Recovered, 7*time.Minute, nil)
	l.is(uptime.Resolved, false)
	if !l.incident.ResolvedAt.Equal(start.Add(7 * time.Minute)) {
		t.Errorf("resolved at %v, want the first good look", l.incident.ResolvedAt)
	}
	ids := map[string]bool{}
	for _, n := range l.notices {
		if ids[n.ID] {
			t.Errorf("two notices are called %s", n.ID)
		}
		ids[n.ID] = true
	}
	if len(l.notices) != len(l.incident.Updates) {
		t.Errorf("%d notices for %d updates", len(l.notices), len(l.incident.Updates))
	}
}

func TestTheSameNewsTwiceIsDecidedOnce(t *testing.T) {
	l := &life{t: t}
	for _, step := range []struct {
		kind  Kind
		after time.Duration
	}{{WentDown, 0}, {Recovering, time.Minute}, {Recovered, time.Minute}, {WentDown, 5 * time.Minute}} {
		l.event(step.kind, step.after, nil)
		if again := l.event(step.kind, step.after, nil); !again.Empty() {
			t.Errorf("event %d again changes %+v", step.kind, again)
		}
	}
}

func TestWhatHappensNextDependsOnHowLongItWasQuiet(t *testing.T) {
	for name, test := range map[string]struct {
		quiet time.Duration
		same  bool
	}{
		"down again at once":     {time.Minute, true},
		"just within quiet time": {QuietTime - time.Second, true},
		"after quiet time":       {QuietTime, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := &life{t: t}
			l.event(WentDown, 0, nil)
			l.event(Recovered, time.Minute, nil)
			first := l.incident.ID
			l.event(WentDown, time.Minute+test.quiet, nil)
			l.is(uptime.Investigating, true)
			if same := l.incident.ID == first; same != test.same {
				t.Errorf("same incident: %v, want %v", same, test.same)
			}
		})
	}
}

func TestFlappingStaysOneIncidentUntilItIsQuiet(t *testing.T) {
	l := &life{t: t}
	l.event(WentDown, 0, nil)
	first := l.incident.ID
	for i := range 4 {
		at := time.Duration(i+1) * 2 * time.Minute
		l.event(Recovered, at, func(e *Event) { e.Flapping = i > 0 })
		l.event(WentDown, at+time.Minute, func(e *Event) { e.Flapping = i > 0 })
	}
	l.event(Recovered, 10*time.Minute, func(e *Event) { e.Flapping = true })
	l.is(uptime.Monitoring, true)
	if l.incident.ID != first {
		t.Errorf("a second incident %s after %s", l.incident.ID, first)
	}
	l.event(Quiet, 10*time.Minute, nil)
	l.is(uptime.Resolved, false)
	if !l.incident.ResolvedAt.Equal(start.Add(10 * time.Minute)) {
		t.Errorf("resolved at %v, want when it came up for good", l.incident.ResolvedAt)
	}
}

func TestAWaveringOutageSaysSoOnlySoOften(t *testing.T) {
	l := &life{t: t}
	l.event(WentDown, 0, nil)
	for i := range 100 {
		l.event(Recovering, time.Duration(2*i+1)*time.Minute, nil)
		l.event(Relapsed, time.Duration(2*i+2)*time.Minute, nil)
	}
	if n := len(l.incident.Updates); n > 15 {
		t.Errorf("%d updates", n)
	}
	l.event(Recovered, 300*time.Minute, nil)
	l.is(uptime.Resolved, false)
}

func TestOnlyCriticalComponentsHaveAutomaticIncidents(t *testing.T) {
	for _, importance := range []uptime.Importance{uptime.NonEssential, uptime.Important} {
		e := Event{Kind: WentDown, Component: uptime.Component{ID: "x", Name: "X", Importance: importance}, At: start, Looks: 1}
		if changes := Decide(nil, e, start); !changes.Empty() {
			t.Errorf("%v: %+v", importance, changes)
		}
	}
}

func TestNothingHappensToAnIncidentThatIsNotThere(t *testing.T) {
	for kind := Recovering; kind <= Unwatched; kind++ {
		e := Event{Kind: kind, Component: signIn, At: start}
		if changes := Decide(nil, e, start); !changes.Empty() {
			t.Errorf("kind %d: %+v", kind, changes)
		}
	}
}

func TestAnUnwatchedComponentsIncidentIsClosedWithoutClaimingARecovery(t *testing.T) {
	l := &life{t: t}
	l.event(WentDown, 0, nil)
	l.event(Unwatched, time.Hour, nil)
	l.is(uptime.Resolved, false)
	if body := l.incident.Updates[len(l.incident.Updates)-1].Body; !strings.Contains(body, "without a confirmed recovery") {
		t.Error(body)
	}
}
