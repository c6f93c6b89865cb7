package incidents

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func TestAnIncidentIsOpenedToldAndWrittenDown(t *testing.T) {
	d := newDesk(t)
	i := d.opened(func(in *Opening) {
		in.StartedAt, in.NextBy = noon.Add(-time.Hour), noon.Add(30*time.Minute)
		in.Unaffected = []uptime.ComponentID{"api"}
		in.States = map[uptime.ComponentID]uptime.State{"sign-in": uptime.Degraded}
	})
	if !regexp.MustCompile(`^20260301-110000-[a-z2-7]{16}$`).MatchString(string(i.ID)) {
		t.Errorf("id %s", i.ID)
	}
	if i.Version != 1 || i.Draft() || !i.Open() || i.Automatic || !i.StartedAt.Equal(noon.Add(-time.Hour)) || !i.CreatedAt.Equal(noon) {
		t.Errorf("opened %+v", i)
	}
	u := i.Updates[0]
	if u.ID != string(i.ID)+"-1" || !u.At.Equal(i.StartedAt) || !u.WrittenAt.Equal(noon) || u.Author != "u-publ" || !i.Promised().Equal(noon.Add(30*time.Minute)) {
		t.Errorf("update %+v", u)
	}
	n := d.notice()
	if n.ID != u.ID || n.Reason != uptime.WentDown || n.Audience == nil || n.Audience.Held != "" || n.Channels[0].Held != "" {
		t.Errorf("notice %+v", n)
	}
	if s := n.Content.Components[0].State; s != uptime.Degraded {
		t.Errorf("told that sign-in is %v", s)
	}
	want := uptime.Statement{Incident: i.ID, Component: "sign-in", State: uptime.Degraded, From: i.StartedAt}
	if all := d.statements(i.ID); len(all) != 1 || all[0] != want {
		t.Errorf("statements %v", all)
	}
	if e := d.ledger.audit[0]; e.Action != "incident.open" || e.Object != string(i.ID) || e.Actor != editor || !e.At.Equal(noon) || e.Detail == "" {
		t.Errorf("audit %+v", e)
	}
}

func TestADraftIsToldToNobodyUntilItIsPublished(t *testing.T) {
	d := newDesk(t)
	i, err := d.Open(t.Context(), responder, outage(func(in *Opening) { in.Publish = false }), nil)
	i = d.kept(i, err)
	if _, err = d.Say(t.Context(), responder, i.ID, Word{Phase: uptime.Identified, Body: "Found."}, 0, nil); err != nil {
		t.Fatal(err)
	}
	if !i.Draft() || len(d.ledger.notices) != 0 {
		t.Fatalf("a draft is told: %+v", d.ledger.notices)
	}
	if _, err := d.Publish(t.Context(), responder, i.ID, false, 0, nil); !errors.Is(err, uptime.ErrForbidden) {
		t.Errorf("a responder publishes: %v", err)
	}
	i, err = d.after(time.Minute).Publish(t.Context(), editor, i.ID, false, 0, nil)
	i = d.kept(i, err)
	if n := d.notice(); n.Reason != uptime.WentDown || n.Audience.Held != "" || n.Content.Update.Body != "Found." || !i.PublishedAt.Equal(d.now) {
		t.Errorf("notice %+v", n)
	}
	_, err = d.Publish(t.Context(), editor, i.ID, false, 0, nil)
	faulty(t, err, "phase")
}

func TestADraftThatIsOverIsPublishedInOneMessage(t *testing.T) {
	for ending, want := range map[uptime.IncidentPhase]uptime.NoticeReason{
		uptime.Resolved: uptime.WasDown, uptime.FalseAlarm: uptime.NewsOfState,
	} {
		d := newDesk(t)
		i := d.opened(func(in *Opening) { in.Publish = false })
		d.said(i.ID, Word{Phase: ending})
		if _, err := d.Publish(t.Context(), editor, i.ID, false, 0, nil); err != nil {
			t.Fatal(err)
		}
		if n := d.notice(); n.Reason != want {
			t.Errorf("%s: told as %s", ending, n.Reason)
		}
	}
}

