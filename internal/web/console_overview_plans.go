package web

import (
	"slices"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// nextPlans is how many plans that are to come the overview shows.
const nextPlans = 3

// promises puts on the overview what is planned, which error budgets burn, and
// in what the page and what is known differ.
func (v visit) promises(view *console.OverviewView) error {
	open, err := v.Plans.OpenPlans(v.ctx())
	if err != nil {
		return err
	}
	slices.SortStableFunc(open, func(a, b uptime.Plan) int { return a.Now().From.Compare(b.Now().From) })
	coming := 0
	for _, p := range open {
		running := !p.Draft() && !p.Change() && !v.now.Before(p.Now().From)
		if running || coming < nextPlans {
			view.Plans = append(view.Plans, v.planLine(p))
		}
		if !running {
			coming++
		}
	}
	if v.Standings == nil {
		return nil
	}
	for _, b := range v.Standings.Burns() {
		if b.State == uptime.BurnFires {
			view.Alerts = append(view.Alerts, console.Cell{Text: b.Name + " burns its error budget too fast.", Path: v.subjectAddress(b.Subject), Note: b.Summary})
		}
	}
	for _, f := range v.Standings.Findings() {
		cell := console.Cell{Text: f.Text}
		if !f.Since.IsZero() {
			cell.Note = "since " + v.moment(f.Since).Text
		}
		view.Findings = append(view.Findings, cell)
	}
	return nil
}

// subjectAddress is the page of a promise; empty: the subject is none.
func (v visit) subjectAddress(subject string) string {
	if _, err := v.standing(uptime.CommitmentID(subject)); err != nil {
		return ""
	}
	return commitmentAddress(uptime.CommitmentID(subject))
}
