package incidents

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// ReportMemory is how far back the incidents of a report must be known.
const ReportMemory = 8 * 24 * time.Hour

// reopenReport is how long after its end an incident may begin again at most. An
// alert that was told of later than that is a new one.
const reopenReport = 4 * QuietTime

// Reports is what is known of the alerts that a rule picks.
type Reports struct {
	Rule   uptime.AlertRule
	Groups map[string][]uptime.ReceivedAlert // by the keys of their groups: those that fire, and those that ended lately
	Lately []uptime.Incident                 // the rule's that are open or were resolved within ReportMemory
	// Stated tells whether a person says of a component of the incident that it is
	// worse than what is measured.
	Stated func(id uptime.IncidentID) bool
	// Covered is until when announced work covers all of the rule's components,
	// from that time on without a gap, and a plan of it: the time itself where none
	// does.
	Covered func(from time.Time) (until time.Time, by uptime.Plan)
	States  func() map[uptime.ComponentID]uptime.State // as they are told; asked where somebody is told
	// Held are the notices that are known to be in the ledger of what announced work
	// holds back: they need not be written again.
	Held map[string]bool
}

// report is one group of alerts on its way to changes. The empty group stands for
// all that were gathered in one incident.
type report struct {
	Reports
	group   string
	alerts  []uptime.ReceivedAlert
	lately  []uptime.Incident // the group's
	crowd   *throng           // of the rule
	terms   Terms
	now     time.Time
	firing  []uptime.ReceivedAlert // the longest first
	changes uptime.Changes
}

// decide says what a group of alerts comes to: one incident while any of them
// fires. It follows from what is known now and not from how it came to be known,
// so it may be asked at any time and as often as one likes; where nothing is to be
// changed it is empty.
func (d *report) decide() uptime.Changes {
	for _, a := range d.alerts {
		if a.Firing() {
			d.firing = append(d.firing, a)
		}
	}
	slices.SortFunc(d.firing, longestFirst)
	last, known := newestOf(d.lately)
	switch {
	case known && last.Open() && len(d.firing) == 0:
		d.over(last)
	case known && last.Open():
		d.goesOn(last)
	case len(d.firing) > 0:
		d.fires(last, known)
	}
	return d.changes
}

// Unreported ends the incidents of a rule that is in force no more.
func Unreported(terms Terms, r Reports, now time.Time) uptime.Changes {
	d := &report{Reports: r, terms: terms, now: now}
	for _, incident := range r.Lately {
		if incident.Open() && !d.taken(incident) {
			incident.ResolvedAt = now
			d.say(incident, word{id: "unreported", phase: uptime.Resolved, reason: uptime.NewsOfState,
				body: "Alerts are no longer followed here. The incident was closed without a confirmed recovery."})
		}
	}
	return d.changes
}

// fires opens an incident, or goes on with the last one.
func (d *report) fires(last uptime.Incident, known bool) {
	fresh := d.firing
	var ended time.Time
	if known {
		fresh, ended = d.untold(last)
	}
	if len(fresh) == 0 {
		return
	}
	start := began(fresh[0])
	if end, by := d.Covered(start); end.After(d.now) {
		d.holdBack(fresh, start, by) // until the work is over
		return
	} else if end.After(start) {
		start = end
	}
	if known && goesOnAfter(last) && start.Sub(ended) < QuietTime && d.now.Sub(ended) < reopenReport {
		d.crowd.counts(d.now)
		last.ResolvedAt = time.Time{}
		d.say(last, word{id: againMark + stamp(start), phase: uptime.Investigating, reason: uptime.WentDown, held: wavering(last, 2),
			body: "It fires again. " + d.list(fresh)})
		return
	}
	if d.crowd.takes(fresh, d) {
		return
	}
	if known { // what was over by then is told with the last one
		start = latest(start, ended.Add(time.Millisecond))
	}
	d.open(fresh, start)
}

// goesOnAfter tells whether an incident that has ended may begin again.
func goesOnAfter(last uptime.Incident) bool {
	return last.Phase == uptime.Resolved && last.ClosedAt.IsZero() && last.Postmortem.PublishedAt.IsZero()
}