func TestSilentIsOnThePageAndHeldBack(t *testing.T) {
	d := newDesk(t)
	i := d.opened(func(in *Opening) { in.Silent = true })
	if n := d.notice(); n.Audience.Held != uptime.HeldSilent || n.Channels[0].Held != uptime.HeldSilent || !i.Updates[0].Silent {
		t.Errorf("opened: %+v", n)
	}
	d.said(i.ID, Word{Silent: true})
	if n := d.notice(); n.Audience.Held != uptime.HeldSilent {
		t.Errorf("said: %+v", n.Audience)
	}
	d.said(i.ID, Word{})
	if n := d.notice(); n.Audience.Held != "" {
		t.Errorf("said aloud: %+v", n.Audience)
	}
	draft := d.opened(func(in *Opening) { in.Publish = false })
	if _, err := d.Publish(t.Context(), editor, draft.ID, true, 0, nil); err != nil {
		t.Fatal(err)
	}
	if n := d.notice(); n.Audience.Held != uptime.HeldSilent {
		t.Errorf("published: %+v", n.Audience)
	}
}

func TestAnIncidentIsLivedThrough(t *testing.T) {
	d := newDesk(t)
	i := d.opened(nil)
	for _, step := range []struct {
		word   Word
		open   bool
		phase  uptime.IncidentPhase
		reason uptime.NoticeReason
	}{
		{Word{Phase: uptime.Identified}, true, uptime.Identified, uptime.NewsOfState},
		{Word{Phase: uptime.Monitoring}, true, uptime.Monitoring, uptime.NewsOfState},
		{Word{Phase: uptime.Investigating}, true, uptime.Investigating, uptime.NewsOfState},
		{Word{}, true, uptime.Investigating, uptime.NewsOfState},
		{Word{Phase: uptime.Resolved}, false, uptime.Resolved, uptime.Recovered},
		{Word{}, false, uptime.Resolved, uptime.NewsOfState},
		{Word{Phase: uptime.Monitoring}, true, uptime.Monitoring, uptime.WentDown},
		{Word{Phase: uptime.FalseAlarm}, false, uptime.FalseAlarm, uptime.Recovered},
	} {
		i = d.after(time.Minute).said(i.ID, step.word)
		if i.Open() != step.open || i.Phase != step.phase || d.notice().Reason != step.reason {
			t.Errorf("%+v: open %v, %s, told as %s", step.word, i.Open(), i.Phase, d.notice().Reason)
		}
	}
	if len(i.Updates) != 9 || i.Version != 9 || len(d.ledger.audit) != 9 {
		t.Errorf("%d updates, version %d, %d audit entries", len(i.Updates), i.Version, len(d.ledger.audit))
	}
	seen := map[string]bool{}
	for _, n := range d.ledger.notices {
		if seen[n.ID] {
			t.Errorf("two notices are %s", n.ID)
		}
		seen[n.ID] = true
	}
}

func TestWhatWasOverIsBackDated(t *testing.T) {
	d := newDesk(t)
	i := d.opened(func(in *Opening) { in.StartedAt = noon.Add(-2 * time.Hour) })
	i = d.said(i.ID, Word{Phase: uptime.Identified, At: noon.Add(-time.Hour)})
	if u := i.Updates[1]; !u.At.Equal(noon.Add(-time.Hour)) || !u.WrittenAt.Equal(noon) {
		t.Errorf("update %+v", u)
	}
	// It was over before the newest word about it.
	i = d.said(i.ID, Word{Phase: uptime.Resolved, At: noon.Add(-90 * time.Minute)})
	if !i.ResolvedAt.Equal(noon.Add(-90*time.Minute)) || i.Phase != uptime.Resolved || i.Updates[2].Phase != uptime.Resolved {
		t.Errorf("resolved %+v", i)
	}
	// A better time is known.
	i = d.said(i.ID, Word{At: noon.Add(-30 * time.Minute)})
	if !i.ResolvedAt.Equal(noon.Add(-30*time.Minute)) || d.notice().Reason != uptime.NewsOfState {
		t.Errorf("corrected %+v", i)
	}
	i = d.said(i.ID, Word{})
	if !i.ResolvedAt.Equal(noon.Add(-30 * time.Minute)) {
		t.Errorf("a further word moved the end to %v", i.ResolvedAt)
	}
}

