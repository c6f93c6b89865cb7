package incidents

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// reminders are how long before a plan's start people are reminded of it.
var reminders = [...]time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour}

// tooLate is how late a reminder may come, if it is not the only one.
const tooLate = 30 * time.Minute

// remind owes the reminder that is due: once of each revision, the newest alone
// where we were away for several, and none that would have been due before its
// times were announced. One that is late by more than half an hour is left out,
// unless it is the only one that the revision has.
func (d *planDecision) remind() {
	last := d.plan.Now()
	var due time.Time
	var before time.Duration
	count := 0
	for _, ahead := range reminders {
		at := last.From.Add(-ahead)
		if !at.After(last.At) {
			continue
		}
		count++
		if !at.After(d.now) {
			due, before = at, ahead
		}
	}
	if due.IsZero() || d.now.Sub(due) > tooLate && count > 1 {
		return
	}
	id := fmt.Sprintf("%s-soon-%d-%dh", d.plan.ID, d.plan.Sequence(), int(before.Hours()))
	event := planEvent(d.plan, uptime.PlanSoon, id)
	event.States = d.states()
	d.changes.Outbox = append(d.changes.Outbox, notice.Plan(d.rules, event, d.now))
}
