package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// promisesFile has all that the three documents ask for.
const promisesFile = `
policy: [bill-of-rights, customer-success, support-policy]
regions:
  - {id: nz, name: New Zealand, time_zone: Pacific/Auckland, holidays: NZ-AUK}
  - {id: au, name: Australia, time_zone: Australia/Sydney, holidays: AU-NSW}
components:
  - {name: Sign-in, importance: critical, regions: [nz], monitors: [{type: tcp, address: "127.0.0.1:1"}]}
  - name: Backups
    importance: important
    monitors:
      - {type: heartbeat, id: nz-1, every: 1d, token: token-of-the-first-copy, set: backups, region: nz, site: akl, datacentre: akl-1, time_zone: Pacific/Auckland}
      - {type: heartbeat, id: nz-2, every: 1d, token: token-of-the-second-copy, set: backups, region: nz, site: wlg, datacentre: wlg-1}
      - {type: heartbeat, id: payroll, every: 1d, token: token-of-another-job}
services: [{name: Platform, components: [sign-in]}]
`

// november is the instant that these tests happen at.
var november = time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)

// planOf is the plan that a configuration means.
func planOf(t *testing.T, text string) Plan {
	t.Helper()
	env := newEnvironment(&jobs{})
	env.now = func() time.Time { return november }
	plan, err := NewPlan(read(t, text), env)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func read(t *testing.T, text string) *config.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "upheld.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := config.Load(path, Kinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheThreeDocumentsAreInForceTogether(t *testing.T) {
	plan := planOf(t, promisesFile)
	all := plan.Catalogue.Commitments(november)
	if len(all) != 116 || len(plan.Catalogue.Policies) != 3 || len(plan.Versions) != 3 {
		t.Fatalf("%d promises of %d documents, %d kept", len(all), len(plan.Catalogue.Policies), len(plan.Versions))
	}
	for _, c := range all {
		terms := c.Availability != nil || c.Hours != nil || c.Notice != nil || c.Clock != nil || c.Heartbeat != nil ||
			c.Register != nil || c.Promise != nil || len(c.Contacts) > 0 || c.Text != ""
		if terms == (c.Why != "") {
			t.Errorf("%s has terms: %v, and as a reason %q", c.ID, terms, c.Why)
		}
	}
	if before := plan.Catalogue.Commitments(time.Date(2023, time.August, 31, 0, 0, 0, 0, time.UTC)); len(before) > 0 {
		t.Errorf("%d promises held before they were made", len(before))
	}
	if len(plan.Remarks) > 0 {
		t.Errorf("remarks: %v", plan.Remarks)
	}
}

func TestADocumentIsKeptAsItWasRead(t *testing.T) {
	plan := planOf(t, promisesFile)
	text, _ := config.Profile("support-policy")
	v := plan.Versions[2]
	if v.Policy != "support-policy" || v.Number != "2023-2" || v.ApprovedBy == "" || v.Text != string(text) || !v.SeenAt.Equal(november) {
		t.Errorf("%s, %s, %s, %v, %d bytes", v.Policy, v.Number, v.ApprovedBy, v.SeenAt, len(v.Text))
	}
	if v.Digest != plan.Catalogue.Policies[2].Digest || len(v.Digest) != 64 || v.Digest == plan.Versions[1].Digest {
		t.Errorf("digest %s", v.Digest)
	}
}

func TestRegionsAndJobs(t *testing.T) {
	plan := planOf(t, promisesFile)
	if got := plan.Catalogue.Components[0].Regions; !slices.Equal(got, []uptime.RegionID{"nz"}) {
		t.Errorf("a component of %v", got)
	}
	auckland, _ := time.LoadLocation("Pacific/Auckland")
	want := []uptime.Job{
		{Monitor: "nz-1", Set: "backups", Region: "nz", Site: "akl", Datacentre: "akl-1", Zone: auckland},
		{Monitor: "nz-2", Set: "backups", Region: "nz", Site: "wlg", Datacentre: "wlg-1", Zone: auckland}, // its region's
	}
	same := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	if diff := cmp.Diff(want, plan.Catalogue.Jobs, same); diff != "" {
		t.Error(diff)
	}
	if r := plan.Catalogue.Regions; len(r) != 2 || r[1].Name != "Australia" || r[1].Zone.String() != "Australia/Sydney" || r[1].Holidays != "AU-NSW" {
		t.Errorf("%+v", r)
	}
}