func TestOnlyAnExpectedVersionIsChanged(t *testing.T) {
	d := newDesk(t)
	i := d.opened(nil)
	if _, err := d.Say(t.Context(), editor, i.ID, Word{Body: "x"}, 7, nil); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("at another version: %v", err)
	}
	d.ledger.before = func() { d.said(i.ID, Word{Body: "first"}) }
	if _, err := d.Say(t.Context(), editor, i.ID, Word{Body: "second"}, 1, nil); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("somebody else was first: %v", err)
	}
	d.ledger.before = func() { d.said(i.ID, Word{Body: "first"}) }
	answered, err := d.Say(t.Context(), editor, i.ID, Word{Body: "second"}, 0, nil)
	i = d.kept(answered, err)
	if n := len(i.Updates); n != 4 || i.Updates[3].Body != "second" || i.Version != 4 {
		t.Errorf("decided anew: %+v", i.Updates)
	}
}

// Of two who saw the same version, one is first, whatever they do.
func TestEveryStepKeepsToAnExpectedVersion(t *testing.T) {
	for name, step := range map[string]func(*desk, uptime.Incident, int64) error{
		"amend": func(d *desk, i uptime.Incident, expect int64) error {
			_, err := d.Amend(d.t.Context(), editor, i.ID, i.Updates[0].ID, "Better.", expect)
			return err
		},
		"review": func(d *desk, i uptime.Incident, expect int64) error {
			_, err := d.Review(d.t.Context(), editor, i.ID, "Learned.", false, expect)
			return err
		},
		"waive": func(d *desk, i uptime.Incident, expect int64) error {
			_, err := d.Waive(d.t.Context(), editor, i.ID, "Was noise.", expect)
			return err
		},
		"close": func(d *desk, i uptime.Incident, expect int64) error {
			_, err := d.Close(d.t.Context(), editor, i.ID, expect)
			return err
		},
		"discard": func(d *desk, i uptime.Incident, expect int64) error {
			_, err := d.Discard(d.t.Context(), editor, i.ID, expect)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			i := d.opened(func(o *Opening) { o.Publish, o.Tier = name != "discard", 2 })
			if name == "close" {
				i = d.said(i.ID, Word{Phase: uptime.Resolved, Body: "Over."})
			}
			if err := step(d, i, i.Version+1); !errors.Is(err, uptime.ErrConflict) {
				t.Errorf("at another version: %v", err)
			}
			d.ledger.before = func() { d.said(i.ID, Word{Body: "first"}) }
			if err := step(d, i, i.Version); !errors.Is(err, uptime.ErrConflict) {
				t.Errorf("somebody else was first: %v", err)
			}
			if err := step(d, i, i.Version+1); err != nil {
				t.Errorf("at the newest version: %v", err)
			}
		})
	}
}

func TestWhoIsNeverFirstIsToldSo(t *testing.T) {
	d := newDesk(t)
	i := d.opened(nil)
	tries := 0
	var race func()
	race = func() {
		tries++
		kept := d.ledger.incidents[i.ID]
		kept.Version++
		d.ledger.incidents[i.ID] = kept
		d.ledger.before = race
	}
	d.ledger.before = race
	if _, err := d.Say(t.Context(), editor, i.ID, Word{Body: "mine"}, 0, nil); !errors.Is(err, uptime.ErrConflict) || tries != attempts {
		t.Errorf("after %d tries: %v", tries, err)
	}
}