// untold are the alerts that fire and are not done with by the end of the last
// incident, and that end. What a person has ended is ended, whatever still fires
// of it; what ended by itself did so because nothing fired as far as we knew.
func (d *report) untold(last uptime.Incident) (fresh []uptime.ReceivedAlert, ended time.Time) {
	ended, byPerson := endOf(last)
	if !byPerson {
		return d.firing, ended
	}
	return begunAfter(d.firing, ended), ended
}

// endOf is when an incident has ended, and whether a person has ended it.
func endOf(incident uptime.Incident) (ended time.Time, byPerson bool) {
	ended = incident.ResolvedAt
	n := len(incident.Updates)
	if n == 0 || incident.Updates[n-1].Automatic {
		return ended, false
	}
	for _, u := range incident.Updates {
		if !u.Automatic && u.Phase.Ends() {
			ended = latest(ended, u.WrittenAt)
		}
	}
	return ended, true
}

func begunAfter(alerts []uptime.ReceivedAlert, ended time.Time) (fresh []uptime.ReceivedAlert) {
	for _, a := range alerts {
		if began(a).After(ended) {
			fresh = append(fresh, a)
		}
	}
	return fresh
}

// open begins an incident. Its id follows from the rule, the group and the start.
// One whose start lies further back than incidents are known is named by now, and
// so is one that takes in many groups: another may have had its start.
func (d *report) open(fresh []uptime.ReceivedAlert, start time.Time) {
	named, told, title, body := start, d.now, titleOfAlert(fresh[0], d.Rule.Name), d.list(fresh)
	if d.now.Sub(start) > ReportMemory || d.group == gathered {
		named = d.now
	}
	if d.group == gathered {
		title, body = gatheredTitle+d.Rule.Name, "More groups of alerts fire than are told of one by one. "+body
	}
	for _, a := range fresh {
		if a.ReceivedAt.Before(told) {
			told = a.ReceivedAt
		}
	}
	incident := uptime.Incident{
		ID:         uptime.IncidentID(ReportedAs(d.Rule.Name, d.group) + stamp(named)),
		Title:      title,
		Tier:       d.Rule.Tier,
		Impact:     ImpactOf(d.Rule.Tier),
		Components: slices.Clone(d.Rule.Components),
		Automatic:  true,
		StartedAt:  start,
		DetectedAt: latest(told, start),
		CreatedAt:  d.now,
	}
	if d.Rule.Publish {
		incident.PublishedAt = d.now
	}
	d.say(incident, word{id: d.counted(), phase: uptime.Investigating, reason: uptime.WentDown, body: body})
}

// goesOn is an incident of which alerts fire. That there are more of them than
// were told stands in it, and nobody is told.
func (d *report) goesOn(incident uptime.Incident) {
	if newest := newestWord(incident); strings.HasPrefix(newest, overMark) {
		d.say(incident, word{id: againMark + stamp(began(d.firing[0])), phase: incident.Phase, reason: uptime.NewsOfState, held: wavering(incident, 2),
			body: "It fires again. " + d.list(d.firing)})
		return
	}
	const soonest, most = time.Minute, 20
	told, words := 0, 0
	var newest time.Time
	for _, u := range incident.Updates {
		if n, counts := countIn(wordOf(incident, u)); counts {
			told, words, newest = max(told, n), words+1, latest(newest, u.WrittenAt)
		}
	}
	if d.count() > told && words < most && d.now.Sub(newest) >= soonest {
		d.say(incident, word{id: d.counted(), phase: incident.Phase, reason: uptime.NewsOfState, held: uptime.HeldSilent,
			body: d.list(d.firing)})
	}
}

