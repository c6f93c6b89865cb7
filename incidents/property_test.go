package incidents

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// randomCommand does something to an incident, which may be refused.
func randomCommand(t *rapid.T, d *desk, id uptime.IncidentID) (name string, err error) {
	ctx := d.t.Context()
	by := rapid.SampledFrom([]uptime.Actor{viewer, responder, editor, editor}).Draw(t, "by")
	text := rapid.SampledFrom([]string{"", "One.", "Two.", "Three.", "bad\xff"}).Draw(t, "text")
	flag := rapid.Bool().Draw(t, "flag")
	name = rapid.SampledFrom([]string{
		"say", "say", "say", "say", "publish", "correct", "amend", "amend", "review", "waive", "close", "discard",
	}).Draw(t, "command")
	switch name {
	case "say":
		_, err = d.Say(ctx, by, id, randomWord(t, d, text), 0, nil)
	case "publish":
		_, err = d.Publish(ctx, by, id, flag, 0, nil)
	case "correct":
		_, err = d.Correct(ctx, by, id, Correction{
			Title: text, Tier: rapid.SampledFrom([]uptime.Tier{0, 1, 2, 3, 4}).Draw(t, "tier"), Reason: text,
		}, 0, nil)
	case "amend":
		updates := d.ledger.incidents[id].Updates
		_, err = d.Amend(ctx, by, id, rapid.SampledFrom(updates).Draw(t, "update").ID, text, 0)
	case "review":
		_, err = d.Review(ctx, by, id, text, flag, 0)
	case "waive":
		_, err = d.Waive(ctx, by, id, text, 0)
	case "close":
		_, err = d.Close(ctx, by, id, 0)
	case "discard":
		if rapid.IntRange(0, 4).Draw(t, "seldom") == 0 {
			_, err = d.Discard(ctx, by, id, 0)
		}
	}
	return name, err
}

func randomWord(t *rapid.T, d *desk, body string) Word {
	w := Word{
		Body:   body,
		Phase:  rapid.SampledFrom([]uptime.IncidentPhase{"", "investigating", "identified", "monitoring", "resolved", "resolved", "false_alarm", "postmortem"}).Draw(t, "phase"),
		Silent: rapid.Bool().Draw(t, "silent"),
	}
	ids := rapid.SliceOfN(rapid.SampledFrom([]uptime.ComponentID{"sign-in", "api", "mail", "none"}), 0, 2)
	if rapid.Bool().Draw(t, "components given") {
		w.Components = ids.Draw(t, "components")
	}
	if rapid.IntRange(0, 3).Draw(t, "unaffected given") == 0 {
		w.Unaffected = ids.Draw(t, "unaffected")
	}
	w.States = rapid.MapOfN(rapid.SampledFrom([]uptime.ComponentID{"sign-in", "api"}),
		rapid.SampledFrom([]uptime.State{uptime.Up, uptime.Degraded, uptime.Partial, uptime.Down}), 0, 2).Draw(t, "states")
	if rapid.Bool().Draw(t, "dated") {
		w.At = d.now.Add(-time.Duration(rapid.IntRange(-1, 90).Draw(t, "minutes ago")) * time.Minute)
	}
	if rapid.IntRange(0, 3).Draw(t, "promised") == 0 {
		w.NextBy = d.now.Add(time.Duration(rapid.IntRange(-1, 30).Draw(t, "minutes")) * time.Minute)
	}
	return w
}