func TestARepeatedRequestIsAnsweredAndNotDoneAgain(t *testing.T) {
	d := newDesk(t)
	key := &uptime.Once{Key: "u-publ/open/1", Digest: "a", At: noon}
	first, err := d.Open(t.Context(), editor, outage(nil), key)
	if err != nil || key.Result != "" {
		t.Fatalf("%v, answered as a repetition: %q", err, key.Result)
	}
	if again, err := d.Open(t.Context(), editor, outage(nil), key); err != nil || again.ID != first.ID || d.ledger.applied != 1 {
		t.Errorf("%v, %v after %d changes", again.ID, err, d.ledger.applied)
	}
	if _, err := d.Open(t.Context(), editor, outage(nil), &uptime.Once{Key: key.Key, Digest: "b"}); !errors.Is(err, uptime.ErrKeyReused) {
		t.Errorf("another request under the key: %v", err)
	}
	if key.Result != string(first.ID) {
		t.Errorf("the caller is not told of the repetition: %q", key.Result)
	}
	// Both come at once: the second learns it from the ledger.
	other := &uptime.Once{Key: "u-publ/say/1", Digest: "a"}
	word := Word{Phase: uptime.Resolved, Body: "Done."}
	d.ledger.before = func() {
		if _, err := d.Say(t.Context(), editor, first.ID, word, 0, other); err != nil {
			t.Error(err)
		}
	}
	if i, err := d.Say(t.Context(), editor, first.ID, word, 0, other); err != nil || len(i.Updates) != 2 {
		t.Errorf("%d updates, %v", len(i.Updates), err)
	}
	// What could not be decided again is answered all the same.
	if i, err := d.Say(t.Context(), editor, first.ID, word, 1, other); err != nil || i.Open() {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestRolesDecideWhatMayBeDone(t *testing.T) {
	d := newDesk(t)
	public := d.opened(func(in *Opening) { in.StartedAt = noon.Add(-time.Hour) })
	over := d.said(d.opened(nil).ID, Word{Phase: uptime.Resolved})
	ctx := t.Context()
	draft := func() uptime.IncidentID { return d.opened(func(in *Opening) { in.Publish = false }).ID }
	for name, test := range map[string]struct {
		need uptime.Role
		do   func(by uptime.Actor) error
	}{
		"open a draft": {uptime.Responder, func(by uptime.Actor) error {
			_, err := d.Open(ctx, by, outage(func(in *Opening) { in.Publish = false }), nil)
			return err
		}},
		"open in public": {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Open(ctx, by, outage(nil), nil); return err }},
		"say in a draft": {uptime.Responder, func(by uptime.Actor) error { _, err := d.Say(ctx, by, draft(), Word{Body: "x"}, 0, nil); return err }},
		"say in public":  {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Say(ctx, by, public.ID, Word{Body: "x"}, 0, nil); return err }},
		"publish":        {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Publish(ctx, by, draft(), false, 0, nil); return err }},
		"correct a draft": {uptime.Responder, func(by uptime.Actor) error {
			_, err := d.Correct(ctx, by, draft(), Correction{Title: "x"}, 0, nil)
			return err
		}},
		"correct": {uptime.Publisher, func(by uptime.Actor) error {
			_, err := d.Correct(ctx, by, public.ID, Correction{Title: "x"}, 0, nil)
			return err
		}},
		"amend a draft": {uptime.Responder, func(by uptime.Actor) error {
			id := draft()
			_, err := d.Amend(ctx, by, id, string(id)+"-1", "y", 0)
			return err
		}},
		"amend": {uptime.Publisher, func(by uptime.Actor) error {
			_, err := d.Amend(ctx, by, public.ID, string(public.ID)+"-1", "y", 0)
			return err
		}},
		"draft a review":   {uptime.Responder, func(by uptime.Actor) error { _, err := d.Review(ctx, by, public.ID, by.Name, false, 0); return err }},
		"publish a review": {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Review(ctx, by, over.ID, "Learned.", true, 0); return err }},
		"waive":            {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Waive(ctx, by, public.ID, "Was noise.", 0); return err }},
		"close": {uptime.Publisher, func(by uptime.Actor) error {
			i := d.said(d.opened(nil).ID, Word{Phase: uptime.Resolved})
			_, err := d.Close(ctx, by, i.ID, 0)
			return err
		}},
		"discard":        {uptime.Responder, func(by uptime.Actor) error { _, err := d.Discard(ctx, by, draft(), 0); return err }},
		"preview":        {uptime.Responder, func(by uptime.Actor) error { _, err := d.PreviewOpen(ctx, by, outage(nil)); return err }},
		"preview a word": {uptime.Responder, func(by uptime.Actor) error { _, err := d.PreviewSay(ctx, by, public.ID, Word{Body: "x"}); return err }},
		"save a template": {uptime.Publisher, func(by uptime.Actor) error {
			_, err := d.SaveTemplate(ctx, by, uptime.Template{Name: "Role " + by.ID})
			return err
		}},
		"delete one": {uptime.Publisher, func(by uptime.Actor) error {
			made, err := d.SaveTemplate(ctx, editor, uptime.Template{Name: "To go " + by.ID})
			if err != nil {
				return err
			}
			return d.DeleteTemplate(ctx, by, made.ID)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, by := range []uptime.Actor{{Kind: "user", Name: "nobody"}, viewer, responder, editor} {
				before := d.ledger.applied
				err := test.do(by)
				switch {
				case by.Role >= test.need && err != nil:
					t.Errorf("%s: %v", by.Role, err)
				case by.Role < test.need && !errors.Is(err, uptime.ErrForbidden):
					t.Errorf("%s: %v", by.Role, err)
				case by.Role < test.need && len(d.ledger.audit) > before && d.ledger.audit[len(d.ledger.audit)-1].Actor.ID == by.ID:
					t.Errorf("%s changed something", by.Role)
				}
			}
		})
	}
	if _, err := d.Say(ctx, viewer, "absent", Word{Body: "x"}, 0, nil); !errors.Is(err, uptime.ErrForbidden) {
		t.Errorf("a viewer learns what there is: %v", err)
	}
	if _, err := d.Say(ctx, editor, "absent", Word{Body: "x"}, 0, nil); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("absent: %v", err)
	}
}

