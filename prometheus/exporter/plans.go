package exporter

import (
	"strconv"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// The closed lists of plans. What has ended is not counted.
var (
	planKinds = [...]uptime.PlanKind{uptime.MaintenanceWork, uptime.Release, uptime.PriceChange, uptime.Behaviour}
	// leadLimits are the upper bounds of how long ahead plans are announced: none,
	// hours, and the days that policies promise.
	leadLimits = [...]time.Duration{
		0, time.Hour, 4 * time.Hour, 12 * time.Hour, day, 2 * day, 3 * day, 5 * day, 7 * day, 10 * day, 14 * day, 30 * day, 60 * day, 90 * day,
	}
)

const day = 24 * time.Hour

// phasesOf are the phases in which something is to come of a plan. A change has no
// window that it could be in.
func phasesOf(kind uptime.PlanKind) []uptime.PlanPhase {
	if kind == uptime.MaintenanceWork {
		return []uptime.PlanPhase{uptime.Scheduled, uptime.InProgress, uptime.Verifying}
	}
	return []uptime.PlanPhase{uptime.Scheduled}
}

// writeRecord writes what is public of the record.
func writeRecord(t *text, r *Record) {
	t.begin(family{name: "upheld_incidents_open", help: "Open incidents by tier, a number; drafts are left out."})
	for _, tier := range tiers {
		t.sample(float64(r.Incidents[tier]), `tier="`+string('0'+rune(tier))+`"`)
	}
	t.gauge("upheld_noncompliance_open", "Entries of non-compliance that are open, a number.", float64(r.NonCompliances))
	t.begin(family{name: "upheld_plans", help: "Published plans of which something is to come, a number."})
	for _, kind := range planKinds {
		for _, phase := range phasesOf(kind) {
			t.sample(float64(r.Plans[Stage{kind, phase}]), label("kind", string(kind)), label("phase", string(phase)))
		}
	}
	if !r.Next.IsZero() {
		t.gauge("upheld_maintenance_next_start_timestamp_seconds", "When the next announced window of maintenance begins, in seconds since 1970; absent while none is announced.", unix(r.Next))
		t.gauge("upheld_maintenance_next_notice_seconds", "How long ahead the next window of maintenance was announced, in seconds.", r.Ahead.Seconds())
	}
	t.begin(family{name: "upheld_notice_lead_seconds", kind: histogram, help: "How long ahead plans were announced since the start, in seconds; each announcement of new times counts, and one that was not ahead is 0."})
	for _, kind := range planKinds {
		writeLeads(t, r.Leads, kind)
	}
}

func writeLeads(t *text, leads []Lead, kind uptime.PlanKind) {
	var within [len(leadLimits)]int
	var sum time.Duration
	count := 0
	for _, l := range leads {
		if l.Kind != kind {
			continue
		}
		count++
		sum += l.Ahead
		for i, limit := range leadLimits {
			if l.Ahead <= limit {
				within[i]++
			}
		}
	}
	own := label("kind", string(kind))
	for i, limit := range leadLimits {
		t.part("_bucket", float64(within[i]), own, `le="`+strconv.FormatInt(int64(limit/time.Second), 10)+`"`)
	}
	t.part("_bucket", float64(count), own, `le="+Inf"`)
	t.part("_sum", sum.Seconds(), own)
	t.part("_count", float64(count), own)
}
