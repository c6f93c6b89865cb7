package statuspage

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// weekdays are nine to five in a zone, without these days.
func weekdays(t testing.TB, zone string, closed ...uptime.ClosedDay) *uptime.BusinessHours {
	t.Helper()
	loaded, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return &uptime.BusinessHours{Calendar: "desk", Zone: loaded, Closed: closed, Week: []uptime.OpenHours{
		{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * time.Hour, To: 17 * time.Hour},
	}}
}

// sampleHours is the sample with hours of a contact.
func sampleHours(h *uptime.BusinessHours) Inputs {
	in := samplePromised()
	for i := range in.Catalogue.Policies[0].Commitments {
		if c := &in.Catalogue.Policies[0].Commitments[i]; c.ID == "E54" {
			c.Support = h
		}
	}
	return in
}

func TestHoursSayWhetherSomebodyIsThere(t *testing.T) {
	anzac := uptime.ClosedDay{Date: "2026-04-27", Name: "Anzac Day additional"}
	christmas := uptime.ClosedDay{Date: "2026-12-25", Name: "Christmas Day"}
	aest := weekdays(t, "Australia/Brisbane", anzac, christmas)
	for at, want := range map[string]string{
		"2026-11-20T16:59:59+10:00": "● open now · closes 17:00 AEST (18:00 AEDT in Sydney)",
		"2026-11-20T17:00:00+10:00": "○ closed now · opens Mon 23 Nov, 09:00 AEST (10:00 AEDT in Sydney)",
		"2026-11-23T09:00:00+10:00": "● open now · closes 17:00 AEST (18:00 AEDT in Sydney)",
		"2026-04-24T18:00:00+10:00": "○ closed now · opens Tue 28 Apr, 09:00 AEST",
		"2026-04-27T11:00:00+10:00": "○ closed now · Anzac Day additional · opens Tue 28 Apr, 09:00 AEST",
		"2026-07-01T08:00:00+10:00": "○ closed now · opens 09:00 AEST", // in winter Sydney shows the same
		"2026-12-28T12:00:00+10:00": "○ open unless today is a public holiday, of which none is listed any more · closes 17:00 AEST (18:00 AEDT in Sydney)",
		"2026-12-31T18:00:00+10:00": "○ closed now · opens Fri 1 Jan 2027, 09:00 AEST (10:00 AEDT in Sydney)",
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		b := open(sampleHours(aest), now)
		for _, path := range []string{"/commitments", "/commitments/E54"} {
			if page := strings.ReplaceAll(readText(t, b.document(path)), " )", ")"); !strings.Contains(page, want) {
				i := max(0, strings.Index(page, " now"))
				t.Errorf("%s at %s does not say %q: …%s", path, at, want, page[max(0, i-60):min(len(page), i+100)])
			}
		}
	}
	always := open(sampleHours(&uptime.BusinessHours{Calendar: "24x7", Zone: time.UTC, Always: true}), sampleNow)
	if page := readText(t, always.document("/commitments/E54")); !strings.Contains(page, "● open now, as at every hour") || strings.Contains(page, "closes") {
		t.Errorf("what is always open: %.300s", page)
	}
	if never := weekdays(t, "UTC"); true {
		never.Week = nil
		if page := readText(t, open(sampleHours(never), sampleNow).document("/commitments/E54")); !strings.Contains(page, "○ closed now") || strings.Contains(page, "opens") {
			t.Errorf("what never opens: %.300s", page)
		}
	}
	if page := readText(t, open(samplePromised(), sampleNow).document("/commitments/E54")); strings.Contains(page, " now ") {
		t.Error("a promise without hours tells of some")
	}
}

// The working tells the hours and the public holidays that follow, and where the
// list ends.
func TestTheWorkingListsTheHolidaysOfAYear(t *testing.T) {
	h := weekdays(t, "Australia/Brisbane", uptime.ClosedDay{Date: "2026-06-08", Name: "King's Birthday"}, uptime.ClosedDay{Date: "2026-12-25", Name: "Christmas Day"})
	page := readText(t, open(sampleHours(h), sampleNow).document("/commitments/E54"))
	for _, want := range []string{
		"9–5, Monday to Friday, by the clocks of Australia/Brisbane (AEST)", "Closed on Fri 25 Dec 2026, Christmas Day", "public holidays after 2026-12-25, where the list ends",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q: %s", want, page)
		}
	}
	if strings.Contains(page, "King's") {
		t.Error("it lists a holiday that is past")
	}
}

func TestTheJSONHasTheInstantsOfHours(t *testing.T) {
	friday := time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC) // three in the afternoon
	for now, want := range map[time.Time]jsonHours{
		friday:                    {Calendar: "desk", Zone: "Australia/Brisbane", Open: true, Closes: "2026-11-20T07:00:00Z"},
		friday.Add(3 * time.Hour): {Calendar: "desk", Zone: "Australia/Brisbane", Opens: "2026-11-22T23:00:00Z"},
	} {
		var read struct {
			Commitment struct{ Hours jsonHours }
		}
		body := open(sampleHours(weekdays(t, "Australia/Brisbane")), now).document("/commitments/E54.json").Body
		if err := json.Unmarshal(body, &read); err != nil || read.Commitment.Hours != want {
			t.Errorf("at %v: %+v, %v", now, read.Commitment.Hours, err)
		}
	}
}

// The page that says “open now” is not told once nobody is there, though nothing
// has changed and no time was due.
func TestAPageOfHoursIsMadeAgainAsTheyEnd(t *testing.T) {
	now := time.Date(2026, 11, 20, 6, 59, 55, 0, time.UTC)
	in := sampleHours(weekdays(t, "Australia/Brisbane"))
	w := &world{in: in}
	p := NewPublisher(in.Catalogue, Options{Live: w, Source: w, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	says := func(want string) {
		t.Helper()
		doc, err := p.Document(context.Background(), "/commitments/E54")
		if err != nil {
			t.Fatal(err)
		}
		if page := readText(t, doc); !strings.Contains(page, want) {
			t.Errorf("at %v it does not say %q: %.300s", now, want, page)
		}
	}
	says("open now · closes 17:00 AEST")
	if rests := p.rests(); rests != 5*time.Second {
		t.Errorf("the next edition is made after %v", rests)
	}
	now = now.Add(5 * time.Second)
	says("closed now · opens Mon 23 Nov, 09:00 AEST")
	if rests := p.rests(); rests != idle {
		t.Errorf("the next edition is made after %v", rests)
	}
}

// Hours are no proof that anybody can be reached: of a contact that cannot be right
// they are not told in green.
func TestHoursOfPlaceholdersAreNotGreen(t *testing.T) {
	always := &uptime.BusinessHours{Calendar: "24x7", Zone: time.UTC, Always: true}
	for mail, class := range map[string]string{"help@upheld-sample.dev": "up", "help@example.org": "unk"} {
		in := sampleHours(always)
		for i := range in.Catalogue.Policies[0].Commitments {
			if c := &in.Catalogue.Policies[0].Commitments[i]; c.ID == "E54" {
				c.Contacts = []uptime.Contact{{Role: "Support", Mail: mail}}
			}
		}
		b := open(in, sampleNow)
		st, _ := b.standingOf("E54")
		if v := b.opening(st); v.Class != class || v.Word != "open now, as at every hour" {
			t.Errorf("%s: %+v", mail, v)
		}
	}
}