func TestEveryChangeIsAnnouncedOnceItIsKept(t *testing.T) {
	d := newDesk(t)
	o := d.options(d.ledger)
	var seen []uptime.Changes
	o.Applied = func(c uptime.Changes) { seen = append(seen, c) }
	d.Service = NewService(o)
	i := d.opened(nil)
	if _, err := d.Say(t.Context(), editor, i.ID, Word{}, 0, nil); err == nil {
		t.Error("an empty word was taken")
	}
	if _, err := d.SaveTemplate(t.Context(), editor, uptime.Template{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0].Incidents[0].Incident.ID != i.ID || len(seen[1].Templates) != 1 {
		t.Errorf("announced %+v", seen)
	}
}

type broken struct{ *ledger }

var errBroken = errors.New("disk full")

func (broken) Apply(context.Context, uptime.Changes) error { return errBroken }

func (broken) CountAudience(context.Context, uptime.Audience) (int, error) { return 0, errBroken }

func TestAFaultOfTheLedgerIsAnError(t *testing.T) {
	d := newDesk(t)
	d.Service = NewService(d.options(broken{d.ledger}))
	if _, err := d.Open(t.Context(), editor, outage(nil), nil); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if _, err := d.PreviewOpen(t.Context(), editor, outage(nil)); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if _, err := d.SaveTemplate(t.Context(), editor, uptime.Template{Name: "x"}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	o := d.options(d.ledger)
	o.Random = strings.NewReader("short")
	d.Service = NewService(o)
	if _, err := d.Open(t.Context(), editor, outage(nil), nil); err == nil {
		t.Error("an id was made of nothing")
	}
}

func TestIDsOfIncidentsDiffer(t *testing.T) {
	d := newDesk(t)
	seen := map[uptime.IncidentID]bool{}
	for range 50 {
		seen[d.opened(nil).ID] = true
	}
	if len(seen) != 50 {
		t.Errorf("%d ids of 50 incidents", len(seen))
	}
}
