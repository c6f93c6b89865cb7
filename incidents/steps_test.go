package incidents

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func TestACorrectionChangesTheIncidentAndTellsNobody(t *testing.T) {
	d := newDesk(t)
	i := d.opened(nil)
	told := len(d.ledger.notices)
	ctx := t.Context()
	answered, err := d.Correct(ctx, editor, i.ID, Correction{Title: "Sign-in fails", Impact: uptime.ImpactMinor}, 0, nil)
	i = d.kept(answered, err)
	if i.Title != "Sign-in fails" || i.Impact != uptime.ImpactMinor || i.Tier != 2 || len(i.Updates) != 1 || i.Version != 2 {
		t.Errorf("%+v", i)
	}
	_, err = d.Correct(ctx, editor, i.ID, Correction{Tier: 3}, 0, nil)
	faulty(t, err, "reason")
	_, err = d.Correct(ctx, editor, i.ID, Correction{Title: "a\nb", Tier: 9, Impact: "huge", Reason: "a\nb"}, 0, nil)
	faulty(t, err, "title", "impact", "tier", "reason")
	answered, err = d.Correct(ctx, editor, i.ID, Correction{Tier: 3, Reason: "Few customers use it."}, 0, nil)
	if i = d.kept(answered, err); i.Tier != 3 {
		t.Errorf("tier %d", i.Tier)
	}
	if e := d.ledger.audit[2]; !strings.Contains(e.Detail, "tier 3, was 2, because Few customers use it.") {
		t.Error(e.Detail)
	}
	answered, err = d.Correct(ctx, editor, i.ID, Correction{Title: "Sign-in fails"}, 0, nil)
	if again := d.kept(answered, err); again.Version != i.Version {
		t.Error("nothing changed, and a version was made of it")
	}
	if len(d.ledger.notices) != told {
		t.Errorf("told: %+v", d.ledger.notices)
	}
}

func TestAnAmendmentKeepsTheTextThatWasThere(t *testing.T) {
	d := newDesk(t)
	i := d.opened(nil)
	told := len(d.ledger.notices)
	ctx := t.Context()
	for _, body := range []string{"Second.", "Third.", "Third."} {
		answered, err := d.after(time.Minute).Amend(ctx, editor, i.ID, i.Updates[0].ID, body, 0)
		i = d.kept(answered, err)
	}
	u := i.Updates[0]
	if u.Body != "Third." || len(u.Amended) != 2 || u.Amended[0].Body != "We look into it." || u.Amended[1].Body != "Second." ||
		u.Amended[0].Author != "u-publ" || !u.Amended[0].At.Equal(noon.Add(time.Minute)) || i.Version != 3 {
		t.Errorf("%+v", u)
	}
	if len(d.ledger.notices) != told {
		t.Error("an amendment is told")
	}
	_, err := d.Amend(ctx, editor, i.ID, u.ID, " ", 0)
	faulty(t, err, "body")
	if _, err := d.Amend(ctx, editor, i.ID, "absent", "x", 0); !errors.Is(err, uptime.ErrNotFound) {
		t.Error(err)
	}
	kept := d.ledger.incidents[i.ID]
	kept.Updates[0].Automatic = true
	_, err = d.Amend(ctx, editor, i.ID, u.ID, "x", 0)
	faulty(t, err, "body")
}

