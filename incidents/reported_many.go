package incidents

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// A rule whose groups fire one after the other has an incident for each of the
// first few: they can be read. What else fires by then is gathered in one, which
// takes in what begins within gatherTime of its opening, and ends when none of
// that fires. After that it is counted anew.
const (
	reportsApart = 10
	gatherTime   = QuietTime
	// heldRows is how many groups the ledger names that announced work holds back,
	// of one plan and rule.
	heldRows = 10
)

// gathered is the key of what is gathered: no group of an Alertmanager has it.
const (
	gathered      = ""
	gatheredTitle = "Many alerts at once: "
)

// DecideReports says what the alerts of a rule come to: one incident of each group
// while any of its alerts fires, and one of all groups that are too many. It may
// be asked at any time and as often as one likes; where nothing is to be changed
// it is empty.
func DecideReports(terms Terms, r Reports, now time.Time) (changes uptime.Changes) {
	c := &throng{now: now, own: map[string][]uptime.Incident{}, taken: map[uptime.IncidentID][]uptime.ReceivedAlert{}, held: map[string]bool{}}
	c.sort(r)
	decide := func(group string, alerts []uptime.ReceivedAlert, lately []uptime.Incident) {
		d := &report{Reports: r, group: group, alerts: alerts, lately: lately, crowd: c, terms: terms, now: now}
		d.decide()
		changes.Incidents = append(changes.Incidents, d.changes.Incidents...)
		changes.Outbox = append(changes.Outbox, d.changes.Outbox...)
	}
	unheard := maps.Clone(c.own)
	for _, group := range slices.Sorted(maps.Keys(r.Groups)) {
		prefix := ReportedAs(r.Rule.Name, group)
		decide(group, r.Groups[group], c.own[prefix])
		delete(unheard, prefix)
	}
	for _, prefix := range slices.Sorted(maps.Keys(unheard)) { // of which no alert is known any more
		decide(prefix, nil, unheard[prefix])
	}
	for _, incident := range c.gathered {
		alerts := c.taken[incident.ID]
		if len(alerts) == 0 {
			alerts = c.ended(r, incident)
		}
		decide(gathered, alerts, []uptime.Incident{incident})
	}
	if len(c.rest) > 0 {
		decide(gathered, c.rest, nil)
	}
	return changes
}

// throng is how many incidents of a rule began lately, and what is gathered
// because of it.
type throng struct {
	now      time.Time
	own      map[string][]uptime.Incident // of one group each, by what their ids begin with
	gathered []uptime.Incident            // of many groups, the oldest first
	lately   int                          // how often own ones began within gatherTime
	held     map[string]bool              // rows for the ledger of what announced work holds back
	taken    map[uptime.IncidentID][]uptime.ReceivedAlert
	rest     []uptime.ReceivedAlert // that no incident has taken in yet
}

// sort tells the incidents of one group from those of many.
func (c *throng) sort(r Reports) {
	for _, incident := range r.Lately {
		_, prefix, _ := ReportedBy(incident.ID)
		if prefix == ReportedAs(r.Rule.Name, gathered) {
			c.gathered = append(c.gathered, incident)
			continue
		}
		c.own[prefix] = append(c.own[prefix], incident)
		c.counts(incident.CreatedAt)
		for _, u := range incident.Updates {
			if strings.HasPrefix(wordOf(incident, u), againMark) {
				c.counts(u.WrittenAt)
			}
		}
	}
	slices.SortFunc(c.gathered, func(a, b uptime.Incident) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

// counts notes that a group's own incident began, or began again.
func (c *throng) counts(at time.Time) {
	if c.now.Sub(at) < gatherTime {
		c.lately++
	}
}

// takes tells whether alerts that have no incident are no incident of their own:
// they are in one that gathers, or too many began lately.
func (c *throng) takes(fresh []uptime.ReceivedAlert, d *report) bool {
	if d.group == gathered {
		return false
	}
	for _, incident := range c.gathered {
		ended, byPerson := endOf(incident)
		until := incident.CreatedAt.Add(gatherTime)
		switch {
		case !incident.Open() && byPerson: // what it had taken in is done with
			if first := firstOf(d.alerts, incident.StartedAt); !first.After(until) && len(begunAfter(fresh, ended)) == 0 {
				return true
			}
		case !firstOf(d.alerts, incident.StartedAt).After(until) &&
			(incident.Open() || c.now.Before(until) && goesOnAfter(incident)):
			c.taken[incident.ID] = append(c.taken[incident.ID], fresh...)
			return true
		}
	}
	if c.lately >= reportsApart {
		c.rest = append(c.rest, fresh...)
		return true
	}
	c.counts(c.now)
	return false
}

// firstOf is when the first of the alerts began, without those that were over
// before.
func firstOf(alerts []uptime.ReceivedAlert, before time.Time) (first time.Time) {
	for _, a := range alerts {
		if at := began(a); (a.Firing() || !a.EndsAt.Before(before)) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// ended are the alerts that an incident had gathered, when all of them are over:
// its end follows from theirs.
func (c *throng) ended(r Reports, incident uptime.Incident) (over []uptime.ReceivedAlert) {
	if !incident.Open() {
		return nil
	}
	for group, alerts := range r.Groups {
		own := c.own[ReportedAs(r.Rule.Name, group)]
		for _, a := range alerts {
			apart := slices.ContainsFunc(own, func(i uptime.Incident) bool { return i.Open() || !i.ResolvedAt.Before(a.EndsAt) })
			if !a.Firing() && !apart && !began(a).After(incident.CreatedAt.Add(gatherTime)) {
				over = append(over, a)
			}
		}
	}
	return over
}

// holdBack puts into the ledger that announced work holds an incident back: nobody
// is told, and it says why.
func (d *report) holdBack(fresh []uptime.ReceivedAlert, start time.Time, by uptime.Plan) {
	mark := fmt.Sprintf("%s-held-%s%s-", by.ID, reportMark, d.Rule.Name)
	id := fmt.Sprintf("%s%s-%d", mark, printOf(d.group), start.UnixMilli())
	summary := fmt.Sprintf("An alert fires during announced work, %s: %s", by.Title, titleOfAlert(fresh[0], d.Rule.Name))
	if d.crowd.full(mark, d.Held) && !d.Held[id] {
		id, summary = mark+"more", fmt.Sprintf("Further alerts fire during announced work, %s, by the rule %s", by.Title, d.Rule.Name)
	}
	if d.Held[id] || !d.crowd.holds(id) {
		return
	}
	d.changes.Outbox = append(d.changes.Outbox, notice.Plan(d.terms.Rules, notice.Event{
		ID: id, Reason: uptime.WentDown, Plan: by, Held: uptime.HeldMaintenance, Summary: summary,
	}, d.now))
}

// full tells whether the ledger has as many rows with that mark as it is to have.
func (c *throng) full(mark string, held map[string]bool) bool {
	rows := 0
	for _, known := range []map[string]bool{held, c.held} {
		for id := range known {
			if strings.HasPrefix(id, mark) {
				rows++
			}
		}
	}
	return rows >= heldRows
}

// holds notes a row that is to be written; false where it is noted already.
func (c *throng) holds(id string) bool {
	known := c.held[id]
	c.held[id] = true
	return !known
}
