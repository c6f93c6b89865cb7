package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// shippedCivil stands for the calendars of the program.
type shippedCivil struct{}

func (shippedCivil) Calendars() []string { return []string{"24x7", "au_aest_nsw"} }
func (shippedCivil) Lists() []string     { return []string{"AU-NSW", "NZ-AUK", "none"} }
func (shippedCivil) List(id string) []Holiday {
	return map[string][]Holiday{"NZ-AUK": {{"2026-12-25", "Christmas Day"}}, "AU-NSW": {{"2026-04-27", "Anzac Day additional"}, {"2026-12-25", "Christmas Day"}}}[id]
}

// Read takes a line for a date; one that is none is wrong.
func (shippedCivil) Read(_ string, in io.Reader) (days []Holiday, err error) {
	text, err := io.ReadAll(in)
	for i, line := range strings.Fields(string(text)) {
		var date Date
		if date.UnmarshalText([]byte(line)) != nil {
			return nil, LineFault{i + 1, fmt.Sprintf("%q is not a date", line)}
		}
		days = append(days, Holiday{date, "a day"})
	}
	return days, err
}

var policyNames = PolicyNames{Calendars: shippedCivil{}.Calendars(), Holidays: shippedCivil{}.Lists()}

func promised(t *testing.T, path string) *Policy {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := ParsePolicy(path, text, policyNames)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestADocumentWithEveryKindIsRead(t *testing.T) {
	policy := promised(t, "testdata/policies/every-kind.yaml")
	terms := map[string]any{}
	for _, c := range policy.Commitments {
		terms[c.ID] = c.Terms
	}
	want := map[string]any{
		"A1": &AvailabilityTerms{Service: "platform", Target: "99.95", Window: PolicyWindow{Calendar: "month", TimeZone: zone(t, "Australia/Brisbane")},
			Weights: Weights{"1", "0.3", "0"}, Unknown: "exclude"},
		"A2": &AvailabilityTerms{Service: "platform", Target: "99.5", Window: PolicyWindow{Rolling: 30}, Weights: Weights{"1", "0.3", "0"}, Unknown: "exclude"},
		"H1": &HoursTerms{Blackouts: []Blackout{{TimeZone: zone(t, "Australia/Brisbane"), Days: []Weekday{1, 2, 3, 4, 5, 6, 0}, Start: clock(t, "09:00"), End: clock(t, "17:00")}}},
		"H2": &HoursTerms{Blackouts: []Blackout{{Regions: "each", Days: []Weekday{1, 5}, Start: clock(t, "22:00"), End: clock(t, "06:00")}}},
		"N1": &NoticeTerms{Of: []string{"maintenance"}, Notice: NoticeLength{Value: 24, Unit: "h"}, OwedTo: "+10:00"},
		"C1": &ClockTerms{Clock: "first_response", Applies: Applies{Type: "incident", Tier: 1}, Target: Amount{24, "h"}},
		"C2": &ClockTerms{Clock: "resolution", Applies: Applies{Type: "any"}, Goal: &Amount{1, "bd"}, Target: Amount{3, "bd"}, Calendar: "au_aest_nsw"},
		"B1": &HeartbeatTerms{Set: "backups", Ask: "daily", Per: []string{"region", "site"}, Schedule: Schedule{"local_day"}, Datacentres: 2},
		"B2": &HeartbeatTerms{Set: "backups", Ask: "regions", Schedule: Schedule{"local_day"}, Datacentres: 2},
		"R1": &RegisterTerms{Record: "penetration_test", Every: Cadence{Months: 12}, Remind: []int{60, 7}},
		"R2": &RegisterTerms{},
		"D1": &PromiseTerms{Due: "2023-12-31"},
		"D2": &PromiseTerms{Due: "2023-12-31", Delivered: MaybeDate{"2023-12-01"}, TimeZone: zone(t, "UTC")},
		"K1": &ContactTerms{Contacts: []Contact{{Role: "Support", Phone: "+44 (2) 0351 90182"}}},
		"T1": &TextTerms{Text: "Plain."},
		"X1": nil, "X2": nil,
	}
	if diff := cmp.Diff(want, terms); diff != "" {
		t.Error(diff)
	}
	last := policy.Commitments[len(policy.Commitments)-2:]
	if last[0].Why != "Nothing to see." || last[1].Why != "Not kept yet." || policy.Title != "Customer success" {
		t.Errorf("%q, %q, %q", last[0].Why, last[1].Why, policy.Title)
	}
}

func zone(t *testing.T, name string) (z Zone) {
	t.Helper()
	if err := z.UnmarshalText([]byte(name)); err != nil {
		t.Fatal(err)
	}
	return z
}

func clock(t *testing.T, text string) (c Clock) {
	t.Helper()
	if err := c.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Every document in testdata/policies/refused is refused with exactly the lines
// beside it.
func TestRefusedDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/policies/refused/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = ParsePolicy("ours.yaml", text, policyNames)
			if err == nil {
				t.Fatal("accepted")
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", []byte(err.Error()+"\n"))
			for _, problem := range err.(Problems) {
				if problem.What == "" || problem.Remedy == "" || problem.Line == 0 {
					t.Errorf("incomplete: %#v", problem)
				}
			}
		})
	}
}

