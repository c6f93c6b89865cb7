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

func TestAnOutageOpensAnIncidentWithTheMeasuredFactsAndResolvesIt(t *testing.T) {
	w := worldOf(t, signIn)
	w.down("sign-in", 0)
	w.is(uptime.Investigating, true)
	first := w.one()
	if !first.StartedAt.Equal(start) || !first.DetectedAt.Equal(w.at(20)) || !first.CreatedAt.Equal(w.at(20)) || first.Title != "Sign-in outage" {
		t.Errorf("opened %+v", first)
	}
	if u := first.Updates[0]; !strings.Contains(u.Body, "503 Service Unavailable") || !strings.Contains(u.Body, "3 checks in a row") ||
		!strings.Contains(u.Body, "14:02:10 UTC") || !u.WrittenAt.Equal(w.at(20)) {
		t.Errorf("the first update does not hold the measured facts: %+v", u)
	}
	w.event(Recovering, "sign-in", 300)
	w.is(uptime.Monitoring, true)
	w.event(Relapsed, "sign-in", 360)
	w.is(uptime.Investigating, true)
	w.event(Recovering, "sign-in", 420)
	w.up("sign-in", 420)
	w.is(uptime.Resolved, false)
	if !w.one().ResolvedAt.Equal(w.at(420)) {
		t.Errorf("resolved at %v, want the first good look", w.one().ResolvedAt)
	}
	if len(w.notices) != len(w.one().Updates) {
		t.Errorf("%d notices for %d updates", len(w.notices), len(w.one().Updates))
	}
}

func TestTheTierAndThePolicyDecideWhatIsPublishedAtOnce(t *testing.T) {
	for _, test := range []struct {
		importance uptime.Importance
		policy     Policy
		tier       uptime.Tier
		impact     uptime.Impact
		published  bool
	}{
		{uptime.Critical, nil, 1, uptime.ImpactCritical, true},
		{uptime.Important, nil, 2, uptime.ImpactMajor, false},
		{uptime.NonEssential, nil, 3, uptime.ImpactMinor, false},
		{uptime.Critical, Policy{1: false}, 1, uptime.ImpactCritical, false},
		{uptime.Important, Policy{2: true}, 2, uptime.ImpactMajor, true},
		{uptime.NonEssential, Policy{2: true}, 3, uptime.ImpactMinor, false},
		{uptime.Critical, Policy{2: true}, 1, uptime.ImpactCritical, true},
	} {
		w := worldOf(t, uptime.Component{ID: "x", Name: "X", Importance: test.importance})
		w.terms.Policy = test.policy
		w.down("x", 0)
		i := w.one()
		if i.Tier != test.tier || i.Impact != test.impact || i.Draft() == test.published {
			t.Errorf("%s with %v: tier %d, %s, published at %v", test.importance, test.policy, i.Tier, i.Impact, i.PublishedAt)
		}
		n := w.last()
		if draft := n.Audience.Held == uptime.HeldDraft; draft == test.published || n.Reason != uptime.WentDown || n.Channels[0].Held != "" {
			t.Errorf("%s with %v: notice %s, audience %+v, channels %+v", test.importance, test.policy, n.Reason, n.Audience, n.Channels)
		}
	}
}

func TestADraftIsResolvedUnseen(t *testing.T) {
	w := worldOf(t, uptime.Component{ID: "x", Name: "X", Importance: uptime.Important})
	w.down("x", 0)
	w.up("x", 60)
	w.is(uptime.Resolved, false)
	if !w.one().Draft() {
		t.Error("the end of it was published")
	}
}

func TestTheSameNewsTwiceIsDecidedOnce(t *testing.T) {
	gateway := uptime.Component{ID: "gateway", Name: "Gateway", Importance: uptime.Critical}
	shop := uptime.Component{ID: "shop", Name: "Shop", Importance: uptime.Critical, DependsOn: []uptime.ComponentID{"gateway"}}
	w := worldOf(t, gateway, shop)
	for n, e := range []struct {
		kind    Kind
		id      uptime.ComponentID
		seconds int
	}{
		{WentDown, "gateway", 0}, {WentDown, "shop", 5}, {Recovered, "gateway", 50}, {WentDown, "gateway", 60},
		{Recovered, "gateway", 70}, {Recovering, "shop", 80}, {Recovered, "shop", 80}, {WentDown, "gateway", 300},
		{Recovered, "gateway", 310}, {WentDown, "shop", 2000}, {WentDown, "gateway", 2010},
	} {
		w.event(e.kind, e.id, e.seconds)
		if again := w.event(e.kind, e.id, e.seconds); !again.Empty() {
			t.Errorf("event %d again changes %+v", n, again)
		}
	}
}

