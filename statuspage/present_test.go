package statuspage

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// anyWorld is a few components in any state, of which anything may be said and
// announced, and services of every composition.
func anyWorld(t *rapid.T) Inputs {
	s := newSample()
	states := []uptime.State{uptime.Up, uptime.Degraded, uptime.Partial, uptime.Down, uptime.Unknown}
	var ids []uptime.ComponentID
	for i := range rapid.IntRange(1, 4).Draw(t, "components") {
		since := sampleNow.AddDate(0, 0, -3)
		if rapid.IntRange(0, 5).Draw(t, "never looked at") == 0 {
			since = time.Time{}
		}
		id := s.add(fmt.Sprintf("Part %d", i), "", uptime.Critical, since)
		if state := rapid.SampledFrom(states).Draw(t, "measured"); state != uptime.Up && !since.IsZero() {
			s.was(id, state, sampleNow.Add(-time.Hour), 0, uptime.TimedOut)
		}
		if rapid.IntRange(0, 4).Draw(t, "expired") == 0 && !since.IsZero() {
			s.in.Healths[i].Checked, s.in.Healths[i].Expires = sampleNow.Add(-5*time.Minute), sampleNow.Add(-4*time.Minute)
		}
		ids = append(ids, id)
	}
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, len(ids), rapid.ID[uptime.ComponentID])
	for i := range rapid.IntRange(0, 2).Draw(t, "statements") {
		incident := uptime.IncidentID(fmt.Sprintf("i%d", i))
		said := uptime.Statement{Incident: incident, Component: rapid.SampledFrom(ids).Draw(t, "of"),
			State: rapid.SampledFrom(states[:4]).Draw(t, "said"), From: sampleNow.Add(-time.Hour)}
		if rapid.Bool().Draw(t, "over") {
			said.To = sampleNow.Add(-time.Minute)
		}
		s.in.Incidents = append(s.in.Incidents, uptime.Incident{ID: incident, Title: "Slow", Tier: 2, PublishedAt: said.From, StartedAt: said.From})
		s.in.Statements = append(s.in.Statements, said)
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "plans") {
		ahead := time.Duration(rapid.IntRange(1, 96).Draw(t, "hours ahead")) * time.Hour
		p := announce(uptime.PlanID(fmt.Sprintf("p%d", i)), "Work", sampleNow.Add(-time.Hour), 2*time.Hour, ahead, some.Draw(t, "work on")...)
		p.Rules = sampleRules()
		p.Rules.Blackouts = nil
		if rapid.Bool().Draw(t, "under way") {
			p.Phase, p.StartedAt = uptime.InProgress, sampleNow.Add(-time.Hour)
		}
		s.in.Plans = append(s.in.Plans, p)
	}
	for i, how := range []uptime.Composition{uptime.AllOf, uptime.AnyOf, uptime.WeightedMean} {
		s.in.Catalogue.Services = append(s.in.Catalogue.Services, uptime.Service{
			ID: uptime.ServiceID(fmt.Sprintf("s%d", i)), Name: "Service", Composition: how, Components: some.Draw(t, "needs"), Target: 99_900_000,
		})
	}
	return s.in
}

// At the instant of an edition, metrics say of everything what its pages say.
func TestMetricsSayWhatThePageSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyWorld(t)
		b := open(in, sampleNow)
		present := b.presentAt(&in.Catalogue, in.Healths, sampleNow)
		for _, c := range in.Catalogue.Components {
			if want, _ := b.shown(c); present.States[c.ID] != want {
				t.Errorf("%s: %s, and the page says %s", c.ID, present.States[c.ID], want)
			}
		}
		for i, s := range in.Catalogue.Services {
			if want := b.serviceState(s); present.Services[i].State != want {
				t.Errorf("%s: %s, and the page says %s", s.ID, present.Services[i].State, want)
			}
		}
	})
}

// What an instant counts of a service is what the commitment figure of a span of
// that instant alone comes to: its bad share, and nothing where the figure has no
// value.
func TestAnInstantCountsAsItsCommitmentFigure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyWorld(t)
		b := open(in, sampleNow)
		at := sampleNow.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds after the edition")) * time.Second)
		present := b.presentAt(&in.Catalogue, in.Healths, at)
		instant := calendar.Span{From: at, To: at.Add(1)}
		later := open(in, at.Add(1)) // whose past the instant is
		for i, s := range in.Catalogue.Services {
			var parts []availability.Part
			for _, id := range s.Components {
				c, _ := later.component(id)
				state, _ := later.present(c)
				parts = append(parts, availability.Part{
					Timeline: availability.Timeline{{Span: instant, State: state}}, Excluded: later.ledger.excluded[id].Clip(instant),
				})
			}
			want := availability.FiguresOfService(s.Composition, instant, parts, standard).Commitment
			got := present.Services[i]
			if got.Excluded != (want.Excluded > 0) {
				t.Errorf("%s (%v): excluded %v, the figure %v", s.ID, s.Composition, got.Excluded, want.Excluded)
			}
			switch a := want.Availability(); {
			case (a == nil) != (got.Unavailable == nil):
				t.Errorf("%s: %v unavailable, the figure is %v", s.ID, got.Unavailable, a)
			case a != nil && new(big.Rat).Add(a, got.Unavailable).Cmp(big.NewRat(1, 1)) != 0:
				t.Errorf("%s: %v unavailable, the figure is %v", s.ID, got.Unavailable, a)
			}
		}
	})
}

