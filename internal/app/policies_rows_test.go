package app

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/commitment"
	judge "github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// Tests named after a row of the documents show what the row promises; see
// docs/coverage.md.

// row is a promise of the three documents.
func row(t *testing.T, catalogue uptime.Catalogue, id uptime.CommitmentID) uptime.Commitment {
	t.Helper()
	for _, c := range catalogue.Commitments(november) {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("there is no promise %s", id)
	return uptime.Commitment{}
}

// breaks tells whether maintenance breaks a promise: announced so long before it
// begins, at a time on the clocks of a zone, for so long, in a region.
func breaks(t *testing.T, id uptime.CommitmentID, ahead time.Duration, start, zoneName string, length time.Duration, region uptime.RegionID) bool {
	t.Helper()
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		t.Fatal(err)
	}
	from, err := time.ParseInLocation("2006-01-02 15:04", start, zone)
	if err != nil {
		t.Fatal(err)
	}
	announced := from.Add(-ahead)
	catalogue := planOf(t, promisesFile).Catalogue
	plan := uptime.Plan{
		Kind: uptime.MaintenanceWork, Components: []uptime.ComponentID{"sign-in"}, Regions: []uptime.RegionID{region}, Phase: uptime.Scheduled,
		Rules: catalogue.PlanRules(uptime.MaintenanceWork, nil, []uptime.RegionID{region}, announced), PublishedAt: announced,
		Revisions: []uptime.Revision{{At: announced, From: from, To: from.Add(length)}},
	}
	for _, b := range judge.Broken(plan) {
		if b.Commitment == id {
			return true
		}
	}
	return false
}

const week = 7 * 24 * time.Hour

func TestP9WorkInARegionsOfficeHoursIsRefused(t *testing.T) {
	for _, c := range []struct {
		start, zone string
		region      uptime.RegionID
		broken      bool
	}{
		{"2026-11-24 10:00", "Pacific/Auckland", "nz", true},  // a Tuesday
		{"2026-11-24 10:00", "Pacific/Auckland", "au", false}, // eight o'clock in Sydney
		{"2026-11-24 17:00", "Pacific/Auckland", "nz", false},
		{"2026-11-24 08:00", "Pacific/Auckland", "nz", false},
		{"2026-11-28 10:00", "Pacific/Auckland", "nz", false}, // a Saturday
		{"2026-10-26 10:00", "Pacific/Auckland", "nz", false}, // Labour Day there
		{"2026-10-26 10:00", "Australia/Sydney", "au", true},  // and none here
	} {
		if got := breaks(t, "P9", week, c.start, c.zone, time.Hour, c.region); got != c.broken {
			t.Errorf("%s in %s for %s: broken %v", c.start, c.zone, c.region, got)
		}
	}
}

func TestE7NoWorkFromNineToFiveAESTOnAnyDay(t *testing.T) {
	for start, broken := range map[string]bool{
		"2026-11-22 12:00": true,                            // a Sunday
		"2026-11-24 08:00": false, "2026-11-24 08:01": true, // it lasts an hour
		"2026-11-24 16:59": true, "2026-11-24 17:00": false,
		"2026-12-25 10:00": true, // holidays are no exception
	} {
		if got := breaks(t, "E7", week, start, "Australia/Brisbane", time.Hour, "nz"); got != broken {
			t.Errorf("%s AEST: broken %v", start, got)
		}
	}
	// Sydney's clocks are an hour ahead in summer.
	if !breaks(t, "E7", week, "2026-11-24 17:30", "Australia/Sydney", 10*time.Minute, "au") {
		t.Error("half past five in Sydney's summer is half past four AEST")
	}
}

func TestE8ADayOfNoticeIsOwed(t *testing.T) {
	for ahead, broken := range map[time.Duration]bool{24 * time.Hour: false, 24*time.Hour - time.Second: true, 50 * time.Hour: false} {
		if got := breaks(t, "E8", ahead, "2026-11-24 20:00", "Australia/Brisbane", time.Hour, "nz"); got != broken {
			t.Errorf("%v ahead: broken %v", ahead, got)
		}
	}
	if owed := row(t, planOf(t, promisesFile).Catalogue, "E8").Notice.OwedTo; owed != "+10:00" {
		t.Errorf("owed to those who differ from %q", owed)
	}
}

func TestP23ChangesAreAnnouncedAWeekAhead(t *testing.T) {
	catalogue := planOf(t, promisesFile).Catalogue
	for _, kind := range []uptime.PlanKind{uptime.Release, uptime.PriceChange, uptime.Behaviour} {
		rules := catalogue.PlanRules(kind, nil, nil, november).Notices
		if len(rules) != 1 || rules[0].Commitment != "P23" {
			t.Fatalf("a %s is held to %+v", kind, rules)
		}
		effect := november.AddDate(0, 0, 7)
		for late, kept := range map[time.Duration]bool{0: true, time.Second: false} {
			revisions := []uptime.Revision{{At: november.Add(late), From: effect, To: effect}}
			if got, _ := judge.ChangeKept(rules[0], revisions, effect); got != kept {
				t.Errorf("a %s announced a week less %v ahead: kept %v", kind, late, got)
			}
		}
	}
}