func TestWhatAPromiseMeansNothingInIsSaid(t *testing.T) {
	const alone = "components: [{name: A, monitors: [{type: tcp, address: \"127.0.0.1:1\"}]}]\n"
	for name, c := range map[string]struct {
		text string
		says []string
	}{
		"nothing is bound": {"policy: bill-of-rights\n" + alone, []string{
			"bill-of-rights: P9 forbids nothing: there are no regions; name them under regions",
			`bill-of-rights: P10 is not measured: there is no service "platform"; bind one with services: {platform: ID}`,
			"bill-of-rights: P12 has nothing to go by: no heartbeat monitor has set: backups",
			"bill-of-rights: P13 has nothing to go by: no heartbeat monitor has set: backups",
			"bill-of-rights: P14 has nothing to go by: no heartbeat monitor has set: backups",
		}},
		"bound to what is not there": {"policies: [{profile: customer-success, services: {platform: shop}}]\n" + alone, []string{
			`customer-success: E6 is not measured: there is no service "shop"; bind one with services: {platform: ID}`,
		}},
		"bound": {"policies: [{profile: customer-success, services: {platform: shop}}]\nservices: [{name: Shop, components: [a]}]\n" + alone, nil},
		"a list that ends": {`regions: [{id: au, time_zone: Australia/Brisbane, holidays: ours}, {id: nz, time_zone: Pacific/Auckland, holidays: old}]
calendars: [{id: desk, time_zone: UTC, hours: [{days: [1], from: "09:00", to: "17:00"}], holidays: ours}]
holidays: [{id: ours, dates: {2027-11-21: Last}}, {id: old, dates: {2026-01-01: New Year}}]
` + alone, []string{
			"region au: the holidays of ours end on 2027-11-21, within twelve months; add the days to come",
			"region nz: the holidays of old ended on 2026-01-01, and every day since is taken for a working day; add the days to come",
			"calendar desk: the holidays of ours end on 2027-11-21, within twelve months; add the days to come",
		}},
	} {
		remarks, err := Remarks(read(t, c.text), november)
		if diff := cmp.Diff(c.says, remarks); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	late, err := Remarks(read(t, promisesFile), november.AddDate(0, 3, 0))
	if err != nil || !slices.ContainsFunc(late, func(r string) bool {
		return strings.HasPrefix(r, "customer-success: the holidays of AU-NSW end on 2027-12-28")
	}) {
		t.Errorf("three months later: %v, %v", late, err)
	}
}

func TestContactsOfTheConfigurationTakeThePlaceOfTheDocuments(t *testing.T) {
	text := strings.Replace(promisesFile, "policy: [bill-of-rights, customer-success, support-policy]", `
policies:
  - profile: bill-of-rights
    contacts:
      - {role: Support by telephone, region: Australia, phone: "+61 7 5550 0100"}
      - {role: Support by telephone, region: Europe, phone: "+44 20 7946 0999"}
`, 1)
	all := planOf(t, text).Catalogue.Commitments(november)
	want := []uptime.Contact{
		{Role: "Support by telephone", Region: "Australia", Phone: "+61 7 5550 0100"},
		{Role: "Support by telephone", Region: "Europe", Phone: "+44 20 7946 0999"},
	}
	for _, c := range all {
		switch c.ID {
		case "P20":
			if diff := cmp.Diff(want, c.Contacts); diff != "" {
				t.Error(diff)
			}
		case "P19", "P40":
			if len(c.Contacts) == 0 {
				t.Errorf("%s lost its contacts", c.ID)
			}
		}
	}
}

func TestListsOfHolidaysAreReadFromCalendarFiles(t *testing.T) {
	folder := t.TempDir()
	ics := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261224\r\nSUMMARY:Christmas Eve\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for name, text := range map[string]string{
		"days.ics": ics, "days.csv": "date,name\n2026-12-24,Christmas Eve\n", "bad.csv": "date,name\n2026-12-24\n2026-12-99,Nothing\n", "bad.ics": "BEGIN:VEVENT",
		"upheld.yaml": `holidays: [{id: a, file: days.ics}, {id: b, file: days.csv}]` + "\n" + `components: [{name: A, monitors: [{type: tcp, address: "127.0.0.1:1"}]}]`,
		"bad.yaml":    `holidays: [{id: a, file: bad.ics}, {id: b, file: bad.csv}]` + "\n" + `components: [{name: A, monitors: [{type: tcp, address: "127.0.0.1:1"}]}]`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := config.Load(filepath.Join(folder, "upheld.yaml"), Kinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range file.Holidays {
		if len(list.Days) != 1 || list.Days[0] != (config.Holiday{Date: "2026-12-24", Name: "Christmas Eve"}) {
			t.Errorf("%s: %+v", list.ID, list.Days)
		}
	}
	_, err = config.Load(filepath.Join(folder, "bad.yaml"), Kinds(), nil)
	for _, want := range []string{"bad.ics: ", "bad.csv:2:1: has 1 columns", `bad.csv:3:1: "2026-12-99" is not a date`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing of %q in\n%v", want, err)
		}
	}
}
