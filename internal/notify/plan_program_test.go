package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

func TestProgramsAreToldThePlan(t *testing.T) {
	body, _, err := payload(messages()["scheduled_emergency"], links, FormatStandard)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type string
		Data struct{ Plan eventPlanRead }
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	kept := false
	want := eventPlanRead{
		ID: "db-upgrade", Kind: "maintenance", Phase: "scheduled", URL: "https://status.example.org/maintenance/db-upgrade",
		Calendar: "https://status.example.org/maintenance/db-upgrade.ics", From: "2026-03-08T00:02:10.000Z", To: "2026-03-08T01:02:10.000Z", Length: 3600,
		Notice:    eventNotice{Ahead: "20 h", Seconds: 20 * 3600, Promised: "24 h", Kept: &kept},
		Revisions: []eventRevisionRead{{Override: "A disk fails.", By: "ada", Broken: []eventBroken{{"P23", "late_notice", "it was announced 20 h ahead, and 24 h are promised"}}}},
	}
	if diff := cmp.Diff(want, got.Data.Plan); diff != "" || got.Type != "plan.scheduled" {
		t.Errorf("%s (-want +got):\n%s", got.Type, diff)
	}
}

// eventPlanRead is what is looked at of a plan.
type eventPlanRead struct {
	ID, Kind, Phase, URL string
	Calendar             string `json:"calendar_url"`
	From, To             string
	Length               float64 `json:"length_seconds"`
	Notice               eventNotice
	Revisions            []eventRevisionRead
}

type eventRevisionRead struct {
	Override string
	By       string `json:"decided_by"`
	Broken   []eventBroken
}

// Whoever announced what breaks no promise is named to nobody, and where nothing
// is promised nothing is said to be kept.
func TestProgramsAreToldNoNames(t *testing.T) {
	m := messages()["rescheduled"]
	m.Notices[0].Content.Plan.Revisions[1].By, m.Notices[0].Content.Plan.Revisions[1].Author = "ada", "u-1"
	delete(m.Notices[0].Content.Facts, notice.FactPromised)
	for _, format := range []string{FormatStandard, FormatStatuspage, FormatCloudEvents} {
		body, _, err := payload(m, links, format)
		if err != nil || strings.Contains(string(body), `"ada"`) || strings.Contains(string(body), "u-1") {
			t.Errorf("%s: %s (%v)", format, body, err)
		}
		if format != FormatStatuspage && !strings.Contains(string(body), `"kept":null`) {
			t.Errorf("%s: %s", format, body)
		}
	}
}

// Statuspage's readers know four states of maintenance, and take the newest
// update without looking.
func TestPlansInStatuspagesShapeKeepToItsWords(t *testing.T) {
	for name, m := range planMessages() {
		p := m.Notices[0].Content.Plan
		if p.ID == "" || !aboutPlan(m.Reason) {
			continue
		}
		for range 2 {
			hook := newStatuspage(m, links)
			inc := hook.Incident
			if len(inc.Updates) == 0 || strings.TrimSpace(inc.Updates[0].Body) == "" || inc.Components == nil || inc.Name != p.Title || inc.ID != string(p.ID) {
				t.Errorf("%s: %+v", name, inc)
			}
			for _, status := range append([]string{inc.Status}, statuses(inc.Updates)...) {
				if !slices.Contains([]string{"scheduled", "in_progress", "verifying", "completed"}, status) {
					t.Errorf("%s: the status is %q", name, status)
				}
			}
			want := "maintenance"
			if p.Change() {
				want = "none"
			}
			if inc.Impact != want || !time.Time(inc.ScheduledFor).Equal(p.Now().From) || !time.Time(inc.ScheduledUntil).Equal(p.Now().To) {
				t.Errorf("%s: %s from %v to %v", name, inc.Impact, time.Time(inc.ScheduledFor), time.Time(inc.ScheduledUntil))
			}
			if p.Phase == uptime.Cancelled && (inc.Status != "completed" || !strings.HasPrefix(inc.Updates[0].Body, "Called off. It is not needed")) {
				t.Errorf("%s: what was called off is %s: %s", name, inc.Status, inc.Updates[0].Body)
			}
			if m.Reason == uptime.PlanRevised && p.Now().Reason != "" && inc.Updates[0].Body != "Database upgrade: planned. "+p.Now().Reason {
				t.Errorf("%s: %q", name, inc.Updates[0].Body)
			}
			m.Notices[0].Content.Plan.Updates = nil // the same without any
		}
	}
	during := messages()["started"]
	during.Notices[0].Content.Components[0].State = uptime.Maintenance
	if hook := newStatuspage(during, links); hook.Page.Indicator != "maintenance" || hook.Incident.Components[0].Status != "under_maintenance" {
		t.Errorf("%+v %+v", hook.Page, hook.Incident.Components)
	}
}