func TestNoSequenceOfCommandsBreaksAnIncident(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		in := outage(func(in *Opening) {
			in.Publish = rapid.Bool().Draw(rt, "published")
			in.StartedAt = noon.Add(-time.Duration(rapid.IntRange(0, 60).Draw(rt, "began")) * time.Minute)
			in.States = states{"sign-in": rapid.SampledFrom([]uptime.State{uptime.Up, uptime.Down}).Draw(rt, "state")}
		})
		i, err := d.Open(t.Context(), editor, in, nil)
		if err != nil {
			rt.Fatal(err)
		}
		texts := map[string][]string{} // of each update, all that it ever said
		sound(rt, d, d.ledger.incidents[i.ID], texts)
		for n := range rapid.IntRange(1, 25).Draw(rt, "commands") {
			d.after(time.Duration(rapid.IntRange(0, 1800).Draw(rt, "wait")) * time.Second)
			before := d.ledger.incidents[i.ID]
			applied, told := d.ledger.applied, len(d.ledger.notices)
			name, err := randomCommand(rt, d, i.ID)
			after := d.ledger.incidents[i.ID]
			if err != nil {
				var invalid Invalid
				if !errors.As(err, &invalid) && !errors.Is(err, uptime.ErrForbidden) || d.ledger.applied != applied {
					rt.Fatalf("command %d, %s: %v, and %d changes", n, name, err, d.ledger.applied-applied)
				}
				continue
			}
			if d.ledger.applied == applied {
				continue // nothing new
			}
			if !before.ClosedAt.IsZero() {
				rt.Fatalf("command %d, %s, changed what was closed", n, name)
			}
			if after.Version != before.Version+1 || len(d.ledger.audit) != d.ledger.applied {
				rt.Fatalf("command %d, %s: version %d → %d, %d audit entries of %d changes",
					n, name, before.Version, after.Version, len(d.ledger.audit), d.ledger.applied)
			}
			for _, notice := range d.ledger.notices[told:] {
				if after.Draft() || notice.Audience.Held != "" && notice.Audience.Held != uptime.HeldSilent {
					rt.Fatalf("command %d, %s, told of a draft: %+v", n, name, notice)
				}
			}
			sound(rt, d, after, texts)
		}
	})
}

// sound finds the incident as it may be.
func sound(t *rapid.T, d *desk, i uptime.Incident, texts map[string][]string) {
	if !i.Open() && (i.ResolvedAt.Before(i.StartedAt) || i.ResolvedAt.After(d.now)) {
		t.Fatalf("from %v to %v, at %v", i.StartedAt, i.ResolvedAt, d.now)
	}
	ends := i.Phase.Ends() || i.Phase == uptime.PostmortemOut
	if ends == i.Open() {
		t.Fatalf("%s, and open is %v", i.Phase, i.Open())
	}
	if !i.ClosedAt.IsZero() && !i.Draft() && i.Tier == 1 && i.Postmortem.PublishedAt.IsZero() && i.Postmortem.Waived == "" {
		t.Fatal("closed without a review")
	}
	if slices.ContainsFunc(i.Unaffected, func(id uptime.ComponentID) bool { return i.Touches(id) }) {
		t.Fatalf("affected %v, not %v", i.Components, i.Unaffected)
	}
	ids := map[string]bool{}
	for n, u := range i.Updates {
		if u.At.Before(i.StartedAt) || u.At.After(u.WrittenAt) || n > 0 && u.At.Before(i.Updates[n-1].At) || ids[u.ID] {
			t.Fatalf("update %d is %+v", n, u)
		}
		ids[u.ID] = true
		said := texts[u.ID]
		if len(said) == 0 || said[len(said)-1] != u.Body {
			said = append(said, u.Body)
		}
		texts[u.ID] = said
		var kept []string
		for _, a := range u.Amended {
			kept = append(kept, a.Body)
		}
		if !slices.Equal(append(kept, u.Body), said) {
			t.Fatalf("update %s said %q, and keeps %q", u.ID, said, kept)
		}
	}
	disjoint(t, d, i)
}

// disjoint finds statements that do not overlap, and none that goes beyond the
// incident or speaks of what it does not affect.
func disjoint(t *rapid.T, d *desk, i uptime.Incident) {
	var last uptime.Statement
	for _, s := range d.statements(i.ID) { // by component and time
		name := fmt.Sprintf("%s %s %v–%v", s.Component, s.State, s.From, s.To)
		if s.Component == last.Component && (last.To.IsZero() || s.From.Before(last.To)) {
			t.Fatalf("%s overlaps %+v", name, last)
		}
		if s.To.IsZero() && (!i.Open() || !i.Touches(s.Component)) || !s.To.IsZero() && s.To.Before(s.From) || s.State == uptime.Up {
			t.Fatalf("%s of an incident that affects %v, open %v", name, i.Components, i.Open())
		}
		if !i.Open() && s.To.After(s.From) && s.To.After(i.ResolvedAt) {
			t.Fatalf("%s goes beyond the end at %v", name, i.ResolvedAt)
		}
		last = s
	}
}