func TestTheShippedDocumentsAreComplete(t *testing.T) {
	ids := map[string]string{}
	for name, rows := range map[string]struct {
		letter string
		count  int
	}{"bill-of-rights": {"P", 41}, "customer-success": {"E", 57}, "support-policy": {"I", 18}} {
		text, ships := Profile(name)
		if !ships {
			t.Fatalf("%s does not ship", name)
		}
		policy, err := ParsePolicy(name, text, policyNames)
		if err != nil {
			t.Fatal(err)
		}
		if policy.Profile != name || len(policy.Commitments) != rows.count || policy.Statement == "" || policy.Title == "" {
			t.Errorf("%s: %d promises, %+v", name, len(policy.Commitments), policy.Version)
		}
		for i, c := range policy.Commitments {
			if want := fmt.Sprintf("%s%d", rows.letter, i+1); c.ID != want || ids[c.ID] != "" {
				t.Errorf("promise %d of %s is %s, want %s", i+1, name, c.ID, want)
			}
			ids[c.ID] = name
			if c.Terms == nil && c.Why == "" || c.Says == "" || c.Owner == "" {
				t.Errorf("%s has neither terms nor a reason, or says nothing, or has no owner: %+v", c.ID, c)
			}
		}
		if err := validateDocument(t, text); err != nil {
			t.Errorf("an editor would refuse %s: %v", name, err)
		}
	}
	if len(ids) != 116 {
		t.Errorf("%d promises", len(ids))
	}
}

// validateDocument judges a document as an editor would.
func validateDocument(t *testing.T, text []byte) error {
	t.Helper()
	schema, err := PolicySchema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "../../docs/reference/policy.schema.json", schema)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("policy.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("policy.json")
	if err != nil {
		t.Fatal(err)
	}
	return validate(t, compiled, string(text))
}

func TestEditorsSeeWhatIsRefused(t *testing.T) {
	text, err := os.ReadFile("testdata/policies/every-kind.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := validateDocument(t, text); err != nil {
		t.Error(err)
	}
	for _, change := range [][2]string{
		{"approved_by: COO", ""}, {"kind: text", "kind: words"}, {"service: platform", "servise: platform"},
		{"{amount: 24, unit: h}", "{amount: 24, unit: bw}"}, {"text: Plain.", "text: Plain.\n    service: platform"},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if changed == string(text) || validateDocument(t, []byte(changed)) == nil {
			t.Errorf("%s in place of %s was accepted", change[1], change[0])
		}
	}
}

