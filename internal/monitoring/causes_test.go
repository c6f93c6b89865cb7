package monitoring

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// round is some news and the time that passes after it.
type round struct {
	toggled []int // components, in this order
	pause   time.Duration
}

// story is what happens to components of which each may depend on earlier ones.
type story struct {
	components []uptime.Component
	rounds     []round
}

func drawStory(t *rapid.T) (s story) {
	n := rapid.IntRange(1, 7).Draw(t, "components")
	for i := range n {
		var on []uptime.ComponentID
		for j := range i {
			if rapid.IntRange(0, 2).Draw(t, "depends") == 0 {
				on = append(on, uptime.ComponentID(fmt.Sprint("c", j)))
			}
		}
		importance := rapid.SampledFrom([]uptime.Importance{uptime.Critical, uptime.Important, uptime.NonEssential}).Draw(t, "importance")
		s.components = append(s.components, componentOf(fmt.Sprint("c", i), importance, on...))
	}
	for range rapid.IntRange(1, 12).Draw(t, "rounds") {
		s.rounds = append(s.rounds, round{
			toggled: rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 5).Draw(t, "toggled"),
			pause:   time.Duration(rapid.SampledFrom([]int{1, 20, 120, 600, 1200}).Draw(t, "pause")) * time.Second,
		})
	}
	return s
}

// play has the story happen, the news of a round in one batch or each alone.
func (s story) play(t testing.TB, d *deciding, alone bool, after func()) {
	down := map[uptime.ComponentID]bool{}
	for _, r := range s.rounds {
		d.clock = d.clock.Add(time.Duration(len(r.toggled)+1) * time.Second)
		for n, index := range r.toggled {
			id := s.components[index].ID
			down[id] = !down[id]
			state := uptime.Up
			if down[id] {
				state = uptime.Down
			}
			d.tell(d.turned(id, state, time.Duration(len(r.toggled)-n)*time.Second))
			if alone {
				d.drain(context.Background())
			}
		}
		d.drain(context.Background())
		d.settle(context.Background())
		d.check()
		after()
		d.pass(r.pause)
	}
}

func (b *book) summary() map[uptime.IncidentID]string {
	all := map[uptime.IncidentID]string{}
	for id, i := range b.incidents {
		all[id] = fmt.Sprintf("%s: %s, tier %d, %s, %v, %v to %v, %d updates",
			i.Phase, i.Title, i.Tier, i.Impact, i.Components, i.StartedAt, i.ResolvedAt, len(i.Updates))
	}
	return all
}

// Whatever happens to components that depend on each other: what is down is in
// one open incident and in no other, and an incident in which nothing is down
// ends after quiet time.
func TestWhatIsDownIsInOneOpenIncident(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(rt)
		d := decidingFor(t, s.components...)
		s.play(t, d, false, func() {
			homes := map[uptime.ComponentID]int{}
			for _, i := range d.book.open() {
				for n, c := range i.Components {
					homes[c]++
					if slices.Contains(i.Components[:n], c) {
						rt.Fatalf("%s names %s twice", i.ID, c)
					}
				}
			}
			for _, c := range s.components {
				if d.beliefs[c.ID].down && homes[c.ID] != 1 {
					rt.Fatalf("%s is down and in %d open incidents: %v", c.ID, homes[c.ID], d.book.summary())
				}
			}
		})
		d.pass(incidents.QuietTime + time.Minute)
		for _, i := range d.book.open() {
			if !slices.ContainsFunc(i.Components, func(c uptime.ComponentID) bool { return d.beliefs[c].down }) {
				rt.Fatalf("nothing is down in it, and it is open: %+v", i)
			}
		}
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}

// In how many transactions it is written, and whether the answers to them
// arrive, makes no difference.
func TestBatchesAndLostAnswersMakeNoDifference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(rt)
		s.indifferent(t, rt, rapid.SliceOfN(rapid.Bool(), 1, 20).Draw(rt, "losses"))
	})
}

// In one batch c3 comes back, c0 fails, and c3 fails again because of it. When
// that is decided on anew, the recovery is none of the incident of c0.
func TestARecoveryIsNotTakenForThatOfALaterIncident(t *testing.T) {
	s := story{components: []uptime.Component{componentOf("c0", uptime.Critical), componentOf("c1", uptime.Critical, "c0")}}
	for _, toggled := range [][]int{{0, 0}, {1}, {1, 0, 1}, {0}} {
		s.rounds = append(s.rounds, round{toggled, time.Second})
	}
	s.indifferent(t, t, []bool{false, false, true})
}

// fataler is a test, or one of many runs of it.
type fataler interface {
	Fatalf(format string, args ...any)
}

// indifferent has the story happen in batches, one by one, and with answers of
// the database lost, and compares what stands in the ledger after it.
func (s story) indifferent(t *testing.T, f fataler, losses []bool) {
	var together, alone, lossy *deciding
	synctest.Test(t, func(t *testing.T) { // an answer that is lost is waited for
		together, alone, lossy = decidingFor(t, s.components...), decidingFor(t, s.components...), decidingFor(t, s.components...)
		lossy.book.lose = func() (lost bool) {
			if len(losses) > 0 {
				lost, losses = losses[0], losses[1:]
			}
			return lost
		}
		s.play(t, together, false, func() {})
		s.play(t, alone, true, func() {})
		s.play(t, lossy, false, func() {})
	})
	if diff := cmp.Diff(together.book.summary(), alone.book.summary()); diff != "" {
		f.Fatalf("one by one (-together +alone):\n%s", diff)
	}
	if diff := cmp.Diff(together.book.summary(), lossy.book.summary()); diff != "" {
		f.Fatalf("with lost answers (-without +with):\n%s", diff)
	}
	if len(together.book.notices) != len(lossy.book.notices) || t.Failed() {
		f.Fatalf("%d notices, and %d where answers are lost", len(together.book.notices), len(lossy.book.notices))
	}
}
