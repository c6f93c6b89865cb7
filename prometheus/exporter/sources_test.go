package exporter

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// fullSources know everything.
func fullSources() Sources {
	return Sources{
		Present: func(time.Time) (Present, bool) { return fullPresent(), true },
		Account: func() (Account, bool) {
			return Account{
				Services: []Service{
					{
						ID: "platform", BudgetRemaining: 0.25, BudgetSeconds: 324.5, Windows: []Window{{"30d", 0.9995}, {"365d", math.NaN()}},
						Observed: []Window{{"30d", 0.75}}, Burn: []Window{{"1h", 14.5}, {"5m", math.NaN()}},
					},
					{ID: "aside", BudgetRemaining: math.NaN(), BudgetSeconds: math.NaN()},
				},
				Promises: []Promise{{"support", "E6", uptime.Breached}, {"support", "E7", uptime.OnTrack}, {"security", "S1", "of a newer version"}},
				Findings: map[uptime.FindingCheck]int{uptime.PlanPastEnd: 2},
			}, true
		},
		Drafts:   func() (int, bool) { return 1, true },
		Blind:    func(c uptime.Class) bool { return c == uptime.Private },
		Told:     func() (time.Time, bool) { return start.Add(-time.Second), true },
		Recorder: func() Recorder { return Recorder{Queued: 3, Dropped: 4, Written: 5, Batches: 6, Failed: 7} },
		Outbox: func() (map[uptime.Lane]Lane, bool) {
			return map[uptime.Lane]Lane{
				uptime.LaneOperators: {Pending: 8, Dead: 9, Oldest: start.Add(-90 * time.Second)},
				uptime.LaneBulk:      {Pending: 1, Oldest: start.Add(time.Minute)}, // is not to go before
			}, true
		},
		Notices: func() (Notices, bool) { return Notices{Queued: 20, Sent: 10, Bounced: 3, Dead: 2, Held: 1}, true },
		Page: func() (Page, bool) {
			return Page{Rendered: start.Add(-time.Minute), Took: 20 * time.Millisecond, Stale: time.Minute}, true
		},
		Loops:   func() []Loop { return []Loop{{Name: "tick", Age: 2 * time.Second, Limit: time.Minute}} },
		Config:  func() Config { return Config{Loaded: start, OK: true} },
		Storage: func() Storage { return Storage{Size: 1 << 20, Free: 1 << 30} },
	}
}

func fullPresent() Present {
	return Present{
		States:  map[uptime.ComponentID]uptime.State{"api": uptime.Up},
		Working: map[uptime.ComponentID]bool{"api": false, "web": true, "gone": true},
		Services: []ServicePresent{
			{ID: "platform", State: uptime.Partial, Errors: 0.3},
			{ID: "aside", State: uptime.Unknown, Errors: math.NaN(), Excluded: true},
		},
		Record: &Record{
			Incidents: map[uptime.Tier]int{1: 2}, Plans: map[Stage]int{{uptime.MaintenanceWork, uptime.InProgress}: 1, {uptime.Release, uptime.Scheduled}: 3},
			Next: start.Add(time.Hour), Ahead: 2 * day, NonCompliances: 4,
			Leads: []Lead{{uptime.MaintenanceWork, 2 * day}, {uptime.MaintenanceWork, 2*day + 1}, {uptime.MaintenanceWork, 0}, {uptime.PriceChange, 400 * day}},
		},
	}
}