func TestAReviewIsDraftedPublishedAndCorrected(t *testing.T) {
	d := newDesk(t)
	i := d.opened(nil)
	ctx := t.Context()
	answered, err := d.Review(ctx, responder, i.ID, "Draft.", false, 0)
	i = d.kept(answered, err)
	if i.Postmortem.Body != "Draft." || !i.Postmortem.PublishedAt.IsZero() || len(i.Updates) != 1 {
		t.Errorf("drafted %+v", i.Postmortem)
	}
	_, err = d.Review(ctx, editor, i.ID, "Learned.", true, 0)
	faulty(t, err, "phase")
	i = d.said(i.ID, Word{Phase: uptime.Resolved})
	answered, err = d.Waive(ctx, editor, i.ID, "Was noise.", 0)
	d.kept(answered, err)
	_, err = d.Review(ctx, editor, i.ID, "", true, 0)
	faulty(t, err, "body")
	answered, err = d.after(time.Hour).Review(ctx, editor, i.ID, "Learned.", true, 0)
	i = d.kept(answered, err)
	if u := i.Updates[2]; u.Phase != uptime.PostmortemOut || u.Body != "Learned." || i.Phase != uptime.PostmortemOut || i.Postmortem.Waived != "" ||
		!i.Postmortem.PublishedAt.Equal(d.now) || d.notice().Reason != uptime.ReviewOut {
		t.Errorf("published %+v", i)
	}
	_, err = d.Review(ctx, responder, i.ID, "Hidden.", false, 0)
	faulty(t, err, "body")
	_, err = d.Waive(ctx, editor, i.ID, "No need.", 0)
	faulty(t, err, "reason")
	told := len(d.ledger.notices)
	for range 2 { // the second changes nothing
		answered, err = d.after(time.Hour).Review(ctx, editor, i.ID, "Learned more.", true, 0)
		i = d.kept(answered, err)
	}
	if u := i.Updates[2]; len(i.Updates) != 3 || u.Body != "Learned more." || len(u.Amended) != 1 || u.Amended[0].Body != "Learned." ||
		i.Postmortem.Body != "Learned more." || !i.Postmortem.PublishedAt.Equal(noon.Add(time.Hour)) || len(d.ledger.notices) != told {
		t.Errorf("corrected %+v", i)
	}
	answered, err = d.Amend(ctx, editor, i.ID, i.Updates[2].ID, "Learned most.", 0)
	if i = d.kept(answered, err); i.Postmortem.Body != "Learned most." {
		t.Errorf("amended %+v", i.Postmortem)
	}
	i = d.said(i.ID, Word{Body: "Credits were paid."})
	if u := i.Updates[3]; u.Phase != uptime.Resolved || i.Phase != uptime.PostmortemOut {
		t.Errorf("a word after it: %s, incident %s", u.Phase, i.Phase)
	}
}

func TestOnlyWhatIsOverAndReviewedIsClosed(t *testing.T) {
	ctx := t.Context()
	for name, test := range map[string]struct {
		tier   uptime.Tier
		before func(*desk, uptime.IncidentID)
		fields []string // nil: it is closed
	}{
		"tier 3, over": {3, func(d *desk, id uptime.IncidentID) { d.said(id, Word{Phase: uptime.Resolved}) }, nil},
		"tier 3, open": {3, func(*desk, uptime.IncidentID) {}, []string{"phase"}},
		"tier 1, open": {1, func(*desk, uptime.IncidentID) {}, []string{"phase", "reason"}},
		"tier 1, over": {1, func(d *desk, id uptime.IncidentID) { d.said(id, Word{Phase: uptime.Resolved}) }, []string{"reason"}},
		"tier 1, draft of review": {1, func(d *desk, id uptime.IncidentID) {
			d.said(id, Word{Phase: uptime.Resolved})
			if _, err := d.Review(ctx, editor, id, "Draft.", false, 0); err != nil {
				t.Error(err)
			}
		}, []string{"reason"}},
		"tier 1, waived": {1, func(d *desk, id uptime.IncidentID) {
			d.said(id, Word{Phase: uptime.Resolved})
			if _, err := d.Waive(ctx, editor, id, "A duplicate.", 0); err != nil {
				t.Error(err)
			}
		}, nil},
		"tier 1, false alarm waived": {1, func(d *desk, id uptime.IncidentID) {
			d.said(id, Word{Phase: uptime.FalseAlarm})
			if _, err := d.Waive(ctx, editor, id, "The check was wrong.", 0); err != nil {
				t.Error(err)
			}
		}, nil},
		"draft, over": {3, func(d *desk, id uptime.IncidentID) {
			d.said(id, Word{Phase: uptime.Resolved})
			kept := d.ledger.incidents[id]
			kept.PublishedAt = time.Time{}
			d.ledger.incidents[id] = kept
		}, []string{"phase"}},
		"tier 1, reopened": {1, func(d *desk, id uptime.IncidentID) {
			d.said(id, Word{Phase: uptime.Resolved})
			reviewed(t, d, id)
			d.said(id, Word{Phase: uptime.Investigating})
		}, []string{"phase"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			i := d.opened(func(in *Opening) { in.Tier = test.tier })
			test.before(d, i.ID)
			answered, err := d.after(time.Hour).Close(ctx, editor, i.ID, 0)
			if test.fields != nil {
				faulty(t, err, test.fields...)
				return
			}
			if i = d.kept(answered, err); !i.ClosedAt.Equal(d.now) {
				t.Errorf("%+v", i)
			}
		})
	}
}

