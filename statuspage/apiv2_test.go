package statuspage

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// fetchV2 is an answer as a client that knows nothing of our types reads it.
func fetchV2(t *testing.T, in Inputs, path string) map[string]any {
	t.Helper()
	doc := open(in, sampleNow).eager()[path]
	if doc == nil {
		t.Fatalf("no document at %s", path)
	}
	if doc.ContentType != "application/json; charset=utf-8" || !doc.Shared {
		t.Errorf("%s: %q, shared %t", path, doc.ContentType, doc.Shared)
	}
	var out map[string]any
	if err := json.Unmarshal(doc.Body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func keys(value any) []string {
	var out []string
	for k := range value.(map[string]any) {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// The keys that clients of Statuspage's API read, all of them always there.
var (
	v2PageKeys      = []string{"id", "name", "time_zone", "updated_at", "url"}
	v2ComponentKeys = []string{"created_at", "description", "group", "group_id", "id", "name", "only_show_if_degraded", "page_id", "position", "showcase", "start_date", "status", "updated_at"}
	v2IncidentKeys  = []string{"components", "created_at", "id", "impact", "incident_updates", "monitoring_at", "name", "page_id", "resolved_at", "shortlink", "started_at", "status", "updated_at"}
	v2UpdateKeys    = []string{"affected_components", "body", "created_at", "custom_tweet", "deliver_notifications", "display_at", "id", "incident_id", "status", "tweet_id", "updated_at"}
)

func TestV2HasStatuspagesShape(t *testing.T) {
	shapes := map[string][]string{
		"/api/v2/summary.json":                         {"components", "incidents", "page", "scheduled_maintenances", "status"},
		"/api/v2/status.json":                          {"page", "status"},
		"/api/v2/components.json":                      {"components", "page"},
		"/api/v2/incidents.json":                       {"incidents", "page"},
		"/api/v2/incidents/unresolved.json":            {"incidents", "page"},
		"/api/v2/scheduled-maintenances.json":          {"page", "scheduled_maintenances"},
		"/api/v2/scheduled-maintenances/upcoming.json": {"page", "scheduled_maintenances"},
		"/api/v2/scheduled-maintenances/active.json":   {"page", "scheduled_maintenances"},
	}
	for path, shape := range shapes {
		for world, in := range map[string]Inputs{"bad": sampleBad(), "good": sampleGood(), "empty": newSample().in} {
			answer := fetchV2(t, in, path)
			if diff := cmp.Diff(shape, keys(answer)); diff != "" {
				t.Errorf("%s %s: %s", world, path, diff)
			}
			if diff := cmp.Diff(v2PageKeys, keys(answer["page"])); diff != "" {
				t.Errorf("%s %s page: %s", world, path, diff)
			}
			for _, list := range []string{"components", "incidents", "scheduled_maintenances"} {
				if value, there := answer[list]; there && value == nil {
					t.Errorf("%s %s: %s is null", world, path, list)
				}
			}
			checkTimes(t, path, answer)
		}
	}
}

var v2TimePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$`)

// checkTimes holds every *_at to RFC 3339 with milliseconds.
func checkTimes(t *testing.T, path string, value any) {
	t.Helper()
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			checkTimes(t, path, item)
		}
	case map[string]any:
		for key, item := range v {
			text, is := item.(string)
			if is && len(key) > 3 && key[len(key)-3:] == "_at" && !v2TimePattern.MatchString(text) {
				t.Errorf("%s: %s is %q", path, key, text)
			}
			checkTimes(t, path, item)
		}
	}
}

func TestV2Components(t *testing.T) {
	answer := fetchV2(t, sampleBad(), "/api/v2/components.json")
	status := map[string]string{}
	byID := map[string]map[string]any{}
	children := map[string][]string{}
	for _, item := range answer["components"].([]any) {
		c := item.(map[string]any)
		want := v2ComponentKeys
		if c["group"] == true {
			want = append(append([]string{}, want...), "components")
			slices.Sort(want)
		}
		if diff := cmp.Diff(want, keys(c)); diff != "" {
			t.Errorf("%v: %s", c["name"], diff)
		}
		id := c["id"].(string)
		if !regexp.MustCompile(`^[0-9a-z]{12}$`).MatchString(id) || byID[id] != nil {
			t.Errorf("%v: id %q", c["name"], id)
		}
		byID[id] = c
		status[c["name"].(string)+map[bool]string{true: " (group)"}[c["group"] == true]] = c["status"].(string)
		if group, in := c["group_id"].(string); in {
			if byID[group] == nil {
				t.Errorf("%v comes before its group", c["name"])
			}
			children[group] = append(children[group], id)
		}
	}
	for id, own := range children {
		var listed []string
		for _, child := range byID[id]["components"].([]any) {
			listed = append(listed, child.(string))
		}
		if diff := cmp.Diff(own, listed); diff != "" {
			t.Errorf("group %v: %s", byID[id]["name"], diff)
		}
	}
	want := map[string]string{
		"Platform (group)": "major_outage", "Sign-in": "operational", "Payroll": "major_outage",
		"Surveys": "degraded_performance", "1-1s and job chats": "operational",
		"Background jobs (group)": "degraded_performance", "Payroll export": "operational",
		"Nightly backup": "degraded_performance", "Search": "degraded_performance",
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Error(diff)
	}
	if text := byID[v2ID("component", "part-6")]["description"]; text != "Not observed at the moment: its state is not known." {
		t.Errorf("what is not observed is described as %q", text)
	}
}

func TestV2NothingIsUpdatedBeforeItIsCreated(t *testing.T) {
	for _, item := range fetchV2(t, sampleBad(), "/api/v2/components.json")["components"].([]any) {
		c := item.(map[string]any)
		if created, updated := c["created_at"].(string), c["updated_at"].(string); updated < created {
			t.Errorf("%v: created %s, updated %s", c["name"], created, updated)
		}
	}
}

func TestV2Status(t *testing.T) {
	world := func(states ...uptime.State) Inputs {
		s := newSample()
		for i, state := range states {
			id := s.add(string(rune('A'+i)), "", uptime.Importance(min(i, 2)), ago(86400))
			if state != uptime.Up {
				s.was(id, state, ago(600), 0, uptime.TimedOut)
			}
		}
		return s.in
	}
	const up, down = uptime.Up, uptime.Down
	for _, test := range []struct {
		in                     Inputs
		indicator, description string
	}{
		{world(up, up), "none", "All Systems Operational"},
		{world(down, up), "major", "Partial System Outage"},
		{world(up, up, down), "critical", "Major Service Outage"},
		{world(up, uptime.Partial), "major", "Partial System Outage"},
		{world(up, uptime.Degraded), "minor", "Partially Degraded Service"},
		{world(up, uptime.Unknown), "minor", "Some Systems Not Observed"},
		{world(), "minor", "Nothing Is Watched Yet"},
	} {
		got := fetchV2(t, test.in, "/api/v2/status.json")["status"]
		want := map[string]any{"indicator": test.indicator, "description": test.description}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestV2Incidents(t *testing.T) {
	in := sampleBad()
	in.Incidents[1].Updates = nil // clients index the first update
	all := fetchV2(t, in, "/api/v2/incidents.json")["incidents"].([]any)
	unresolved := fetchV2(t, in, "/api/v2/incidents/unresolved.json")["incidents"].([]any)
	if len(all) != 2 || len(unresolved) != 1 {
		t.Fatalf("%d incidents, %d unresolved", len(all), len(unresolved))
	}
	for _, item := range all {
		inc := item.(map[string]any)
		if diff := cmp.Diff(v2IncidentKeys, keys(inc)); diff != "" {
			t.Error(diff)
		}
		updates := inc["incident_updates"].([]any)
		if len(updates) == 0 {
			t.Errorf("%v has no update", inc["id"])
		}
		for _, u := range updates {
			if diff := cmp.Diff(v2UpdateKeys, keys(u)); diff != "" {
				t.Error(diff)
			}
		}
		if u, err := url.Parse(inc["shortlink"].(string)); err != nil || u.Host != "status.example.org" {
			t.Errorf("shortlink %v", inc["shortlink"])
		}
		if len(inc["components"].([]any)) != 1 {
			t.Errorf("components %v", inc["components"])
		}
	}
	first := unresolved[0].(map[string]any)
	if first["resolved_at"] != nil || first["impact"] != "critical" || first["status"] != "identified" {
		t.Errorf("%v", first)
	}
	if newest := first["incident_updates"].([]any)[0].(map[string]any); newest["status"] != "identified" {
		t.Errorf("the first update is %v", newest)
	}
}

func TestV2MonitoringIsNotAfterTheEnd(t *testing.T) {
	in := sampleBad()
	end := in.Incidents[1].ResolvedAt
	for written, want := range map[time.Time]time.Time{end.Add(30 * time.Second): end, end.Add(-time.Minute): end.Add(-time.Minute)} {
		in.Incidents[1].Updates = []uptime.Update{{ID: "m", Phase: uptime.Monitoring, At: written, Body: "It answers again."}}
		inc := fetchV2(t, in, "/api/v2/incidents.json")["incidents"].([]any)[1].(map[string]any)
		if got := inc["monitoring_at"]; got != want.Format("2006-01-02T15:04:05.000Z") {
			t.Errorf("monitoring at %v, resolved at %v", got, inc["resolved_at"])
		}
	}
}

func TestV2IncidentsAreBounded(t *testing.T) {
	in := sampleGood()
	for i := range 80 {
		at := ago(3600 * (i + 1))
		in.Incidents = append(in.Incidents, uptime.Incident{
			ID: uptime.IncidentID(v2ID("incident", string(rune(i)))), Title: "T", Phase: uptime.Resolved, Impact: uptime.ImpactMinor,
			StartedAt: at, DetectedAt: at, PublishedAt: at, ResolvedAt: at.Add(time.Minute),
		})
	}
	all := fetchV2(t, in, "/api/v2/incidents.json")["incidents"].([]any)
	if len(all) != 50 {
		t.Errorf("%d incidents, want the newest 50", len(all))
	}
	if at := all[0].(map[string]any)["started_at"]; at != "2026-11-21T03:14:16.000Z" {
		t.Errorf("the first one started at %v", at)
	}
}

func TestV2PageWithoutAnAddress(t *testing.T) {
	s := newSample()
	s.in.Catalogue.Page.URL, s.in.Catalogue.Page.Zone = "", nil
	page := fetchV2(t, s.in, "/api/v2/status.json")["page"].(map[string]any)
	if page["url"] != "http://localhost" || page["time_zone"] != "Etc/UTC" {
		t.Errorf("%v", page)
	}
}
