package ical

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as in the program

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

var acme = uptime.PageName{Name: "Acme", URL: "https://Status.example.org:8443/", Zone: "Australia/Brisbane"}

// upgrade is a plan with so many announcements, each an hour later.
func upgrade(announced int) uptime.Plan {
	p := uptime.Plan{
		ID: "db-upgrade", Kind: uptime.MaintenanceWork, Title: "Database upgrade", Body: "We **upgrade** it.\n\n- Reading works", Phase: uptime.Scheduled,
		CreatedAt: noon, PublishedAt: noon,
	}
	for i := range announced {
		later := time.Duration(i) * time.Hour
		p.Revisions = append(p.Revisions, uptime.Revision{At: noon.Add(later), From: noon.Add(50*time.Hour + later), To: noon.Add(52*time.Hour + later)})
	}
	return p
}

func TestAPlanIsAnEntry(t *testing.T) {
	got := OfPlan(upgrade(1), acme, []string{"Public API", "Sign-in"})
	want := Event{
		UID: "db-upgrade@status.example.org", Stamp: noon, From: noon.Add(50 * time.Hour), To: noon.Add(52 * time.Hour),
		Summary: "[Acme] Maintenance: Database upgrade", URL: "https://Status.example.org:8443/maintenance/db-upgrade", Categories: []string{"Maintenance"},
		Description: "We upgrade it.\n\n- Reading works\n\nWhen: 9 Mar 2026, 16:02 AEST (9 Mar, 06:02 UTC) to 9 Mar 2026, 18:02 AEST (9 Mar, 08:02 UTC)\n\n" +
			"Affected: Public API, Sign-in\n\nhttps://Status.example.org:8443/maintenance/db-upgrade",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is announced anew is the same entry, one higher, with the times in force.
func TestAnEntryFollowsItsPlan(t *testing.T) {
	first := OfPlan(upgrade(1), acme, nil)
	moved := upgrade(2)
	moved.Revisions[1].Reason = "A supplier asked for it."
	second := OfPlan(moved, acme, nil)
	if second.UID != first.UID || second.Sequence != first.Sequence+1 || !second.From.Equal(first.From.Add(time.Hour)) || !second.Stamp.After(first.Stamp) ||
		!strings.HasPrefix(second.Description, "Announced anew. Before, it was 9 Mar 2026, 16:02 AEST") || !strings.Contains(second.Description, "A supplier asked for it.") {
		t.Errorf("%+v", second)
	}
	off := upgrade(3)
	off.Revisions[2].Cancelled, off.Revisions[2].Reason, off.Phase = true, "Not needed any more.", uptime.Cancelled
	third := OfPlan(off, acme, nil)
	if third.UID != first.UID || third.Sequence != 2 || !third.Cancelled || third.Summary != "[Acme] Called off: Maintenance: Database upgrade" ||
		!strings.HasPrefix(third.Description, "This is called off: it will not happen. Not needed any more.") || !third.From.Equal(off.Now().From) {
		t.Errorf("%+v", third)
	}
}

func TestAnEntrySaysWhichPromiseIsNotKept(t *testing.T) {
	p := upgrade(1)
	p.Emergency = true
	p.Revisions[0].Broken = []uptime.Broken{{Commitment: "P23", Violation: uptime.LateNotice, Text: "it was announced 20 h ahead, and 24 h are promised"}}
	p.Revisions[0].Override = "A disk fails."
	got := OfPlan(p, uptime.PageName{}, nil)
	for _, want := range []string{"A promise is not kept: it was announced 20 h ahead, and 24 h are promised.", "Why all the same: A disk fails.", "6:02 UTC"} {
		if !strings.Contains(got.Description, want) {
			t.Errorf("no %q in\n%s", want, got.Description)
		}
	}
	if got.URL != "" || got.UID != "db-upgrade@status.invalid" || got.Summary != "Emergency maintenance: Database upgrade" {
		t.Errorf("%+v", got)
	}
}

func TestAChangeIsAnInstant(t *testing.T) {
	for kind, want := range map[uptime.PlanKind]string{uptime.Release: "Release", uptime.PriceChange: "Price change", uptime.Behaviour: "Change"} {
		p := upgrade(1)
		p.Kind = kind
		got := OfPlan(p, acme, nil)
		if !got.To.Equal(got.From) || got.Summary != "[Acme] "+want+": Database upgrade" || got.URL != "https://Status.example.org:8443/changes/db-upgrade" || !strings.Contains(got.Description, "When: from 9 Mar 2026, 16:02 AEST (9 Mar, 06:02 UTC) on") {
			t.Errorf("%+v", got)
		}
		if file := string(Write("", Publish, []Event{got})); strings.Contains(file, "DTEND") {
			t.Error(file)
		}
	}
}

func TestADraftIsTentative(t *testing.T) {
	p := upgrade(1)
	p.PublishedAt = time.Time{}
	if got := OfPlan(p, acme, nil); !got.Tentative {
		t.Errorf("%+v", got)
	}
	if got := OfPlan(uptime.Plan{}, uptime.PageName{}, nil); len(check(t, Write("", Publish, []Event{got}))) != 1 {
		t.Errorf("an empty plan: %+v", got)
	}
}

// Whatever people write into a plan, its entry is one, with the plan's times.
func TestAnyPlanIsOneEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile))
		p := upgrade(rapid.IntRange(1, 3).Draw(t, "announced"))
		p.ID, p.Title, p.Body = uptime.PlanID(text.Draw(t, "id")), text.Draw(t, "title"), text.Draw(t, "body")
		last := &p.Revisions[len(p.Revisions)-1]
		last.Reason, last.Override, last.Cancelled = text.Draw(t, "reason"), text.Draw(t, "override"), rapid.Bool().Draw(t, "cancelled")
		last.Broken = []uptime.Broken{{Text: text.Draw(t, "broken")}}
		page := uptime.PageName{Name: text.Draw(t, "name"), URL: rapid.SampledFrom([]string{acme.URL, "", text.Draw(t, "url")}).Draw(t, "address"), Zone: text.Draw(t, "zone")}
		read := check(t, Write(page.Name, Publish, []Event{OfPlan(p, page, []string{text.Draw(t, "component")})}))
		if len(read) != 1 || !read[0].From.Equal(last.From) || !read[0].To.Equal(last.To) || read[0].Cancelled != last.Cancelled || read[0].Sequence != p.Sequence() {
			t.Fatalf("%+v", read)
		}
	})
}