func reviewed(t *testing.T, d *desk, id uptime.IncidentID) {
	t.Helper()
	if _, err := d.Review(t.Context(), editor, id, "Learned.", true, 0); err != nil {
		t.Error(err)
	}
}

func TestWhatIsClosedStays(t *testing.T) {
	d := newDesk(t)
	i := d.said(d.opened(nil).ID, Word{Phase: uptime.Resolved})
	ctx := t.Context()
	if _, err := d.Close(ctx, editor, i.ID, 0); err != nil {
		t.Fatal(err)
	}
	applied := d.ledger.applied
	for name, do := range map[string]func() error{
		"say": func() error { _, err := d.Say(ctx, editor, i.ID, Word{Body: "x"}, 0, nil); return err },
		"reopen": func() error {
			_, err := d.Say(ctx, editor, i.ID, Word{Body: "x", Phase: uptime.Investigating}, 0, nil)
			return err
		},
		"correct": func() error { _, err := d.Correct(ctx, editor, i.ID, Correction{Title: "x"}, 0, nil); return err },
		"amend":   func() error { _, err := d.Amend(ctx, editor, i.ID, i.Updates[0].ID, "x", 0); return err },
		"review":  func() error { _, err := d.Review(ctx, editor, i.ID, "x", true, 0); return err },
		"waive":   func() error { _, err := d.Waive(ctx, editor, i.ID, "x", 0); return err },
		"close":   func() error { _, err := d.Close(ctx, editor, i.ID, 0); return err },
		"publish": func() error { _, err := d.Publish(ctx, editor, i.ID, false, 0, nil); return err },
		"discard": func() error { _, err := d.Discard(ctx, editor, i.ID, 0); return err },
	} {
		t.Run(name, func(t *testing.T) { faulty(t, do(), "phase") })
	}
	if d.ledger.applied != applied {
		t.Error("something was written")
	}
}

func TestADiscardedDraftIsNeverSeen(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	i := d.opened(func(in *Opening) {
		in.Publish, in.States = false, map[uptime.ComponentID]uptime.State{"sign-in": uptime.Down}
	})
	_, err := d.Close(ctx, editor, i.ID, 0)
	faulty(t, err, "phase")
	answered, err := d.after(time.Minute).Discard(ctx, responder, i.ID, 0)
	i = d.kept(answered, err)
	if !i.Draft() || i.Open() || i.Phase != uptime.FalseAlarm || i.ClosedAt.IsZero() {
		t.Errorf("%+v", i)
	}
	if s := d.statements(i.ID)[0]; !s.To.Equal(s.From) {
		t.Errorf("its statement stands: %+v", s)
	}
	if len(d.ledger.notices) != 0 {
		t.Errorf("told: %+v", d.ledger.notices)
	}
	_, err = d.Discard(ctx, editor, d.opened(nil).ID, 0)
	faulty(t, err, "phase")
}