func statuses(updates []spUpdate) (out []string) {
	for _, u := range updates {
		out = append(out, u.Status)
	}
	return out
}

func TestTopicsOfZulipArePlans(t *testing.T) {
	for name, want := range map[string]string{"rescheduled": "Database upgrade", "cancelled": "Database upgrade", "update": "Public API is down"} {
		if got := zulipPieces(messages()[name], links)[0].params["title"]; got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What cannot be sent holds back what follows about the same plan, and nothing
// else.
func TestTheOrderOfAPlanIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &fakeOutbox{}
		var mu sync.Mutex
		var got []string
		failures := 2
		s := &fakeSender{answer: func(_ context.Context, m notice.Message) error {
			mu.Lock()
			defer mu.Unlock()
			if m.Notices[0].ID == "a1" && failures > 0 {
				failures--
				return errors.New("the connection was refused")
			}
			got = append(got, m.Notices[0].ID)
			return nil
		}}
		c := only(NewCourier(o, CourierOptions{}), "pager", s)
		for _, n := range []struct {
			id     string
			plan   uptime.PlanID
			reason uptime.NoticeReason
		}{
			{"a1", "a", uptime.PlanAnnounced}, {"a2", "a", uptime.PlanRevised}, {"b1", "b", uptime.PlanAnnounced}, {"a3", "a", uptime.PlanCancelled},
		} {
			one := news(n.id, "", n.reason)
			one.Plan = n.plan
			o.owe(one, channelTo("pager"))
		}
		finish(c, o, time.Hour)
		if want := "[b1 a1 a2 a3]"; fmt.Sprint(got) != want {
			t.Errorf("sent %v, want %s", got, want)
		}
	})
}

func TestWindowsAreToldInThePagesZoneAndInUTC(t *testing.T) {
	c := newClock("Australia/Brisbane")
	from := time.Date(2026, 1, 2, 13, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		length       time.Duration
		want, sydney string
	}{
		{0, "2 Jan 2026, 23:30 AEST (13:30 UTC)", "3 Jan 2026, 00:30 AEDT"},
		{15 * time.Minute, "2 Jan 2026, 23:30 AEST (13:30 UTC) to 23:45 AEST (13:45 UTC)", "3 Jan 2026, 00:30 to 00:45 AEDT"},
		{time.Hour, "2 Jan 2026, 23:30 AEST (13:30 UTC) to 3 Jan 2026, 00:30 AEST (2 Jan, 14:30 UTC)", "3 Jan 2026, 00:30 to 01:30 AEDT"},
		{25 * time.Hour, "2 Jan 2026, 23:30 AEST (13:30 UTC) to 4 Jan 2026, 00:30 AEST (3 Jan, 14:30 UTC)", "3 Jan 2026, 00:30 AEDT to 4 Jan 2026, 01:30 AEDT"},
	} {
		if got := c.window(from, from.Add(test.length)); got != test.want {
			t.Errorf("%s: %s", test.length, got)
		}
		if got := c.inSydney(from, from.Add(test.length)); got != test.sydney {
			t.Errorf("%s in Sydney: %s", test.length, got)
		}
	}
	// In winter the clocks agree, and over the night of the change they do not.
	if got := c.inSydney(time.Date(2026, 7, 2, 1, 0, 0, 0, time.UTC), time.Date(2026, 7, 2, 2, 0, 0, 0, time.UTC)); got != "2 Jul 2026, 11:00 to 12:00 AEST" {
		t.Errorf("in winter: %s", got)
	}
	for _, zone := range []string{"UTC", "Australia/Sydney", "Europe/London", ""} {
		if got := newClock(zone).inSydney(from, from.Add(time.Hour)); got != "" {
			t.Errorf("%s: %s", zone, got)
		}
	}
	if got := newClock("UTC").window(from, from.Add(time.Hour)); got != "2 Jan 2026, 13:30 UTC to 14:30 UTC" {
		t.Errorf("UTC: %s", got)
	}
}