// over is an incident of which no alert fires any more. It ends with the last of
// them, unless a person has taken it over: then it is theirs to end.
func (d *report) over(incident uptime.Incident) {
	end := time.Time{}
	for _, a := range d.alerts {
		if !a.EndsAt.Before(incident.StartedAt) {
			end = latest(end, a.EndsAt)
		}
	}
	if end.IsZero() || end.After(d.now) {
		end = d.now
	}
	w := word{id: overMark + stamp(end), phase: uptime.Resolved, reason: uptime.Recovered, held: wavering(incident, 1)}
	w.body = "No alert of this fires any more, since " + d.terms.clock(end) + "."
	if d.taken(incident) {
		if strings.HasPrefix(newestWord(incident), overMark) {
			return
		}
		w.phase, w.reason = incident.Phase, uptime.NewsOfState
		w.body += " It stays open until somebody ends it."
	} else {
		incident.ResolvedAt = latest(end, incident.StartedAt)
	}
	d.say(incident, w)
}

// taken tells whether a person has taken an incident over: said something of a
// component that still holds, or moved the phase since it last began by itself.
func (d *report) taken(incident uptime.Incident) bool {
	moved, phase := false, uptime.Investigating
	for _, u := range incident.Updates {
		switch {
		case !u.Automatic && u.Phase != phase:
			moved = true
		case u.Automatic && phase.Ends() && !u.Phase.Ends():
			moved = false
		}
		phase = u.Phase
	}
	return moved || d.Stated(incident.ID)
}

// word is one automatic update.
type word struct {
	id     string // within the incident: the same word is said once
	phase  uptime.IncidentPhase
	body   string // plain text
	reason uptime.NoticeReason
	held   uptime.HoldReason
}

// say adds to the changes the incident one version on, with the word and the
// notice that is owed for it. A person's promise of a next update goes on.
func (d *report) say(incident uptime.Incident, w word) {
	id := string(incident.ID) + "-" + w.id
	if slices.ContainsFunc(incident.Updates, func(u uptime.Update) bool { return u.ID == id }) {
		id += "-" + stamp(d.now) // it ended at that time already, and went on since
	}
	update := uptime.Update{
		ID: id, Phase: w.phase, Body: w.body, At: d.now, WrittenAt: d.now, Automatic: true,
		Silent: w.held == uptime.HeldSilent,
	}
	if promised := incident.Promised(); promised.After(d.now) && incident.Open() {
		update.NextBy = promised
	}
	expect := incident.Version
	incident.Version++
	incident.Phase = w.phase
	incident.Updates = append(slices.Clip(incident.Updates), update)
	d.changes.Incidents = append(d.changes.Incidents, uptime.IncidentChange{
		Incident: incident, Expect: expect, Updates: []uptime.Update{update},
	})
	d.changes.Outbox = append(d.changes.Outbox, notice.Plan(d.terms.Rules, notice.Event{
		ID: id, Reason: w.reason, Incident: incident, Update: update, States: d.States(), Held: w.held,
	}, d.now))
}

// wavering holds back what is told of alerts that come and go, after the first
// few times. Begun is how often they began beside the times that were told again.
func wavering(incident uptime.Incident, begun int) uptime.HoldReason {
	for _, u := range incident.Updates {
		if strings.HasPrefix(wordOf(incident, u), againMark) {
			begun++
		}
	}
	if begun > toldWhileFlapping {
		return uptime.HeldFlapping
	}
	return ""
}

// longestFirst orders alerts by their start, and then by what names them.
func longestFirst(a, b uptime.ReceivedAlert) int {
	return cmp.Or(began(a).Compare(began(b)), cmp.Compare(a.Fingerprint, b.Fingerprint))
}

// newestOf is the incident that a report goes on with: the open one, or the one
// that ended last.
func newestOf(lately []uptime.Incident) (newest uptime.Incident, found bool) {
	for _, incident := range lately {
		switch {
		case !found, incident.Open() && !newest.Open():
			newest, found = incident, true
		case incident.Open() != newest.Open():
		case incident.Open() && incident.StartedAt.After(newest.StartedAt), !incident.Open() && incident.ResolvedAt.After(newest.ResolvedAt):
			newest = incident
		}
	}
	return newest, found
}

// began is when an alert began, by its own word unless that cannot be.
func began(a uptime.ReceivedAlert) time.Time {
	if a.StartsAt.Year() < 1970 || a.StartsAt.After(a.ReceivedAt) {
		return a.ReceivedAt
	}
	return a.StartsAt
}