// A whole life that was written already, with an answer that was lost, is decided
// on again from its beginning.
func TestAWholeLifeDecidedAgainChangesNothing(t *testing.T) {
	w := worldOf(t, signIn)
	play := func() {
		w.down("sign-in", 0)
		w.event(Recovering, "sign-in", 60)
		w.up("sign-in", 60)
		w.down("sign-in", 120)
		w.up("sign-in", 180)
		w.down("sign-in", 3000)
	}
	play()
	written := len(w.notices)
	play()
	if len(w.notices) != written || len(w.opened) != 2 {
		t.Errorf("%d notices were planned again, %d incidents are there", len(w.notices)-written, len(w.opened))
	}
}

func TestWhatHappensNextDependsOnHowLongItWasQuietAndOnPeople(t *testing.T) {
	quiet := int(QuietTime / time.Second)
	for name, test := range map[string]struct {
		pause  int
		person func(*uptime.Incident)
		same   bool
	}{
		"down again at once":      {60, nil, true},
		"just within quiet time":  {quiet - 1, nil, true},
		"after quiet time":        {quiet, nil, false},
		"it was a false alarm":    {60, func(i *uptime.Incident) { i.Phase = uptime.FalseAlarm }, false},
		"it is closed":            {60, func(i *uptime.Incident) { i.ClosedAt = i.ResolvedAt.Add(time.Second) }, false},
		"its review is published": {60, func(i *uptime.Incident) { i.Postmortem.PublishedAt = i.ResolvedAt.Add(time.Second) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := worldOf(t, signIn)
			w.down("sign-in", 0)
			w.up("sign-in", 60)
			first := w.one()
			if test.person != nil {
				test.person(&first)
				w.incidents[first.ID] = first
			}
			w.down("sign-in", 60+test.pause)
			if now := w.only(); (now.ID == first.ID) != test.same || now.Phase != uptime.Investigating {
				t.Errorf("the incident is %s, %s; want the first one: %v", now.ID, now.Phase, test.same)
			}
			if w.last().Reason != uptime.WentDown {
				t.Errorf("it is told as %s", w.last().Reason)
			}
		})
	}
}

func TestFlappingStaysOneIncidentUntilItIsQuietAndIsToldAFewTimes(t *testing.T) {
	w := worldOf(t, signIn)
	w.down("sign-in", 0)
	for i := range 6 {
		part := w.parts["sign-in"]
		part.Flapping = i > 0
		w.parts["sign-in"] = part
		w.up("sign-in", 120*(i+1))
		w.down("sign-in", 120*(i+1)+60)
	}
	w.up("sign-in", 900)
	w.is(uptime.Monitoring, true)
	told := 0
	for _, n := range w.notices {
		if n.Reason == uptime.WentDown && n.Channels[0].Held == "" {
			told++
		}
	}
	if held := w.last(); told != 3 || held.Channels[0].Held != uptime.HeldFlapping || held.Audience.Held != uptime.HeldFlapping {
		t.Errorf("%d outages were told; the last notice is held %+v", told, held.Channels)
	}
	if updates := len(w.one().Updates); updates != 14 {
		t.Errorf("%d updates, want all of them on the page", updates)
	}
	w.decide(Event{Kind: Quiet, Incident: w.one().ID, At: w.at(900)})
	w.is(uptime.Resolved, false)
	if end := w.last(); !w.one().ResolvedAt.Equal(w.at(900)) || end.Reason != uptime.Recovered || end.Channels[0].Held != "" {
		t.Errorf("resolved at %v, want when it came up for good; told as %+v", w.one().ResolvedAt, end)
	}
}

