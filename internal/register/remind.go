package register

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// longAgo is how long after its day something overdue is still told of: who
// starts with promises that were due years ago sees them on the page.
const longAgo = 30 * 24 * time.Hour

// remind tells of dated things that are due soon, once at each of their
// reminders, and once when one is overdue. That a firm promise is overdue is told
// by the entry which that opens.
func (d *decision) remind(standings []uptime.Standing, evidence []uptime.Evidence, told map[string]bool) {
	for _, s := range standings {
		c := s.Commitment
		due, dated := commitment.DueOf(c, evidence, d.rules.Catalogue.Page.Zone, d.now)
		if !dated {
			continue
		}
		e := notice.Event{Reason: uptime.PromiseDue, Facts: map[string]string{
			FactPromise: string(c.ID), FactSays: c.Says, FactOwner: c.Owner, FactDue: due.Day.String(),
		}}
		days, soon := due.Reminder(d.now)
		switch {
		case soon:
			e.ID = fmt.Sprintf("due-%s-%s-%d", c.ID, due.Day, days)
			e.Summary = fmt.Sprintf("The promise %s is due by %s", c.ID, due.Day)
			if c.Kind == uptime.OfRegister {
				e.Summary = fmt.Sprintf("The evidence of %s is good until %s: it needs to be renewed", c.ID, due.Day)
			}
		case due.Overdue(d.now) && c.Strength != uptime.Firm && d.now.Sub(due.At) < longAgo:
			e.ID = fmt.Sprintf("due-%s-%s-overdue", c.ID, due.Day)
			e.Summary = fmt.Sprintf("%s was due by %s, and nothing is on record", c.ID, due.Day)
		default:
			continue
		}
		if !told[e.ID] {
			d.reminders = append(d.reminders, e.ID)
			d.tell(e)
		}
	}
}
