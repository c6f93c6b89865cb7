//go:build slow

package app

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

var publisher = uptime.Actor{Kind: "user", ID: "u-paula", Name: "Paula", Role: uptime.Publisher}

// Where the knowledge hub cannot be reached, its component is down, and its alone.
func TestE35AnOutageOfTheKnowledgeHubShows(t *testing.T) {
	app, hub := newSite(t), newSite(t)
	text := strings.NewReplacer("https://app.example.org", "http://"+app.address, "https://help.example.org", "http://"+hub.address,
		"interval: 30s, timeout: 5s", "interval: 1s, timeout: 500ms, confirm: {failures: 2, successes: 1, retry: 100ms}").Replace(example(t))
	u := begin(t, text)
	u.within(10*time.Second, "all of it works", func() bool {
		s := u.summary()
		return s.state("Knowledge hub") == "operational" && s.state("Surveys") == "operational"
	})
	hub.stop()
	u.within(10*time.Second, "the knowledge hub is down", func() bool { return u.summary().state("Knowledge hub") == "major_outage" })
	if s := u.summary(); s.state("Surveys") != "operational" {
		t.Errorf("%+v", s)
	}
	u.within(10*time.Second, "the page tells", func() bool {
		_, page := u.get("/")
		return strings.Contains(words(t, page), "Knowledge hub is down")
	})
}

// Ten minutes in which nobody looked are unknown: grey on the page, taken from the
// coverage, and never up.
func TestP7TimeInWhichNobodyLookedIsGreyAndNotCovered(t *testing.T) {
	target, clock := newSite(t), &hands{}
	december := time.Date(2026, time.December, 1, 0, 0, 1, 0, time.UTC)
	clock.turn(time.Until(december)) // so that all of the month so far was watched
	u := beginBy(t, clock.now, "components:"+quick("Sign-in", "http://"+target.address))
	up := func() bool { return u.summary().state("Sign-in") == "operational" }
	u.within(5*time.Second, "it is looked at", up)
	u.stop()
	clock.turn(10 * time.Minute)
	u.start()
	u.within(10*time.Second, "it is looked at again", up)
	var numbers struct {
		Periods []struct {
			Coverage struct {
				Percent string `json:"pct"`
			}
		}
		Components []struct {
			Segments []struct {
				From, To time.Time
				State    string
			}
		}
	}
	var gap time.Duration
	// The record follows the first look within moments.
	u.within(20*time.Second, "the gap stands in the record, and nothing is up over it", func() bool {
		_, body := u.get("/components/sign-in.json")
		if err := json.Unmarshal([]byte(body), &numbers); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		gap = 0
		for _, s := range numbers.Components[0].Segments {
			if s.State == "unknown" {
				gap += s.To.Sub(s.From)
			}
			if s.State == "up" && s.To.Sub(s.From) > 5*time.Minute {
				return false
			}
		}
		return gap > 0
	})
	if gap < 10*time.Minute-10*time.Second {
		t.Errorf("%v are unknown", gap)
	}
	if covered, err := strconv.ParseFloat(numbers.Periods[0].Coverage.Percent, 64); err != nil || covered > 20 {
		t.Errorf("of ten minutes and a few seconds %v %% were covered, %v", covered, err)
	}
	_, page := u.get("/days/" + december.Format(time.DateOnly))
	if !strings.Contains(page, `class="s unk"`) || !strings.Contains(words(t, page), "not observed") {
		t.Errorf("the day does not show it in grey:\n%s", words(t, page))
	}
}

