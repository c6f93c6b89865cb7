package golden

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

type minNotice struct {
	Value int
	Unit  string
	Tz    string
}

func (n minNotice) rule() (uptime.NoticeRule, error) {
	if n.Tz == "" {
		n.Tz = "UTC"
	}
	zone, err := time.LoadLocation(n.Tz)
	return uptime.NoticeRule{Amount: n.Value, Unit: uptime.NoticeUnit(n.Unit), Zone: zone}, err
}

type blackout struct {
	Tz             string
	Days           []int
	Start, End     string
	HolidaysExempt []string `json:"holidays_exempt"`
}

func (b blackout) rule() (uptime.BlackoutRule, error) {
	rule := uptime.BlackoutRule{Exempt: b.HolidaysExempt}
	var err error
	if rule.Zone, err = time.LoadLocation(b.Tz); err != nil {
		return rule, err
	}
	for _, day := range b.Days {
		rule.Days = append(rule.Days, time.Weekday(day%7))
	}
	if rule.From, err = onFace(b.Start); err != nil {
		return rule, err
	}
	rule.To, err = onFace(b.End)
	return rule, err
}

// onFace reads "09:00" as the time since midnight.
func onFace(text string) (time.Duration, error) {
	var hours, minutes int
	if _, err := fmt.Sscanf(text, "%d:%d", &hours, &minutes); err != nil {
		return 0, fmt.Errorf("%q: %w", text, err)
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, nil
}

type planEvent struct {
	Type           string
	At, Start, End time.Time
}

// planOf is a plan of one component to which these things happened.
func planOf(emergency bool, events []planEvent, rules uptime.PlanRules) uptime.Plan {
	p := uptime.Plan{Kind: uptime.MaintenanceWork, Emergency: emergency, Rules: rules, Components: []uptime.ComponentID{"c"}}
	slices.SortStableFunc(events, func(a, b planEvent) int { return a.At.Compare(b.At) })
	for _, e := range events {
		r := uptime.Revision{At: e.At, From: e.Start, To: e.End}
		if e.Type == "cancel" {
			r = p.Now()
			r.At, r.Cancelled = e.At, true
		}
		p.Revisions = append(p.Revisions, r)
	}
	if len(p.Revisions) > 0 {
		p.PublishedAt = p.Revisions[0].At
	}
	return p
}

func maintenance(input json.RawMessage) (result, error) {
	var in struct {
		Policy struct {
			MinNotice minNotice `json:"min_notice"`
			Blackouts []blackout
		}
		Maintenances []struct {
			Emergency bool
			Events    []planEvent
		}
		Down []struct{ From, To time.Time }
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	notice, err := in.Policy.MinNotice.rule()
	if err != nil {
		return nil, err
	}
	rules := uptime.PlanRules{Notices: []uptime.NoticeRule{notice}}
	for _, b := range in.Policy.Blackouts {
		rule, err := b.rule()
		if err != nil {
			return nil, err
		}
		rules.Blackouts = append(rules.Blackouts, rule)
	}
	var plans []uptime.Plan
	for _, m := range in.Maintenances {
		plans = append(plans, planOf(m.Emergency, m.Events, rules))
	}
	var spans []calendar.Span
	for _, d := range in.Down {
		spans = append(spans, calendar.Span{From: d.From, To: d.To})
	}
	down, excluded := calendar.Union(spans...), calendar.Spans(nil)
	for _, p := range plans {
		excluded = excluded.Union(planned.Excluded(p))
	}
	r := result{
		"excluded_down_s": seconds(down.Intersect(excluded)), "counted_down_s": seconds(down.Subtract(excluded)),
	}
	list := []any{}
	for _, s := range excluded {
		list = append(list, result{"from": s.From, "to": s.To})
	}
	r["excluded"] = list
	violations := severities{} // in any order
	for v := range violated(plans, down) {
		violations = append(violations, string(v))
	}
	r["violations"] = violations
	return r, nil
}

// violated are the ways in which plans broke what they are held to: by what was
// announced (planned.Broken), and by what was down past the end of a stretch of
// their windows.
func violated(plans []uptime.Plan, down calendar.Spans) map[uptime.Violation]bool {
	found := map[uptime.Violation]bool{}
	var windows calendar.Spans
	for _, p := range plans {
		for _, b := range planned.Broken(p) {
			found[b.Violation] = true
		}
		if p.Now().Cancelled {
			found[uptime.CalledOff] = true
		}
		if p.Emergency {
			found[uptime.EmergencyLabel] = true
		}
		windows = windows.Union(calendar.Union(planned.Window(p)))
	}
	for _, w := range windows {
		for _, d := range down {
			if d.From.Before(w.To) && w.From.Before(d.To) && d.To.After(w.To) {
				found[uptime.Overrun] = true
			}
		}
	}
	return found
}

func seconds(s calendar.Spans) *big.Rat { return big.NewRat(int64(s.Total()), int64(time.Second)) }

// noticeFamily has two kinds: a change, and an audience.
func noticeFamily(input json.RawMessage) (result, error) {
	var in struct {
		Kind      string
		MinNotice minNotice `json:"min_notice"`
		Events    []struct{ At, Effective time.Time }
		ActualAt  time.Time `json:"actual_at"`

		Start      time.Time
		MinHours   int    `json:"min_hours"`
		HomeOffset string `json:"home_offset"`
		Recipients []struct {
			ID, Tz string
			Sends  []struct {
				At     time.Time
				Status string
			}
		}
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	if in.Kind == "change" {
		rule, err := in.MinNotice.rule()
		if err != nil {
			return nil, err
		}
		var revisions []uptime.Revision
		for _, e := range in.Events {
			revisions = append(revisions, uptime.Revision{At: e.At, From: e.Effective, To: e.Effective})
		}
		kept, lead := planned.ChangeKept(rule, revisions, in.ActualAt)
		return result{"compliant": kept, "lead_s": big.NewRat(int64(lead), int64(time.Second))}, nil
	}
	var recipients []planned.Recipient
	for _, given := range in.Recipients {
		zone, err := time.LoadLocation(given.Tz)
		if err != nil {
			return nil, err
		}
		r := planned.Recipient{ID: given.ID, Zone: zone}
		for _, s := range given.Sends {
			r.Sends = append(r.Sends, planned.Send{At: s.At, Accepted: s.Status == "accepted"})
		}
		recipients = append(recipients, r)
	}
	home, err := planned.ParseOffset(in.HomeOffset)
	if err != nil {
		return nil, err
	}
	owed := planned.Audience(recipients, uptime.NoticeRule{Amount: in.MinHours, Unit: uptime.Hours}, in.Start, home)
	breaches := []any{}
	for _, id := range owed.Breaches {
		breaches = append(breaches, id)
	}
	r := result{"required": owed.Required, "compliant": owed.Compliant, "breaches": breaches, "attainment_pct": nil}
	if owed.Required > 0 {
		r["attainment_pct"] = percent(big.NewRat(int64(owed.Compliant), int64(owed.Required)))
	}
	return r, nil
}