func TestAWaveringOutageSaysSoOnlySoOften(t *testing.T) {
	w := worldOf(t, signIn)
	w.down("sign-in", 0)
	for i := range 100 {
		w.event(Recovering, "sign-in", 60*(2*i+1))
		w.event(Relapsed, "sign-in", 60*(2*i+2))
	}
	if n := len(w.one().Updates); n > 15 {
		t.Errorf("%d updates", n)
	}
	w.up("sign-in", 20000)
	w.is(uptime.Resolved, false)
}

func TestNothingHappensToAnIncidentThatIsNotThere(t *testing.T) {
	for kind := Recovering; kind <= Counted; kind++ {
		w := worldOf(t, signIn)
		if changes := w.decide(Event{Kind: kind, Component: signIn, At: start}); !changes.Empty() {
			t.Errorf("kind %d: %+v", kind, changes)
		}
		if changes := w.decide(Event{Kind: kind, Incident: "gone", At: start}); !changes.Empty() {
			t.Errorf("kind %d of an unknown incident: %+v", kind, changes)
		}
	}
}

// What people have ended is over: nothing that the same outage does changes it.
func TestWhatPeopleHaveEndedIsNotTouched(t *testing.T) {
	for _, phase := range []uptime.IncidentPhase{uptime.Resolved, uptime.FalseAlarm} {
		w := worldOf(t, signIn)
		w.down("sign-in", 0)
		w.person(func(i *uptime.Incident) { i.Phase, i.ResolvedAt, i.ClosedAt = phase, w.at(100), w.at(110) })
		for kind := WentDown; kind <= Counted; kind++ {
			e := Event{Kind: kind, Component: signIn, At: w.at(120)}
			if kind == WentDown {
				e.At = start // the same outage
			}
			if kind >= Quiet {
				e.Component, e.Incident = uptime.Component{}, w.one().ID
			}
			if changes := w.decide(e); !changes.Empty() {
				t.Errorf("%s: kind %d changes %+v", phase, kind, changes)
			}
		}
	}
}

func TestAnUnwatchedComponentsIncidentIsClosedWithoutClaimingARecovery(t *testing.T) {
	w := worldOf(t, signIn)
	w.down("sign-in", 0)
	w.decide(Event{Kind: Unwatched, Incident: w.one().ID, At: w.at(3600)})
	w.is(uptime.Resolved, false)
	if body := w.one().Updates[1].Body; !strings.Contains(body, "without a confirmed recovery") {
		t.Error(body)
	}
}

// A measured recovery does not end what a person says is not over.
func TestAPersonsStatementKeepsAnIncidentOpen(t *testing.T) {
	w := worldOf(t, signIn)
	w.down("sign-in", 0)
	w.statements[w.one().ID] = true
	w.up("sign-in", 60)
	w.is(uptime.Monitoring, true)
	quiet := Event{Kind: Quiet, Incident: w.one().ID, At: w.at(60)}
	if changes := w.decide(quiet); !changes.Empty() {
		t.Errorf("quiet time ended it: %+v", changes)
	}
	w.statements[w.one().ID] = false
	w.decide(quiet)
	w.is(uptime.Resolved, false)
}

// An automatic word is not the update that a person has promised.
func TestAnAutomaticUpdateKeepsNoPersonsPromise(t *testing.T) {
	w := worldOf(t, signIn)
	w.down("sign-in", 0)
	w.person(func(i *uptime.Incident) {
		i.Updates = append(i.Updates, uptime.Update{ID: "by-hand", Phase: uptime.Identified, WrittenAt: w.at(60), NextBy: w.at(1000)})
		i.Phase = uptime.Identified
	})
	w.event(Recovering, "sign-in", 100)
	if promised := w.one().Promised(); !promised.Equal(w.at(1000)) {
		t.Errorf("after an automatic update the next is promised by %v", promised)
	}
	if missed := w.one().Missed(w.at(1001)); len(missed) != 1 {
		t.Errorf("%d promises are missed, want one", len(missed))
	}
	w.event(Relapsed, "sign-in", 1100)
	if promised, missed := w.one().Promised(), w.one().Missed(w.at(1200)); !promised.IsZero() || len(missed) != 1 {
		t.Errorf("after its time the promise is %v, missed %d times", promised, len(missed))
	}
	w.up("sign-in", 1200)
	if w.one().Updates[len(w.one().Updates)-1].NextBy.IsZero() != true {
		t.Error("the last update promises another one")
	}
}