func TestE6ThirtyDaysLeave21MinutesAnd36Seconds(t *testing.T) {
	allowed(t, "E6", 21*time.Minute+36*time.Second)
}

func TestP10ThirtyDaysLeave43MinutesAnd12Seconds(t *testing.T) {
	allowed(t, "P10", 43*time.Minute+12*time.Second)
}

func allowed(t *testing.T, id uptime.CommitmentID, want time.Duration) {
	t.Helper()
	terms := row(t, planOf(t, promisesFile).Catalogue, id).Availability
	if terms == nil || terms.Service != "platform" || terms.Window.Kind != uptime.CalendarMonth {
		t.Fatalf("%+v", terms)
	}
	got := availability.Allowed(terms.Target.Rat(), 30*24*time.Hour)
	if got.Cmp(availability.Seconds(want)) != 0 {
		t.Errorf("%s s, want %v", got.FloatString(3), want)
	}
}

// standing is how a promise stands in November 2026.
func standing(t *testing.T, id uptime.CommitmentID, text string, facts commitment.Facts) uptime.Standing {
	t.Helper()
	catalogue := planOf(t, text).Catalogue
	facts.Regions, facts.Jobs, facts.Versions = catalogue.Regions, catalogue.Jobs, planOf(t, text).Versions
	return commitment.Of(row(t, catalogue, id), facts, november)
}

func TestP2EveryPromiseHasAVerdictOrTheReasonWhyNot(t *testing.T) {
	catalogue := planOf(t, promisesFile).Catalogue
	for _, c := range catalogue.Commitments(november) {
		s := commitment.Of(c, commitment.Facts{Regions: catalogue.Regions, Jobs: catalogue.Jobs}, november)
		if s.Verdict == "" || s.Verdict == uptime.NotMeasured && s.Why == "" {
			t.Errorf("%s: %q, %q", c.ID, s.Verdict, s.Why)
		}
	}
}

func TestP5AReviewOfSecurityThatIsTooOldIsOverdue(t *testing.T) { expires(t, "P5", "security_review") }

func TestP6APenetrationTestThatIsTooOldIsOverdue(t *testing.T) { expires(t, "P6", "penetration_test") }

func TestP11ARestoreDrillThatIsTooOldIsOverdue(t *testing.T) { expires(t, "P11", "restore_drill") }

func TestP33ASummitMoreThanAYearAgoIsOverdue(t *testing.T) { expires(t, "P33", "summit") }

func TestP34ACourseMoreThanAYearAgoIsOverdue(t *testing.T) { expires(t, "P34", "course") }

func TestP36AReportOfTheYearBeforeIsOverdue(t *testing.T) { expires(t, "P36", "annual_report") }

// expires shows that evidence of eleven months ago keeps a promise, and that of
// thirteen months ago does not.
func expires(t *testing.T, id uptime.CommitmentID, record string) {
	t.Helper()
	for months, want := range map[int]uptime.Verdict{-8: uptime.Met, -13: uptime.Overdue} {
		facts := commitment.Facts{Evidence: []uptime.Evidence{{ID: "1", Record: record, Title: "Done", At: november.AddDate(0, months, 0)}}}
		if s := standing(t, id, promisesFile, facts); s.Verdict != want {
			t.Errorf("%s, evidence of %d months ago: %s (%s), want %s", id, -months, s.Verdict, s.Why, want)
		}
	}
}

func TestP29AMeetingOnDirectionThatIsTooOldIsOverdue(t *testing.T) {
	for months, want := range map[int]uptime.Verdict{-1: uptime.Met, -4: uptime.Overdue} {
		facts := commitment.Facts{Evidence: []uptime.Evidence{{ID: "1", Record: "direction_review", At: november.AddDate(0, months, 0)}}}
		if s := standing(t, "P29", promisesFile, facts); s.Verdict != want {
			t.Errorf("%d months ago: %s, want %s", -months, s.Verdict, want)
		}
	}
}

func TestP8AnExpiredCertificateIsNotCurrent(t *testing.T) {
	for days, want := range map[int]uptime.Verdict{90: uptime.Met, 40: uptime.AtRisk, -1: uptime.Overdue} {
		facts := commitment.Facts{Evidence: []uptime.Evidence{{ID: "1", Record: "cloud_certificate", At: november.AddDate(-1, 0, 0), ExpiresAt: november.AddDate(0, 0, days)}}}
		if s := standing(t, "P8", promisesFile, facts); s.Verdict != want {
			t.Errorf("it expires in %d days: %s (%s), want %s", days, s.Verdict, s.Why, want)
		}
	}
}

func TestE36AnswersThatDidNotComeAreOverdue(t *testing.T) { promisedFor2023(t, "E36") }

func TestE37LessonsOnFilmThatDidNotComeAreOverdue(t *testing.T) { promisedFor2023(t, "E37") }