// automatic puts an incident into the ledger as a monitor opens it.
func (d *desk) automatic(published bool) uptime.Incident {
	i := uptime.Incident{
		ID: "20260301-115500-sign-in", Title: "Sign-in outage", Tier: 2, Impact: uptime.ImpactMajor, Phase: uptime.Investigating,
		Components: []uptime.ComponentID{"sign-in"}, Automatic: true, StartedAt: noon.Add(-5 * time.Minute),
		DetectedAt: noon.Add(-4 * time.Minute), CreatedAt: noon.Add(-4 * time.Minute), Version: 1,
		Updates: []uptime.Update{{ID: "auto", Phase: uptime.Investigating, Body: "A check failed.", Automatic: true,
			At: noon.Add(-4 * time.Minute), WrittenAt: noon.Add(-4 * time.Minute)}},
	}
	if published {
		i.PublishedAt = i.DetectedAt
	}
	d.ledger.incidents[i.ID] = i
	d.measured["sign-in"] = uptime.Down
	return i
}

func TestPeopleGoOnWithWhatAMonitorOpened(t *testing.T) {
	d := newDesk(t)
	i := d.automatic(true)
	i = d.said(i.ID, Word{Phase: uptime.Identified, At: noon.Add(-time.Minute)})
	if n := d.notice(); n.Reason != uptime.NewsOfState || n.Content.Components[0].State != uptime.Down || i.Version != 2 {
		t.Errorf("%+v", n)
	}
	// A person's word ends the incident and not what is measured.
	i = d.said(i.ID, Word{Phase: uptime.Resolved})
	if n := d.notice(); i.Open() || n.Reason != uptime.Recovered || n.Content.Components[0].State != uptime.Down {
		t.Errorf("%+v", n)
	}
}

func TestOperatorsHearOfAnAutomaticDraftAndThePublicDoesNot(t *testing.T) {
	d := newDesk(t)
	i := d.automatic(false)
	if _, err := d.Say(t.Context(), responder, i.ID, Word{Body: "On it."}, 0, nil); err != nil {
		t.Fatal(err)
	}
	if n := d.notice(); n.Audience.Held != uptime.HeldDraft || n.Channels[0].Held != "" {
		t.Errorf("said: %+v", n)
	}
	if _, err := d.Discard(t.Context(), responder, i.ID, 0); err != nil {
		t.Fatal(err)
	}
	if n := d.notice(); n.Reason != uptime.Recovered || n.Audience.Held != uptime.HeldDraft || n.Channels[0].Held != "" {
		t.Errorf("discarded: %+v", n)
	}
}

func TestAMissedPromiseIsNotedWithTheWordThatCameLate(t *testing.T) {
	d := newDesk(t)
	i := d.opened(func(in *Opening) { in.NextBy = noon.Add(10 * time.Minute) })
	i = d.after(5*time.Minute).said(i.ID, Word{NextBy: noon.Add(20 * time.Minute)})
	if e := d.ledger.audit[1]; strings.Contains(e.Detail, "late") {
		t.Errorf("kept, and noted: %s", e.Detail)
	}
	i = d.after(16*time.Minute).said(i.ID, Word{})
	if e := d.ledger.audit[2]; !strings.Contains(e.Detail, "late: it was promised by 2026-03-01 12:20:00 UTC") {
		t.Errorf("missed, and not noted: %s", e.Detail)
	}
	i = d.said(i.ID, Word{NextBy: d.now.Add(time.Minute)})
	i = d.said(i.ID, Word{})
	if e := d.ledger.audit[4]; strings.Contains(e.Detail, "late") {
		t.Errorf("an earlier one was missed, and this is called late: %s", e.Detail)
	}
	if missed := i.Missed(d.now); len(missed) != 1 || missed[0].ID != i.Updates[1].ID {
		t.Errorf("missed %+v", missed)
	}
}

func TestAClockThatWentBackPutsNoWordBeforeTheNewest(t *testing.T) {
	d := newDesk(t)
	i := d.opened(nil)
	i = d.after(-time.Hour).said(i.ID, Word{Phase: uptime.Resolved})
	if u := i.Updates[1]; u.Phase != uptime.Resolved || u.At.Before(noon) || i.ResolvedAt.Before(i.StartedAt) {
		t.Errorf("from %v to %v, update %+v", i.StartedAt, i.ResolvedAt, u)
	}
}
