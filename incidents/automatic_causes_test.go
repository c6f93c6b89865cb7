package incidents

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// named is a component that depends on others.
func named(name string, importance uptime.Importance, on ...uptime.ComponentID) uptime.Component {
	return uptime.Component{ID: uptime.ComponentID(strings.ToLower(name)), Name: name, Importance: importance, DependsOn: on}
}

// chain is three components, each of which depends on the one before.
func chain(t *testing.T, importance uptime.Importance) *world {
	return worldOf(t, named("Base", importance), named("Middle", importance, "base"), named("Top", importance, "middle"))
}

// One cause is one incident, in whichever order its effects are seen.
func TestOneCauseIsOneIncident(t *testing.T) {
	for name, test := range map[string]struct {
		order []uptime.ComponentID
		title string
		parts []uptime.ComponentID
	}{
		"parent first":                    {[]uptime.ComponentID{"base", "middle"}, "Base outage", []uptime.ComponentID{"base", "middle"}},
		"child first":                     {[]uptime.ComponentID{"middle", "base"}, "Base outage", []uptime.ComponentID{"base", "middle"}},
		"grandparent first":               {[]uptime.ComponentID{"base", "top"}, "Base outage", []uptime.ComponentID{"base", "top"}},
		"grandchild first":                {[]uptime.ComponentID{"top", "base"}, "Base outage", []uptime.ComponentID{"base", "top"}},
		"all, from the cause":             {[]uptime.ComponentID{"base", "middle", "top"}, "Base outage", []uptime.ComponentID{"base", "middle", "top"}},
		"all, from the last effect":       {[]uptime.ComponentID{"top", "middle", "base"}, "Base outage", []uptime.ComponentID{"base", "middle", "top"}},
		"all, the one in between at last": {[]uptime.ComponentID{"top", "base", "middle"}, "Base outage", []uptime.ComponentID{"base", "top", "middle"}},
		"child alone":                     {[]uptime.ComponentID{"top"}, "Top outage", []uptime.ComponentID{"top"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := chain(t, uptime.Critical)
			for n, id := range test.order {
				w.down(id, 10*n)
			}
			i := w.only()
			if i.Title != test.title || len(w.opened) != 1 {
				t.Errorf("title %q, opened %v", i.Title, w.opened)
			}
			if diff := cmp.Diff(test.parts, i.Components); diff != "" {
				t.Errorf("components (-want +got):\n%s", diff)
			}
			for n, id := range test.order { // it ends with the last of them
				if i := w.only(); !i.Open() {
					t.Errorf("resolved before %s is up", id)
				}
				w.up(id, 100+10*n)
			}
			if i := w.one(); i.Open() || !i.ResolvedAt.Equal(w.at(100+10*(len(test.order)-1))) {
				t.Errorf("after all are up it is %s, resolved at %v", i.Phase, i.ResolvedAt)
			}
		})
	}
}

func TestAnEffectIsSaidAndHeldBack(t *testing.T) {
	w := chain(t, uptime.Critical)
	w.down("base", 0)
	w.down("top", 10)
	u := w.only().Updates[1]
	if !strings.HasPrefix(u.Body, "Top is affected as well: it depends on Base. ") {
		t.Error(u.Body)
	}
	if n := w.last(); n.Reason != uptime.NewsOfState || n.Channels[0].Held != uptime.HeldDependsOn || n.Audience.Held != uptime.HeldDependsOn {
		t.Errorf("notice %s, held %+v and %+v", n.Reason, n.Channels, n.Audience)
	}
	w.up("top", 20)
	if n := w.last(); n.Channels[0].Held != uptime.HeldDependsOn {
		t.Errorf("the end of it, while the cause lasts, is held %+v", n.Channels)
	}
}

