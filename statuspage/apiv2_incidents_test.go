package statuspage

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// v2Told are the sample's incidents by people as clients read them, by id.
func v2Told(t *testing.T, in Inputs) map[string]map[string]any {
	t.Helper()
	out := make(map[string]map[string]any)
	for _, item := range fetchV2(t, in, "/api/v2/incidents.json")["incidents"].([]any) {
		inc := item.(map[string]any)
		out[inc["id"].(string)] = inc
	}
	return out
}

func updatesOf(inc map[string]any) []map[string]any {
	var out []map[string]any
	for _, u := range inc["incident_updates"].([]any) {
		out = append(out, u.(map[string]any))
	}
	return out
}

func TestV2TellsIncidentsByPeople(t *testing.T) {
	all := v2Told(t, sampleTold())
	if len(all) != 3 {
		t.Fatalf("%d incidents, want 3 without the draft", len(all))
	}
	open := all[string(toldOpen)]
	for key, want := range map[string]any{
		"status": "identified", "impact": "minor", "name": "Search finds too little", "resolved_at": nil, "monitoring_at": nil,
		"started_at": "2026-11-21T02:44:16.000Z", "created_at": "2026-11-21T03:14:16.000Z", // it was dated back
		"updated_at": "2026-11-21T04:09:16.000Z", // amended then
	} {
		if diff := cmp.Diff(want, open[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	updates := updatesOf(open)
	if len(updates) != 3 {
		t.Fatalf("%d updates", len(updates))
	}
	// People's Markdown is told as plain text, a silent update like any other.
	silent := updates[1]
	if text := silent["body"].(string); strings.ContainsAny(text, "*[]") || !strings.Contains(text, "Saving works") || silent["deliver_notifications"] != false {
		t.Errorf("%q, %v", text, silent["deliver_notifications"])
	}
	if first := updates[2]; first["display_at"] != "2026-11-21T02:44:16.000Z" || first["created_at"] != "2026-11-21T03:15:16.000Z" || first["deliver_notifications"] != true {
		t.Errorf("a word that was dated back: %v", first)
	}
	over := all[string(toldOver)]
	if over["status"] != "postmortem" || over["resolved_at"] == nil || over["monitoring_at"] == nil {
		t.Errorf("%v", over)
	}
}

// Statuspage knows no false alarm, and clients stumble over words that they do
// not know.
func TestV2HasNoWordsOfOurs(t *testing.T) {
	known := map[string]bool{"investigating": true, "identified": true, "monitoring": true, "resolved": true, "postmortem": true}
	states := map[string]bool{"operational": true, "degraded_performance": true, "partial_outage": true, "major_outage": true, "under_maintenance": true}
	for id, inc := range v2Told(t, sampleTold()) {
		if !known[inc["status"].(string)] {
			t.Errorf("%s is %v", id, inc["status"])
		}
		for _, u := range updatesOf(inc) {
			if !known[u["status"].(string)] {
				t.Errorf("an update of %s is %v", id, u["status"])
			}
			for _, c := range u["affected_components"].([]any) {
				affected := c.(map[string]any)
				if !states[affected["old_status"].(string)] || !states[affected["new_status"].(string)] {
					t.Errorf("an update of %s: %v", id, affected)
				}
			}
		}
	}
	if status := v2Told(t, sampleTold())[string(toldFalse)]["status"]; status != "resolved" {
		t.Errorf("a false alarm is %v", status)
	}
}

// Each update tells how the components had changed by then.
func TestV2AffectedComponentsFollowTheIncident(t *testing.T) {
	inc := v2Told(t, sampleTold())[string(toldOver)]
	want := [][2]string{ // newest first
		{"operational", "operational"},
		{"major_outage", "operational"},
		{"partial_outage", "major_outage"},
		{"operational", "partial_outage"},
	}
	for i, u := range updatesOf(inc) {
		affected := u["affected_components"].([]any)[0].(map[string]any)
		if got := [2]string{affected["old_status"].(string), affected["new_status"].(string)}; got != want[i] {
			t.Errorf("update %d: %v, want %v", i, got, want[i])
		}
		if affected["code"] != v2ID("component", "part-1") || affected["name"] != "Payroll" {
			t.Errorf("%v", affected)
		}
	}
}

// However an incident is put together, clients find an update in it, and its
// times in order.
func TestV2AnIncidentWithoutAWordHasOneUpdate(t *testing.T) {
	in := sampleTold()
	in.Incidents[0].Updates = nil
	in.Incidents[0].Title = "*Late*"
	in.Incidents[0].Components = []uptime.ComponentID{"gone"}
	inc := v2Told(t, in)[string(toldOpen)]
	updates := updatesOf(inc)
	if len(updates) != 1 || updates[0]["body"] != "*Late*" || updates[0]["affected_components"] == nil {
		t.Errorf("%v", updates)
	}
	for id, inc := range v2Told(t, sampleTold()) {
		created, _ := time.Parse(time.RFC3339, inc["created_at"].(string))
		updated, _ := time.Parse(time.RFC3339, inc["updated_at"].(string))
		if updated.Before(created) {
			t.Errorf("%s was updated %v and created %v", id, updated, created)
		}
	}
}