func TestABeliefThatExpiresIsUnknownThoughTheEditionIsOlder(t *testing.T) {
	s := newSample()
	id := s.add("API", "", uptime.Critical, sampleNow.AddDate(0, 0, -1))
	s.in.Catalogue.Services = []uptime.Service{{ID: "platform", Components: []uptime.ComponentID{id}, Target: 99_900_000}}
	b := open(s.in, sampleNow)
	for _, c := range []struct {
		after time.Duration
		want  uptime.State
	}{{41 * time.Second, uptime.Up}, {42 * time.Second, uptime.Unknown}} {
		present := b.presentAt(&s.in.Catalogue, s.in.Healths, sampleNow.Add(c.after))
		own := present.Services[0]
		if present.States[id] != c.want || own.State != c.want || (own.Unavailable == nil) != (c.want == uptime.Unknown) {
			t.Errorf("after %s: %s, service %s, %v unavailable", c.after, present.States[id], own.State, own.Unavailable)
		}
	}
}

func TestWhatIsOnRecordIsCounted(t *testing.T) {
	s := newSample()
	id := s.add("API", "", uptime.Critical, sampleNow.AddDate(0, 0, -1))
	hours := func(n int) time.Time { return sampleNow.Add(time.Duration(n) * time.Hour) }
	moved := announce("p1", "Moved", hours(30), time.Hour, 40*time.Hour, id)
	moved.Revisions = append(moved.Revisions, uptime.Revision{At: hours(-1), From: hours(48), To: hours(49)})
	going := announce("p2", "Going on", hours(-1), 2*time.Hour, 24*time.Hour, id)
	going.Phase, going.StartedAt = uptime.InProgress, hours(-1)
	off := announce("p3", "Called off", hours(5), time.Hour, 24*time.Hour, id)
	off.Phase = uptime.Cancelled
	off.Revisions = append(off.Revisions, uptime.Revision{At: hours(-2), From: hours(5), To: hours(6), Cancelled: true})
	price := announce("p4", "Dearer", hours(20), 0, 24*time.Hour)
	price.Kind = uptime.PriceChange
	draft := announce("p5", "Nobody knows", hours(2), time.Hour, 24*time.Hour, id)
	draft.PublishedAt = time.Time{}
	s.in.Plans = []uptime.Plan{moved, going, off, price, draft}
	s.in.Incidents = []uptime.Incident{
		{ID: "i1", Tier: 1, PublishedAt: hours(-3), StartedAt: hours(-3)},
		{ID: "i2", Tier: 1, PublishedAt: hours(-3), StartedAt: hours(-3), ResolvedAt: hours(-2), Phase: uptime.Resolved},
		{ID: "i3", Tier: 3, StartedAt: hours(-3)}, // a draft
	}
	s.in.Kept.Entries = []uptime.NonCompliance{{ID: "n1", OpenedAt: hours(-9)}, {ID: "n2", OpenedAt: hours(-9), ClosedAt: hours(-8)}}
	r := open(s.in, sampleNow).recordPresent(sampleNow)
	leads := map[time.Duration]int{}
	for _, a := range r.Announced {
		leads[a.Ahead]++
	}
	got := []any{r.Incidents, r.Plans, r.Next, r.Ahead, leads, r.NonCompliances}
	want := []any{
		map[uptime.Tier]int{1: 1},
		map[PlanStage]int{{uptime.MaintenanceWork, uptime.Scheduled}: 1, {uptime.MaintenanceWork, uptime.InProgress}: 1, {uptime.PriceChange, uptime.Scheduled}: 1},
		hours(48), 49 * time.Hour, map[time.Duration]int{40 * time.Hour: 1, 49 * time.Hour: 1, 24 * time.Hour: 3}, 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.in.Unread = true
	if r := open(s.in, sampleNow).recordPresent(sampleNow); r != nil {
		t.Errorf("a record that could not be read: %+v", r)
	}
}

// Work that overruns is shown as going on, and covers no outage: alerts that it
// holds back are raised at the end of its window.
func TestWorkThatOverrunsCoversNothing(t *testing.T) {
	s := newSample()
	id := s.add("API", "", uptime.Critical, sampleNow.AddDate(0, 0, -1))
	work := announce("p1", "Long", sampleNow.Add(-time.Hour), time.Hour+time.Minute, 24*time.Hour, id)
	work.Phase, work.StartedAt = uptime.InProgress, sampleNow.Add(-time.Hour)
	s.in.Plans = []uptime.Plan{work}
	b := open(s.in, sampleNow)
	for at, want := range map[time.Time]bool{sampleNow: true, work.Now().To.Add(-1): true, work.Now().To: false} {
		if got, named := b.presentAt(&s.in.Catalogue, s.in.Healths, at).Working[id]; got != want || !named {
			t.Errorf("at %s: covered %t, named %t", at, got, named)
		}
	}
}

// A scrape makes no edition: what it reads of the page is as old as it is.
func TestMetricsMakeNoEdition(t *testing.T) {
	w := &world{in: sampleGood()}
	now := sampleNow
	p := NewPublisher(w.in.Catalogue, Options{Live: w, Source: w, Now: func() time.Time { return now }})
	if _, made := p.Present(now); made {
		t.Error("there is a present before the first edition")
	}
	if _, made := p.Account(); made {
		t.Error("there is an account before the first edition")
	}
	p.Refresh(t.Context())
	now = now.Add(TooOld - time.Second)
	if a, made := p.Account(); !made || !a.Made.Equal(sampleNow) || len(a.Standings) != 1 || a.Standings[0].RemainingSeconds == nil {
		t.Errorf("an account of the edition that is there: %+v", a)
	}
	now = now.Add(time.Second)
	if _, made := p.Account(); made {
		t.Error("an edition that is too old to be told has an account")
	}
	if _, made := p.Present(now); !made {
		t.Error("the present is not known although its beliefs are")
	}
	if made, _ := p.Made(); !made.Equal(sampleNow) {
		t.Errorf("another edition was made, of %v", made)
	}
}