func TestAParentThatRecoversFirstLeavesItsChildDown(t *testing.T) {
	w := chain(t, uptime.Critical)
	w.down("base", 0)
	w.down("middle", 10)
	w.up("base", 60)
	i := w.only()
	if i.Phase != uptime.Investigating || !strings.Contains(i.Updates[2].Body, "Still down: Middle.") || w.last().Channels[0].Held != "" {
		t.Errorf("%s, %q, held %+v", i.Phase, i.Updates[2].Body, w.last().Channels)
	}
	w.event(Recovering, "middle", 70)
	if i := w.only(); i.Phase != uptime.Monitoring {
		t.Errorf("while the last one is coming back it is %s", i.Phase)
	}
	w.down("base", 80)
	if i := w.only(); i.Phase != uptime.Investigating || i.Updates[len(i.Updates)-1].Body[:14] != "Base is down. " {
		t.Errorf("down again: %+v", i.Updates)
	}
}

// A cause that is no news for the public does not hide an effect that is.
func TestAGraverEffectRaisesAndPublishesTheIncident(t *testing.T) {
	w := worldOf(t, named("Base", uptime.NonEssential), named("Shop", uptime.Critical, "base"))
	w.down("base", 0)
	if i := w.only(); !i.Draft() || i.Tier != 3 {
		t.Fatalf("%+v", i)
	}
	w.down("shop", 10)
	i := w.only()
	if i.Draft() || i.Tier != 1 || i.Impact != uptime.ImpactCritical || i.Title != "Base outage" {
		t.Errorf("%+v", i)
	}
	if n := w.last(); n.Reason != uptime.WentDown || n.Channels[0].Held != "" || n.Audience.Held != "" {
		t.Errorf("notice %s, held %+v and %+v", n.Reason, n.Channels, n.Audience)
	}
}

func TestAGraverCauseTakesAnIncidentOver(t *testing.T) {
	w := worldOf(t, named("Base", uptime.Critical), named("Shop", uptime.Important, "base"))
	w.down("shop", 10)
	w.down("base", 5)
	i := w.only()
	if i.Draft() || i.Tier != 1 || i.Title != "Base outage" || !i.StartedAt.Equal(w.at(5)) {
		t.Errorf("%+v", i)
	}
	if n := w.last(); n.Reason != uptime.WentDown || n.Audience.Held != "" {
		t.Errorf("notice %s, audience %+v", n.Reason, n.Audience)
	}
	if body := i.Updates[1].Body; !strings.HasPrefix(body, "Base is down, which Shop depends on. ") {
		t.Error(body)
	}
}

// Of several effects with an incident each, one goes on for all.
func TestIncidentsWithOneCauseBecomeOne(t *testing.T) {
	w := worldOf(t, named("Base", uptime.Critical), named("Shop", uptime.Important, "base"),
		named("Mail", uptime.Important, "base"), named("Feed", uptime.Critical, "base"), named("Other", uptime.Critical))
	for n, id := range []uptime.ComponentID{"shop", "mail", "feed", "other"} {
		w.down(id, n)
	}
	w.down("base", 30)
	var all []uptime.ComponentID
	for _, i := range w.open(2) {
		if i.Touches("base") {
			all = i.Components
			if i.Title != "Base outage" || i.Tier != 1 || i.Draft() || !i.StartedAt.Equal(start) {
				t.Errorf("%+v", i)
			}
		} else if !i.Touches("other") {
			t.Errorf("still open: %+v", i)
		}
	}
	slices.Sort(all)
	if diff := cmp.Diff([]uptime.ComponentID{"base", "feed", "mail", "shop"}, all); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	ended := 0
	for _, i := range w.incidents {
		if !i.Open() {
			ended++
			if body := i.Updates[1].Body; !strings.HasPrefix(body, "This is not over. ") || !strings.Contains(body, "“Base outage”") {
				t.Error(body)
			}
		}
	}
	if ended != 2 {
		t.Errorf("%d incidents ended", ended)
	}
	for n, id := range []uptime.ComponentID{"base", "mail", "feed", "shop"} {
		w.up(id, 100+n)
	}
	if w.only().Components[0] != "other" {
		t.Error("the incident did not end with its components")
	}
}

