package statuspage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// v2Work are the maintenances of an answer, in order.
func v2Work(t *testing.T, in Inputs, path string) []map[string]any {
	t.Helper()
	answer := fetchV2(t, in, path)
	checkTimes(t, path, answer)
	out := []map[string]any{}
	for _, item := range answer["scheduled_maintenances"].([]any) {
		out = append(out, item.(map[string]any))
	}
	return out
}

func TestV2TellsPlannedWork(t *testing.T) {
	in := samplePlanned()
	names := func(path string) (out []string) {
		for _, m := range v2Work(t, in, path) {
			out = append(out, m["name"].(string)+" "+m["status"].(string))
		}
		return out
	}
	for path, want := range map[string][]string{
		"/api/v2/scheduled-maintenances/active.json":   {"Network maintenance in_progress"},
		"/api/v2/scheduled-maintenances/upcoming.json": {"Database upgrade scheduled"},
		"/api/v2/summary.json":                         {"Network maintenance in_progress", "Database upgrade scheduled"},
		"/api/v2/scheduled-maintenances.json": {
			"Database upgrade scheduled", "Network maintenance in_progress", "Certificate change completed", "Firewall rules completed", "Storage replaced completed",
		},
	} {
		if diff := cmp.Diff(want, names(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	for _, m := range v2Work(t, in, "/api/v2/scheduled-maintenances.json") {
		want := append(append([]string{}, v2IncidentKeys...), "scheduled_for", "scheduled_until")
		if diff := cmp.Diff(want, keys(m), cmp.Transformer("set", func(list []string) map[string]bool {
			out := map[string]bool{}
			for _, k := range list {
				out[k] = true
			}
			return out
		})); diff != "" {
			t.Error(diff)
		}
		updates := updatesOf(m)
		if len(updates) == 0 || updates[0]["body"] == "" || m["impact"] != "maintenance" || len(m["components"].([]any)) == 0 {
			t.Errorf("%v", m)
		}
		for _, u := range updates {
			if diff := cmp.Diff(v2UpdateKeys, keys(u)); diff != "" {
				t.Error(diff)
			}
		}
	}
	soon := v2Work(t, in, "/api/v2/scheduled-maintenances/upcoming.json")[0]
	for key, want := range map[string]any{
		"scheduled_for": "2026-12-03T10:00:00.000Z", "scheduled_until": "2026-12-03T11:30:00.000Z", "resolved_at": nil,
		"shortlink": "https://status.example.org/maintenance/pdatabase001", "created_at": "2026-11-20T10:00:00.000Z",
	} {
		if soon[key] != want {
			t.Errorf("%s is %v, want %v", key, soon[key], want)
		}
	}
	off := v2Work(t, in, "/api/v2/scheduled-maintenances.json")[2]
	if body := updatesOf(off)[0]["body"]; body != "Called off. The certificate was renewed without it." {
		t.Errorf("what was called off says %q", body)
	}
}

// A component that works while it is worked on is under maintenance, and so is
// the page; one that is down is down.
func TestV2UnderMaintenance(t *testing.T) {
	in := samplePlanned()
	state := func(in Inputs) (component, indicator any) {
		for _, item := range fetchV2(t, in, "/api/v2/components.json")["components"].([]any) {
			if c := item.(map[string]any); c["name"] == "Search" {
				component = c["status"]
			}
		}
		return component, fetchV2(t, in, "/api/v2/status.json")["status"].(map[string]any)["indicator"]
	}
	if c, page := state(in); c != "under_maintenance" || page != "maintenance" {
		t.Errorf("%v, %v", c, page)
	}
	s := sample{in}
	s.was("part-2", uptime.Down, ago(600), 0, uptime.TimedOut)
	if c, page := state(s.in); c != "major_outage" || page != "major" {
		t.Errorf("down: %v, %v", c, page)
	}
}