// Operators and the public read one register. What operators note for themselves
// is nowhere in public.
func TestE2NothingInternalAppearsInPublic(t *testing.T) {
	target := newSite(t)
	text := strings.Replace(promisesFile, "127.0.0.1:1", target.address, 1)
	u := begin(t, text)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const secret = "Unmistakably internal"
	test := uptime.Evidence{Record: "penetration_test", Title: "Tested by Example Security", Note: secret + " findings", At: time.Now().AddDate(0, -1, 0), Public: true}
	_, err := u.register.AddEvidence(ctx, publisher, test, nil)
	must(err)
	test.Title, test.Public, test.URL, test.By = secret+" test", false, "https://internal.example.org/unmistakably", secret
	_, err = u.register.AddEvidence(ctx, publisher, test, nil)
	must(err)
	open := incidents.Opening{Title: "Search is slow", Body: "We look into it.", Tier: 2, Publish: true, Components: []uptime.ComponentID{"sign-in"}}
	known, err := u.App.incidents.Open(ctx, publisher, open, nil)
	must(err)
	_, err = u.App.incidents.Review(ctx, publisher, known.ID, secret+" review", false, 0)
	must(err)
	open.Title, open.Body, open.Publish = secret+" draft", secret, false
	_, err = u.App.incidents.Open(ctx, publisher, open, nil)
	must(err)
	_, err = u.planner.Announce(ctx, publisher, incidents.Work{
		Title: secret + " plan", Body: secret, Components: []uptime.ComponentID{"sign-in"}, From: time.Now().Add(50 * time.Hour), To: time.Now().Add(51 * time.Hour),
	}, nil)
	must(err)
	u.within(20*time.Second, "what is public is shown", func() bool {
		_, home := u.get("/")
		_, p6 := u.get("/commitments/P6")
		return strings.Contains(home, "Search is slow") && strings.Contains(p6, "Tested by Example Security")
	})
	evidence, err := u.register.Evidence(ctx)
	if err != nil || len(evidence) != 2 || !strings.Contains(fmt.Sprint(evidence), secret+" findings") {
		t.Errorf("operators read %+v, %v", evidence, err)
	}
	paths := []string{"/", "/commitments", "/commitments.json", "/honesty", "/honesty.json", "/history", "/history.atom", "/history.rss", "/maintenance", "/maintenance.ics",
		"/incidents/" + string(known.ID), "/components/sign-in", "/components/sign-in.json", "/services/platform", "/services/platform.json",
		"/api/v2/summary.json", "/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json", "/api/v1/scorecard"}
	for _, c := range planOf(t, promisesFile).Catalogue.Commitments(november) {
		paths = append(paths, "/commitments/"+string(c.ID), "/commitments/"+string(c.ID)+".json")
	}
	for _, path := range paths {
		status, body := u.get(path)
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		for _, kept := range []string{secret, "nmistakably", "u-paula"} {
			if strings.Contains(body, kept) {
				t.Errorf("%s tells %q", path, kept)
			}
		}
	}
}

// Work that is announced is sent with an entry for calendars. Moved, the same
// entry comes again, one higher; called off, it comes as cancelled.
func TestE43TheEntryForCalendarsFollowsThePlan(t *testing.T) {
	o, target := openOffice(t), newSite(t)
	u := begin(t, fmt.Sprintf(`
page: {name: Example, url: "https://status.example.org"}
mail: {server: "%s", tls: none, from: "Example Status <status@example.org>"}
components:%s`, o.address, quick("Sign-in", "http://"+target.address)))
	const reader = "reader@example.com"
	u.subscribeTo(o, reader, []string{"maintenance"})
	from := time.Now().Add(50 * time.Hour).Truncate(time.Minute)
	plan, err := u.planner.Announce(t.Context(), publisher, incidents.Work{
		Title: "New disks", Body: "We put in new disks.", Components: []uptime.ComponentID{"sign-in"}, From: from, To: from.Add(time.Hour), Publish: true,
	}, nil)
	for i, want := range []struct {
		sequence, status string
		from             time.Time
		next             func() (uptime.Plan, error)
	}{
		{"0", "CONFIRMED", from, func() (uptime.Plan, error) {
			return u.planner.Revise(t.Context(), publisher, plan.ID, incidents.Move{From: from.Add(3 * time.Hour)}, 0, nil)
		}},
		{"1", "CONFIRMED", from.Add(3 * time.Hour), func() (uptime.Plan, error) {
			return u.planner.Cancel(t.Context(), publisher, plan.ID, "The disks did not come.", 0, nil)
		}},
		{"2", "CANCELLED", from.Add(3 * time.Hour), func() (uptime.Plan, error) { return plan, nil }},
	} {
		if err != nil {
			t.Fatal(err)
		}
		u.within(20*time.Second, "the letter comes", func() bool { return len(o.to(reader)) == i+2 }) // after that to confirm
		events := invitations(t, o.to(reader)[i+1])
		if len(events) != 1 {
			t.Fatalf("%d entries", len(events))
		}
		entry := func(name string) string {
			if p := events[0].Props.Get(name); p != nil {
				return p.Value
			}
			return ""
		}
		start, bad := events[0].DateTimeStart(time.UTC)
		if entry(ical.PropUID) != string(plan.ID)+"@status.example.org" || entry(ical.PropSequence) != want.sequence || entry(ical.PropStatus) != want.status ||
			bad != nil || !start.Equal(want.from) {
			t.Errorf("letter %d: %s, SEQUENCE %s, STATUS %s, from %v, want %+v", i, entry(ical.PropUID), entry(ical.PropSequence), entry(ical.PropStatus), start, want)
		}
		u.within(10*time.Second, "the file to take follows", func() bool {
			_, file := u.get("/maintenance/" + string(plan.ID) + ".ics")
			return strings.Contains(file, "SEQUENCE:"+want.sequence) && strings.Contains(file, "STATUS:"+want.status)
		})
		plan, err = want.next()
	}
}