// What people have taken over stays: another incident with the same cause is
// not ended, and titles, tiers and impacts that they chose are kept.
func TestWhatPeopleHaveChosenIsKept(t *testing.T) {
	w := worldOf(t, named("Base", uptime.Critical), named("Shop", uptime.Important, "base"), named("Mail", uptime.Important, "base"))
	w.down("shop", 0)
	w.person(func(i *uptime.Incident) { i.Title, i.Tier, i.Impact = "Orders are late", 3, uptime.ImpactNone })
	w.down("base", 10)
	if i := w.only(); i.Title != "Orders are late" || i.Tier != 3 || i.Impact != uptime.ImpactNone || !i.Draft() || i.Components[0] != "base" {
		t.Errorf("%+v", i)
	}

	w = worldOf(t, named("Base", uptime.Critical), named("Shop", uptime.Important, "base"), named("Mail", uptime.Important, "base"))
	w.down("shop", 0)
	w.person(func(i *uptime.Incident) { i.Updates = append(i.Updates, uptime.Update{ID: "by-hand"}) })
	w.down("mail", 5)
	for _, i := range w.open(2) {
		if i.Touches("mail") {
			i.Title = "Letters wait"
			w.incidents[i.ID] = i
		}
	}
	w.down("base", 10)
	for _, i := range w.open(2) {
		if i.Touches("base") != i.Touches("shop") {
			t.Errorf("%+v", i)
		}
	}
}

// An outage that the component does not explain keeps an incident apart.
func TestACauseTakesOverNothingThatHasAnother(t *testing.T) {
	w := worldOf(t, named("One", uptime.Critical), named("Two", uptime.Critical), named("Shop", uptime.Critical, "one", "two"))
	w.down("one", 0)
	w.down("shop", 5)
	w.down("two", 10)
	open := w.open(2)
	if !cmp.Equal(open[0].Components, []uptime.ComponentID{"one", "shop"}) || !cmp.Equal(open[1].Components, []uptime.ComponentID{"two"}) {
		t.Errorf("%v and %v", open[0].Components, open[1].Components)
	}
}

func TestACircleOfDependenciesEnds(t *testing.T) {
	w := worldOf(t, named("A", uptime.Critical, "c", "a"), named("B", uptime.Critical, "a"), named("C", uptime.Critical, "b", "gone"))
	w.down("a", 0)
	w.down("b", 1)
	w.down("c", 2)
	if i := w.only(); len(i.Components) != 3 {
		t.Errorf("%+v", i.Components)
	}
	w.up("b", 10)
	w.up("c", 11)
	w.up("a", 12)
	if w.one().Open() {
		t.Error("it did not end")
	}
}

func TestAComponentThatWasSaidToWorkAndFailsIsAffected(t *testing.T) {
	w := chain(t, uptime.Critical)
	w.down("base", 0)
	w.person(func(i *uptime.Incident) { i.Unaffected = []uptime.ComponentID{"top", "middle"} })
	w.down("top", 10)
	i := w.only()
	if !i.Touches("top") || !cmp.Equal(i.Unaffected, []uptime.ComponentID{"middle"}) {
		t.Errorf("affected %v, not affected %v", i.Components, i.Unaffected)
	}
}

// After a while a part of an outage is an incident of its own; what began it
// begins it again.
func TestOnlyWhatBeganAnIncidentReopensIt(t *testing.T) {
	play := func(again uptime.ComponentID) (same bool) {
		w := chain(t, uptime.Critical)
		w.down("base", 0)
		w.down("top", 10)
		w.up("base", 60)
		w.up("top", 60)
		w.down(again, 120)
		return len(w.opened) == 1
	}
	if !play("base") || play("top") {
		t.Error("want the same incident for the cause alone")
	}
}

func TestAHigherImportanceRaisesTheIncident(t *testing.T) {
	w := worldOf(t, named("Shop", uptime.Important))
	w.down("shop", 0)
	part := w.parts["shop"]
	part.Component.Importance = uptime.Critical
	w.parts["shop"] = part
	regraded := Event{Kind: Regraded, Component: part.Component, Was: uptime.Important, At: w.at(60)}
	w.decide(regraded)
	if i := w.only(); i.Tier != 1 || i.Draft() || w.last().Reason != uptime.WentDown {
		t.Errorf("%+v, told as %s", i, w.last().Reason)
	}
	w.person(func(i *uptime.Incident) { i.Tier = 3 })
	regraded.At = w.at(90)
	if changes := w.decide(regraded); !changes.Empty() {
		t.Errorf("a person's tier was changed: %+v", changes)
	}
}
