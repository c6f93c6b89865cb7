package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOneDocumentMayStandAlone(t *testing.T) {
	for text, want := range map[string][]string{
		"policy: customer-success\n":                                      {"customer-success"},
		"policy: [bill-of-rights, support-policy]\n":                      {"bill-of-rights", "support-policy"},
		"policies: [{profile: support-policy}]\n":                         {"support-policy"},
		"policy: support-policy\npolicies: [{profile: bill-of-rights}]\n": {"bill-of-rights", "support-policy"},
		"": nil,
	} {
		var got []string
		for _, use := range parse(t, text+least).Policies {
			got = append(got, use.Document.Profile)
			if len(use.Text) == 0 {
				t.Errorf("%s: its text is lost", use.Document.Profile)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestADocumentOfOnesOwnIsReadBesideTheConfiguration(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours, err := os.ReadFile("testdata/policies/every-kind.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write("ours.yaml", string(ours))
	write("days.csv", "2026-12-24\n2026-12-31\n")
	path := write("upheld.yaml", `policy: ours.yaml
holidays:
  - {id: more, extends: AU-NSW, add: {2026-12-24: Christmas Eve}, remove: [2026-04-27]}
  - {id: own, dates: {2027-01-02: Later, 2026-12-24: Earlier}}
  - {id: read, file: days.csv}
calendars: [{id: ours, time_zone: UTC, hours: [{days: [1], from: "09:00", to: "24:00"}], holidays: more}]
regions: [{id: au, time_zone: Australia/Brisbane, holidays: more}]
`+least)
	file, err := Load(path, kinds(), env)
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Policies) != 1 || file.Policies[0].Document.Profile != "ours" || string(file.Policies[0].Text) != string(ours) {
		t.Errorf("%+v", file.Policies)
	}
	var days [][]Holiday
	for _, list := range file.Holidays {
		days = append(days, list.Days)
	}
	want := [][]Holiday{
		{{"2026-12-24", "Christmas Eve"}, {"2026-12-25", "Christmas Day"}},
		{{"2026-12-24", "Earlier"}, {"2027-01-02", "Later"}},
		{{"2026-12-24", "a day"}, {"2026-12-31", "a day"}},
	}
	if diff := cmp.Diff(want, days); diff != "" {
		t.Error(diff)
	}
	if file.Regions[0].Name != "au" {
		t.Errorf("a region without a name is called %q", file.Regions[0].Name)
	}
	if head := file.Head(); head.Policies != nil || head.Policy != nil {
		t.Error("the head keeps the documents")
	}
}

// A component that nothing watches is refused, so that none goes unwatched.
func TestP7AComponentWithoutAMonitorIsRefused(t *testing.T) {
	for _, text := range []string{"components: [{name: A}]", "components: [{name: A, monitors: []}]"} {
		_, err := Parse("upheld.yaml", []byte(text), kinds(), env)
		if err == nil || !strings.Contains(err.Error(), "components[0].monitors: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