func TestTheGeneratedReferenceOfPolicies(t *testing.T) {
	golden(t, "../../docs/reference/policy.md", PolicyReference())
}

// A version that nobody approved is never in force.
func TestI5WhatNobodyApprovedIsRefused(t *testing.T) {
	text, _ := Profile("support-policy")
	const version = `policy_version: {number: "2023-2", effective_from: 2023-10-01, approved_by: Chief operating officer}`
	for _, lacking := range []string{"", "policy_version: {}", `policy_version: {number: "1", effective_from: 2023-09-01}`, `policy_version: {number: "1", effective_from: 2023-09-01, approved_by: " "}`} {
		_, err := ParsePolicy("ours.yaml", bytes.Replace(text, []byte(version), []byte(lacking), 1), policyNames)
		if err == nil || !strings.Contains(err.Error(), "has not been approved: approved_by is missing; write who approved it") {
			t.Errorf("%s: %v", lacking, err)
		}
	}
	for _, lacking := range []string{`policy_version: {effective_from: 2023-09-01, approved_by: COO}`, `policy_version: {number: "1", approved_by: COO}`} {
		_, err := ParsePolicy("ours.yaml", bytes.Replace(text, []byte(version), []byte(lacking), 1), policyNames)
		if err == nil || !strings.Contains(err.Error(), "has not been approved") {
			t.Errorf("%s: %v", lacking, err)
		}
	}
}

// The page says that the answers are a statement of intent.
func TestE3TheDocumentSaysThatItIsNoContract(t *testing.T) {
	text, _ := Profile("customer-success")
	policy, err := ParsePolicy("ours.yaml", text, policyNames)
	if err != nil || !strings.Contains(policy.Statement, "not a contract") {
		t.Errorf("%q, %v", policy.Statement, err)
	}
}

// What cannot be observed says so.
func TestP1TheMissionIsMarkedAsNotMeasurable(t *testing.T) { notSoftware(t, "bill-of-rights", "P1") }

func TestP3WhatConsultantsDoIsMarkedAsNotMeasurable(t *testing.T) {
	notSoftware(t, "bill-of-rights", "P3")
}

func TestP25EaseIsMarkedAsNotMeasurable(t *testing.T) { notSoftware(t, "bill-of-rights", "P25") }

func TestP32ExperienceIsMarkedAsNotMeasurable(t *testing.T) { notSoftware(t, "bill-of-rights", "P32") }

func TestE57TheRestOfThePageIsMarkedAsNoPromise(t *testing.T) {
	notSoftware(t, "customer-success", "E57")
}

func notSoftware(t *testing.T, profile, id string) {
	t.Helper()
	text, _ := Profile(profile)
	policy, err := ParsePolicy(profile, text, policyNames)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range policy.Commitments {
		if c.ID == id && (c.Kind != "not_software" || c.Why == "" || c.Terms != nil) {
			t.Errorf("%+v", c)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	for _, name := range Profiles() {
		text, _ := Profile(name)
		f.Add(string(text[:min(len(text), 3000)]))
	}
	f.Add("profile: a\npolicy_version: {number: 1, effective_from: 2026-01-01, approved_by: b}\ncommitments: [{id: A, says: b, kind: text, text: c}]")
	f.Add("commitments: [{kind: clock, why: a, target: ~, id: 1}]")
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := ParsePolicy("ours.yaml", []byte(text), policyNames)
		if err != nil {
			for _, problem := range err.(Problems) {
				if problem.What == "" || problem.Remedy == "" {
					t.Fatalf("%#v", problem)
				}
			}
			return
		}
		if _, err := json.Marshal(policy); err != nil {
			t.Fatal(err)
		}
		for _, c := range policy.Commitments {
			if c.Terms == nil && c.Why == "" {
				t.Fatalf("%s has neither terms nor a reason", c.ID)
			}
		}
	})
}