func TestSources(t *testing.T) {
	w := newWorld(Basic, catalogue())
	families := w.scrape(t)
	for name, want := range map[string]map[string]float64{
		"upheld_component_state": {
			"component=api,state=up": 1, "component=api,state=unknown": 0, "component=api,state=degraded": 0,
			"component=api,state=partial": 0, "component=api,state=down": 0, "component=api,state=maintenance": 0,
			"component=web,state=up": 0, "component=web,state=unknown": 1, "component=web,state=degraded": 0,
			"component=web,state=partial": 0, "component=web,state=down": 0, "component=web,state=maintenance": 0,
		},
		"upheld_component_info":        {"component=api,tier=1": 1, "component=web,tier=3": 1},
		"upheld_component_maintenance": {"component=api": 0, "component=web": 1},
		"upheld_service_state": {
			"service=platform,state=partial": 1, "service=platform,state=unknown": 0, "service=platform,state=degraded": 0,
			"service=platform,state=up": 0, "service=platform,state=down": 0, "service=platform,state=maintenance": 0,
			"service=aside,state=up": 0, "service=aside,state=unknown": 1, "service=aside,state=degraded": 0,
			"service=aside,state=partial": 0, "service=aside,state=down": 0, "service=aside,state=maintenance": 0,
		},
		"upheld_service_info":                           {"service=platform,name=The platform": 1, "service=aside,name=Aside": 1, "service=mean,name=Mean": 1},
		"upheld_service_target_ratio":                   {"service=platform": 0.9995},
		"upheld_service_errors_ratio":                   {"service=platform": 0.3},
		"upheld_service_excluded":                       {"service=platform": 0, "service=aside": 1},
		"upheld_service_availability_ratio":             {"service=platform,window=30d": 0.9995},
		"upheld_service_observed_ratio":                 {"service=platform,window=30d": 0.75},
		"upheld_service_burn_rate":                      {"service=platform,window=1h": 14.5},
		"upheld_service_error_budget_remaining_ratio":   {"service=platform": 0.25},
		"upheld_service_error_budget_remaining_seconds": {"service=platform": 324.5},
		"upheld_commitments": {
			"policy=support,verdict=breached": 1, "policy=support,verdict=on_track": 1, "policy=support,verdict=met": 0, "policy=support,verdict=at_risk": 0,
			"policy=support,verdict=insufficient_data": 0, "policy=support,verdict=overdue": 0, "policy=support,verdict=not_measured": 0,
			"policy=security,verdict=breached": 0, "policy=security,verdict=on_track": 0, "policy=security,verdict=met": 0, "policy=security,verdict=at_risk": 0,
			"policy=security,verdict=insufficient_data": 0, "policy=security,verdict=overdue": 0, "policy=security,verdict=not_measured": 0,
		},
		"upheld_findings": {
			"check=down_without_incident": 0, "check=incident_while_up": 0, "check=maintenance_past_end": 2, "check=page_too_old": 0,
			"check=promise_unexplained": 0, "check=times_amended": 0, "check=verdict_differs": 0,
		},
		"upheld_noncompliance_open": {"": 4},
		"upheld_incidents_open":     {"tier=1": 2, "tier=2": 0, "tier=3": 0},
		"upheld_incident_drafts":    {"": 1},
		"upheld_plans": {
			"kind=maintenance,phase=scheduled": 0, "kind=maintenance,phase=in_progress": 1, "kind=maintenance,phase=verifying": 0,
			"kind=release,phase=scheduled": 3, "kind=price,phase=scheduled": 0, "kind=behaviour,phase=scheduled": 0,
		},
		"upheld_maintenance_next_start_timestamp_seconds":     {"": float64(start.Add(time.Hour).Unix())},
		"upheld_maintenance_next_notice_seconds":              {"": 172800},
		"upheld_notice_lead_seconds":                          {"kind=maintenance": 3, "kind=release": 0, "kind=price": 1, "kind=behaviour": 0},
		"upheld_notices_total":                                {"result=queued": 20, "result=sent": 10, "result=bounced": 3, "result=dead": 2, "result=held": 1},
		"upheld_vantage_blind":                                {"class=internet": 0, "class=private": 1, "class=loopback": 0},
		"upheld_alertmanager_last_received_timestamp_seconds": {"": float64(start.Add(-time.Second).Unix())},
		"upheld_samples_queued":                               {"": 3},
		"upheld_samples_dropped_total":                        {"": 4},
		"upheld_samples_written_total":                        {"": 5},
		"upheld_batch_writes_total":                           {"result=committed": 6, "result=failed": 7},
		"upheld_outbox_pending":                               {"lane=operators": 8, "lane=subscribers": 0, "lane=bulk": 1},
		"upheld_outbox_dead":                                  {"lane=operators": 9, "lane=subscribers": 0, "lane=bulk": 0},
		"upheld_outbox_oldest_age_seconds":                    {"lane=operators": 90, "lane=subscribers": 0, "lane=bulk": 0},
		"upheld_page_age_seconds":                             {"": 60},
		"upheld_page_stale_seconds":                           {"": 60},
		"upheld_page_info":                                    {"name=Example,url=https://status.example.org": 1},
		"upheld_page_render_duration_seconds":                 {"": 0.02},
		"upheld_loop_age_seconds":                             {"loop=tick": 2},
		"upheld_loop_limit_seconds":                           {"loop=tick": 60},
		"upheld_database_size_bytes":                          {"": 1 << 20},
		"upheld_disk_free_bytes":                              {"": 1 << 30},
		"upheld_config_last_reload_successful":                {"": 1},
		"upheld_build_info":                                   {"revision=abc,version=1.2.3": 1},
		"upheld_scrape_errors_total":                          {"": 0},
	} {
		if diff := cmp.Diff(want, values(families[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Of each promise at most one verdict is 1; a verdict that this program does not
// know is none of them.
func TestAPromiseStandsInOneWay(t *testing.T) {
	ones, all := map[string]int{}, map[string]int{}
	for pairs, value := range values(newWorld(Basic, catalogue()).scrape(t)["upheld_commitment_verdict"]) {
		promise, _, _ := strings.Cut(pairs, ",verdict=")
		all[promise]++
		ones[promise] += int(value)
	}
	support, newer := "policy=support,commitment=E6", "policy=security,commitment=S1"
	if all[support] != 7 || ones[support] != 1 || all[newer] != 7 || ones[newer] != 0 {
		t.Errorf("series %v, of these 1: %v", all, ones)
	}
}

func TestLeadsFallIntoTheirBuckets(t *testing.T) {
	for _, m := range newWorld(Basic, catalogue()).scrape(t)["upheld_notice_lead_seconds"].GetMetric() {
		if m.GetLabel()[0].GetValue() != "maintenance" {
			continue
		}
		want := map[float64]uint64{0: 1, 86400: 1, 172800: 2, 259200: 3, math.Inf(1): 3}
		for _, b := range m.GetHistogram().GetBucket() {
			if count, asked := want[b.GetUpperBound()]; asked && count != b.GetCumulativeCount() {
				t.Errorf("within %v s: %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), count)
			}
		}
		if sum := m.GetHistogram().GetSampleSum(); math.Abs(sum-345600) > 1 {
			t.Errorf("sum %v", sum)
		}
	}
}

func TestWhatSourcesDoNotKnowIsLeftOut(t *testing.T) {
	w := newWorld(Basic, catalogue())
	for name, s := range map[string]Sources{
		"no sources": {},
		"nobody knows": {
			Present: func(time.Time) (Present, bool) { return fullPresent(), false },
			Account: func() (Account, bool) { return Account{Findings: map[uptime.FindingCheck]int{}}, false },
			Drafts:  func() (int, bool) { return 1, false },
			Told:    func() (time.Time, bool) { return start, false },
			Outbox:  func() (map[uptime.Lane]Lane, bool) { return nil, false },
			Notices: func() (Notices, bool) { return Notices{}, false },
			Page:    func() (Page, bool) { return Page{}, false },
			Storage: func() Storage { return Storage{} },
		},
		"the record was never read": {Present: func(time.Time) (Present, bool) { return Present{}, true }},
	} {
		out := string(w.text(s, start).out)
		for _, family := range []string{
			"upheld_outbox_", "upheld_incidents_open", "upheld_incident_drafts", "upheld_page_age", "upheld_service_state", "upheld_plans",
			"upheld_findings", "upheld_notices_total", "upheld_noncompliance_open", "upheld_database", "upheld_disk", "upheld_alertmanager",
			"upheld_maintenance_next", "upheld_notice_lead", "upheld_commitment",
		} {
			if strings.Contains(out, family) {
				t.Errorf("%s: %s is exported although nobody knows it", name, family)
			}
		}
	}
}

// Whatever the sources say, the exposition parses, and no value in it is no number.
func TestHostileWordsAndUnknownFiguresAreData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\"} 1\nupheld_x 1\n", "\\", "\xff\xfe", "a\nb", "{}", ""}))
		number := rapid.SampledFrom([]float64{math.NaN(), 0, 1, 0.3, -2.5})
		id := word.Draw(t, "id")
		c := uptime.Catalogue{
			Page:       uptime.Page{Name: word.Draw(t, "page"), URL: word.Draw(t, "url")},
			Components: []uptime.Component{{ID: uptime.ComponentID(id)}},
			Services:   []uptime.Service{{ID: uptime.ServiceID(id), Name: word.Draw(t, "name")}},
			Monitors:   []uptime.Monitor{{ID: uptime.MonitorID(id), Component: uptime.ComponentID(id), Type: "http", Interval: time.Hour}},
		}
		w := newWorld(Full, c)
		w.Observe(rich(uptime.MonitorID(id), start))
		s := fullSources()
		s.Present = func(time.Time) (Present, bool) {
			return Present{
				States:   map[uptime.ComponentID]uptime.State{uptime.ComponentID(id): uptime.State(rapid.IntRange(0, 99).Draw(t, "state"))},
				Working:  map[uptime.ComponentID]bool{uptime.ComponentID(id): true},
				Services: []ServicePresent{{ID: uptime.ServiceID(id), Errors: number.Draw(t, "errors")}},
			}, true
		}
		s.Account = func() (Account, bool) {
			return Account{
				Services: []Service{{ID: uptime.ServiceID(id), BudgetRemaining: number.Draw(t, "left"), BudgetSeconds: number.Draw(t, "left"), Windows: []Window{{"30d", number.Draw(t, "figure")}}}},
				Promises: []Promise{{uptime.PolicyID(id), uptime.CommitmentID(word.Draw(t, "promise")), uptime.Verdict(word.Draw(t, "verdict"))}},
			}, true
		}
		families := w.scrapeOf(t, s)
		for name, f := range families {
			for pairs, value := range values(f) {
				if math.IsNaN(value) {
					t.Fatalf("%s{%s} is no number", name, pairs)
				}
			}
		}
		if families["upheld_x"] != nil {
			t.Fatal("a word became a family")
		}
		for _, name := range []string{"probe_success", "upheld_component_state", "upheld_service_state", "upheld_commitment_verdict", "upheld_page_info"} {
			if families[name] == nil {
				t.Fatalf("%s is missing", name)
			}
		}
	})
}

// More detail adds families; it changes none.
func TestDetailChangesNoFamily(t *testing.T) {
	families := map[Detail]map[string]string{}
	for _, d := range []Detail{Basic, Full} {
		w := newWorld(d, catalogue(everyType()...))
		for _, m := range w.watched.Load().order {
			w.Observe(rich(m.ID, start))
		}
		families[d] = map[string]string{}
		for _, f := range own(w.scrape(t)) {
			families[d][f.GetName()] = f.GetType().String() + " " + labelNames(f) + " " + f.GetHelp()
		}
	}
	if len(families[Full]) <= len(families[Basic]) {
		t.Error("full detail adds nothing")
	}
	for name, said := range families[Basic] {
		if families[Full][name] != said {
			t.Errorf("%s is %q, and with full detail %q", name, said, families[Full][name])
		}
	}
}
