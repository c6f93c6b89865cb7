package notify

import (
	"cmp"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// planRows are the facts of a plan.
func (w writer) planRows(p uptime.Plan) []row {
	var rows []row
	add := func(name, value string, brief bool) {
		if value != "" {
			rows = append(rows, row{name, value, brief})
		}
	}
	content, r := w.notice.Content, p.Now()
	if len(p.Revisions) == 0 {
		return w.operators(rows)
	}
	over := w.message.Reason == uptime.PlanFinished
	if !over {
		add("In Sydney", w.clock.inSydney(r.From, r.To), false)
	}
	if w.message.Reason == uptime.PlanRevised && len(p.Revisions) > 1 {
		before := previous(p)
		add("Before", w.clock.window(before.From, before.To)+w.length(p, before), true)
	}
	if w.message.Reason == uptime.PlanRevised || w.message.Reason == uptime.PlanCancelled {
		add("Reason", line(r.Reason, 2*longestExcerpt), true)
	}
	// What components are is told while it may differ from what they usually are.
	add("Affected", names(content.Components, over || w.message.Reason == uptime.PlanStarted || w.message.Reason == uptime.PlanOverruns), true)
	add("Keeps working", names(content.Unaffected, false), false)
	add("Regions", regions(p.Regions), false)
	switch w.message.Reason {
	case uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanSoon, uptime.PlanStarted:
		add("Notice", w.given(p), true)
	default:
	}
	return w.operators(rows)
}

// operators adds what is for operators alone.
func (w writer) operators(rows []row) []row {
	if w.public {
		return rows
	}
	return append(rows, w.facts()...)
}

// given is the notice that was given beside the one that is promised:
// "announced 50 h ahead, 24 h promised".
func (w writer) given(p uptime.Plan) string {
	text := "announced after it had begun"
	if r := p.Now(); r.From.After(r.At) {
		text = "announced " + line(ahead(w.notice.Content), 40) + " ahead"
	}
	if promised := line(w.notice.Content.Facts[notice.FactPromised], 40); promised != "" {
		text += ", " + promised + " promised"
	}
	return text
}

// ahead is how long before their start the times in force were announced, in
// words.
func ahead(c uptime.Content) string {
	r := c.Plan.Now()
	return cmp.Or(c.Facts[notice.FactAhead], planned.Length(max(0, r.From.Sub(r.At))))
}

func regions(ids []uptime.RegionID) string {
	notes := make([]uptime.ComponentNote, len(ids))
	for i, id := range ids {
		notes[i].Name = string(id)
	}
	return names(notes, false)
}

// planNoun is what is announced.
func planNoun(p uptime.Plan) string {
	switch p.Kind {
	case uptime.Release:
		return "Release"
	case uptime.PriceChange:
		return "Price change"
	case uptime.Behaviour:
		return "Change"
	case uptime.MaintenanceWork:
	}
	if p.Emergency {
		return "Emergency maintenance"
	}
	return "Planned maintenance"
}

// planPhaseWord is how far a plan is, in the public's words.
func planPhaseWord(p uptime.Plan, phase uptime.PlanPhase) string {
	switch cmp.Or(phase, p.Phase) {
	case uptime.Scheduled:
		return "Planned"
	case uptime.InProgress:
		return "In progress"
	case uptime.Verifying:
		return "Verifying"
	case uptime.Completed:
		return "Done"
	case uptime.Cancelled:
		return "Called off"
	}
	return "Update"
}

// cmpTime is the first of two instants that is known.
func cmpTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}
