package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/config"
)

const promising = `policies:
  - {profile: customer-success, services: {platform: shop}}
  - {file: ours.yaml}
components: [{name: A, monitors: [{type: tcp, address: "127.0.0.1:1"}]}]
services: [{name: Shop, components: [a]}]
calendars: [{id: desk, time_zone: Europe/London, hours: [{days: [mon, tue, wed, fri], from: "08:30", to: "24:00"}], holidays: GB-ENG}]
`

const ourPromises = `profile: ours
policy_version: {number: "7", effective_from: 2026-01-01, approved_by: COO}
commitments:
  - {id: O1, says: We answer., kind: clock, clock: resolution, target: {amount: 2, unit: bd}, calendar: desk}
  - {id: O2, says: We are there., kind: availability, service: platform, target: 99.5%}
`

// company is a configuration with a document of its own beside it.
func company(t *testing.T) (configuration, document string) {
	t.Helper()
	configuration = file(t, promising)
	document = filepath.Join(filepath.Dir(configuration), "ours.yaml")
	if err := os.WriteFile(document, []byte(ourPromises), 0o600); err != nil {
		t.Fatal(err)
	}
	return configuration, document
}

func TestPolicyListTellsWhatIsInForce(t *testing.T) {
	configuration, _ := company(t)
	code, out, errors := call("policy", "list", "--config", configuration)
	if code != 0 || errors != "" {
		t.Fatalf("exit %d: %s", code, errors)
	}
	for start, want := range map[string]string{
		"bill-of-rights": " no ", "customer-success": " yes ", "support-policy": " no ", "ours": " yes ",
	} {
		i := strings.Index(out, "\n"+start)
		if i < 0 || !strings.Contains(strings.SplitN(out[i+1:], "\n", 2)[0], want) {
			t.Errorf("%s is not said to be in force: %s\n%s", start, want, out)
		}
	}
	for _, want := range []string{"  41  ", "  57  ", "  18  ", "11 register", "1 availability"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestPolicyShow(t *testing.T) {
	configuration, document := company(t)
	for _, name := range []string{"ours", document} {
		code, out, errors := call("policy", "show", name, "--config", configuration)
		if code != 0 || !strings.Contains(out, "version 7, since 2026-01-01, approved by COO") ||
			!strings.Contains(out, "resolution within 2 bd") || !strings.Contains(out, "99.5 % of platform, calendar month") {
			t.Errorf("%s: exit %d, %s\n%s", name, code, errors, out)
		}
	}
	code, out, _ := call("policy", "show", "--yaml", "support-policy")
	if text, _ := config.Profile("support-policy"); code != 0 || out != string(text) {
		t.Errorf("exit %d, %d bytes", code, len(out))
	}
	code, out, _ = call("policy", "show", "customer-success")
	for _, want := range []string{"none 09:00 to 17:00, every day, Australia/Brisbane", "24 h before maintenance", "by 2023-12-31", "first response within 24 h"} {
		if !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q", code, want)
		}
	}
	if strings.Count(out, "\nE") != 57 {
		t.Errorf("%d rows", strings.Count(out, "\nE"))
	}
}

func TestPolicyCheckListsEveryProblemWithItsLine(t *testing.T) {
	configuration, document := company(t)
	code, out, errors := call("policy", "check", document, "-c", configuration)
	if code != 0 || errors != "" || !strings.Contains(out, "in order") || !strings.Contains(out, `remark: ours: O2 is not measured: there is no service "platform"`) {
		t.Errorf("exit %d, %q, %s", code, out, errors)
	}
	bad := strings.NewReplacer("approved_by: COO", "approved: COO", "calendar: desk", "calendar: desc", "99.5%", "101%").Replace(ourPromises)
	if err := os.WriteFile(document, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errors = call("policy", "check", document, "-c", configuration)
	if code != 1 || out != "" {
		t.Errorf("exit %d, %q", code, out)
	}
	for _, want := range []string{":2:", "has not been approved", ":4:", "did you mean desk?", ":5:"} {
		if !strings.Contains(errors, want) {
			t.Errorf("no %q in\n%s", want, errors)
		}
	}
}

func TestPolicyNewWritesADocumentThatLacksItsApprovalAlone(t *testing.T) {
	code, out, errors := call("policy", "new", "ours")
	if code != 0 || errors != "" {
		t.Fatalf("exit %d: %s", code, errors)
	}
	path := filepath.Join(t.TempDir(), "ours.yaml")
	check := func(text string) (int, string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errors := call("policy", "check", path)
		return code, errors
	}
	if code, errors := check(out); code != 1 || strings.Count(errors, "\n") != 1 || !strings.Contains(errors, "has not been approved: approved_by is missing") {
		t.Errorf("exit %d: %s", code, errors)
	}
	if code, errors := check(strings.Replace(out, "# approved_by", "approved_by", 1)); code != 0 || errors != "" {
		t.Errorf("approved: exit %d: %s", code, errors)
	}
	for _, kind := range []string{"availability", "maintenance_hours", "notice", "clock", "heartbeat", "register", "promise", "contact", "not_software"} {
		if !strings.Contains(out, "kind: "+kind) {
			t.Errorf("no promise of kind %s", kind)
		}
	}
	if code, _, errors := call("policy", "new", "Our Promises"); code != 1 || !strings.HasPrefix(errors, "upheld: ") {
		t.Errorf("exit %d: %s", code, errors)
	}
}

func TestCheckTellsWhatPromisesMeanHere(t *testing.T) {
	configuration, _ := company(t)
	code, out, errors := call("check", configuration)
	if code != 0 || !strings.Contains(out, `remark: ours: O2 is not measured: there is no service "platform"; bind one with services: {platform: ID}`) {
		t.Errorf("exit %d, %q, %s", code, out, errors)
	}
}

func TestCalendarList(t *testing.T) {
	configuration, _ := company(t)
	code, out, errors := call("calendar", "list", "-c", configuration)
	if code != 0 || errors != "" {
		t.Fatalf("exit %d: %s", code, errors)
	}
	for _, want := range []string{"desk", "Mon-Wed, Fri 08:30-24:00", "Europe/London", "au_aest_nsw", "2027-12-28", "24x7", "always", "no end"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestCalendarShow(t *testing.T) {
	code, out, errors := call("calendar", "show", "au_aest_nsw", "--year", "2027")
	if code != 0 || errors != "" {
		t.Fatalf("exit %d: %s", code, errors)
	}
	for _, want := range []string{"Mon-Fri 09:00-17:00, Australia/Brisbane", "in Sydney)", "2027-04-26 Mon  Anzac Day additional", "Source: ", "As of: 2026-"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "2026-12-25") {
		t.Errorf("another year's holidays in\n%s", out)
	}
	if code, out, _ := call("calendar", "show", "au_aest_nsw", "--year", "2031"); code != 0 || !strings.Contains(out, "2031: none are known") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, _, errors := call("calendar", "show", "nowhere"); code != 1 || !strings.Contains(errors, "upheld calendar list") {
		t.Errorf("exit %d: %s", code, errors)
	}
}

func TestCalendarCheckNamesEveryLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "days.csv")
	for text, says := range map[string]string{
		"date,name\n2030-12-25,Christmas Day\n2031-01-01,New Year\n": "in order, 2 days from 2030-12-25 to 2031-01-01",
		"2030-12-25\n25.12.2031,Christmas Day\n":                     "days.csv:1: has 1 columns|days.csv:2: \"25.12.2031\" is not a date",
		"":                                                           "days.csv:1: it has no holiday",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errors := call("calendar", "check", path)
		for _, want := range strings.Split(says, "|") {
			if !strings.Contains(out+errors, want) || code == 0 != strings.Contains(says, "in order") {
				t.Errorf("%q: exit %d, no %q in %q, %q", text, code, want, out, errors)
			}
		}
	}
	if code, _, errors := call("calendar", "check", "none.csv"); code != 1 || !strings.HasPrefix(errors, "upheld: ") {
		t.Errorf("exit %d: %s", code, errors)
	}
}