func promisedFor2023(t *testing.T, id uptime.CommitmentID) {
	t.Helper()
	if s := standing(t, id, promisesFile, commitment.Facts{}); s.Verdict != uptime.Overdue {
		t.Errorf("%s (%s)", s.Verdict, s.Why)
	}
	due := row(t, planOf(t, promisesFile).Catalogue, id).Promise.Due
	if want := time.Date(2023, time.December, 31, 14, 0, 0, 0, time.UTC); !due.Equal(want) { // the end of the day AEST
		t.Errorf("due %v, want %v", due, want)
	}
	delivered := commitment.Facts{Evidence: []uptime.Evidence{{ID: "1", Record: string(id), At: due.Add(-time.Hour)}}}
	if s := standing(t, id, promisesFile, delivered); s.Verdict != uptime.Met {
		t.Errorf("delivered: %s (%s)", s.Verdict, s.Why)
	}
}

func TestP13TwoSitesInOneDatacentreDoNotKeepIt(t *testing.T) {
	text := strings.Replace(promisesFile, "region: au", "", 1)
	if s := standing(t, "P13", text, commitment.Facts{}); s.Verdict != uptime.Met {
		t.Errorf("two data-centres: %s (%s)", s.Verdict, s.Why)
	}
	one := strings.Replace(text, "datacentre: wlg-1", "datacentre: akl-1", 1)
	if s := standing(t, "P13", one, commitment.Facts{}); s.Verdict != uptime.Breached {
		t.Errorf("one data-centre: %s (%s)", s.Verdict, s.Why)
	}
}

func TestP14ARegionWithoutCopiesDoesNotKeepIt(t *testing.T) {
	if s := standing(t, "P14", promisesFile, commitment.Facts{}); s.Verdict != uptime.Breached {
		t.Errorf("Australia has no copy: %s (%s)", s.Verdict, s.Why)
	}
	const australia = "  - {id: au, name: Australia, time_zone: Australia/Sydney, holidays: AU-NSW}\n"
	if s := standing(t, "P14", strings.Replace(promisesFile, australia, "", 1), commitment.Facts{}); s.Verdict != uptime.Met {
		t.Errorf("every region has two: %s (%s)", s.Verdict, s.Why)
	}
}

func TestP12ADayWithoutACopyIsListedWithItsSite(t *testing.T) {
	auckland, _ := time.LoadLocation("Pacific/Auckland")
	facts := commitment.Facts{Zone: auckland, Began: november.AddDate(0, 0, -30)}
	for day := range 31 {
		for _, monitor := range []uptime.MonitorID{"nz-1", "nz-2"} {
			at := time.Date(2026, time.October, 23+day, 3, 0, 0, 0, auckland)
			if monitor == "nz-2" && at.Format(time.DateOnly) == "2026-11-10" {
				continue
			}
			facts.Signals = append(facts.Signals, uptime.Signal{Monitor: monitor, At: at, Kind: uptime.Succeeded})
		}
	}
	s := standing(t, "P12", promisesFile, facts)
	if s.Verdict != uptime.Breached {
		t.Errorf("%s (%s)", s.Verdict, s.Why)
	}
	said := s.Value + s.Why
	for _, c := range s.Cases {
		said += " " + c.Key + " " + c.Summary
	}
	if !strings.Contains(said, "2026-11-10") && !strings.Contains(said, "10 November") || !strings.Contains(said, "wlg") {
		t.Errorf("neither the day nor the site in %q", said)
	}
}

func TestP20ANumberThatCannotBeIsFlagged(t *testing.T) {
	flagged(t, "bill-of-rights", "P20", `{role: Support by telephone, region: Europe, phone: "+44 (2) 0351 90182"}`)
}

func TestE54ANumberThatMayNotWorkFromAbroadIsFlagged(t *testing.T) {
	flagged(t, "customer-success", "E54", `{role: Support by region, region: Australia, phone: "+61 1300 529 909"}`)
}

// flagged shows that a contact of the configuration stands as it was written, and
// is doubted.
func flagged(t *testing.T, profile string, id uptime.CommitmentID, contact string) {
	t.Helper()
	text := strings.Replace(promisesFile, "policy: [bill-of-rights, customer-success, support-policy]", "policies: [{profile: "+profile+", contacts: ["+contact+"]}]", 1)
	contacts := row(t, planOf(t, text).Catalogue, id).Contacts
	if len(contacts) != 1 || !strings.Contains(contact, `"`+contacts[0].Phone+`"`) || len(commitment.Doubts(contacts[0])) == 0 {
		t.Errorf("%+v, doubts %v", contacts, commitment.Doubts(contacts[0]))
	}
}

func TestI18TheVersionInForceIsTold(t *testing.T) {
	policy := planOf(t, promisesFile).Catalogue.Policies[2]
	if policy.ID != "support-policy" || policy.Number == "" || policy.EffectiveFrom.IsZero() || policy.ApprovedBy == "" {
		t.Errorf("%s: %q, %v, %q", policy.ID, policy.Number, policy.EffectiveFrom, policy.ApprovedBy)
	}
}
