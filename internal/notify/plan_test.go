package notify

import (
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// upgrade is work that was announced 50 hours ahead and lasts two. AEST is not
// what the clocks of Sydney show in March.
func upgrade() uptime.Plan {
	return uptime.Plan{
		ID: "db-upgrade", Kind: uptime.MaintenanceWork, Title: "Database upgrade", Phase: uptime.Scheduled,
		Body:       "We replace a **database node**.\n\n- Reading works throughout\n- Writing stops for some minutes",
		Components: []uptime.ComponentID{"api"}, Regions: []uptime.RegionID{"au", "nz"},
		Revisions: []uptime.Revision{{At: noon, From: noon.Add(50 * time.Hour), To: noon.Add(52 * time.Hour)}},
		CreatedAt: noon.Add(-time.Hour), PublishedAt: noon, Version: 1,
	}
}

// revised is the plan as it was announced anew, so many hours later.
func revised(p uptime.Plan, hours int, r uptime.Revision) uptime.Plan {
	r.At = noon.Add(time.Duration(hours) * time.Hour)
	p.Revisions = append(append([]uptime.Revision(nil), p.Revisions...), r)
	return p
}

// planLetter is a message of one notice about a plan, written so many hours
// after it was announced.
func planLetter(reason uptime.NoticeReason, p uptime.Plan, u uptime.PlanUpdate, hours int, to uptime.Recipient) notice.Message {
	if u.ID != "" {
		p.Updates = append(p.Updates, u)
	}
	n := uptime.Notice{
		ID: "n1", At: noon.Add(time.Duration(hours) * time.Hour), Reason: reason, Plan: p.ID, Summary: p.Title + ": planned",
		Content: uptime.Content{
			Page: uptime.PageName{Name: "Acme", URL: "https://status.example.org", Zone: "Australia/Brisbane"},
			Plan: p, PlanUpdate: u, Components: []uptime.ComponentNote{{ID: "api", Name: "Public API", State: uptime.Up}},
			Unaffected: []uptime.ComponentNote{{ID: "login", Name: "Sign-in", State: uptime.Up}},
			Facts:      map[string]string{notice.FactAhead: "50 h", notice.FactPromised: "24 h"},
		},
	}
	return notice.Message{ID: "d0c5f00d", To: to, Reason: reason, Notices: []uptime.Notice{n}}
}

// began is the plan once work has begun, on time.
func began(p uptime.Plan) uptime.Plan {
	p.Phase, p.StartedAt = uptime.InProgress, p.Now().From
	return p
}

// planMessages are one of every kind about plans and promises.
func planMessages() map[string]notice.Message {
	p, none := upgrade(), uptime.PlanUpdate{}
	from, to := p.Now().From, p.Now().To
	late := upgrade()
	late.Emergency = true
	late.Revisions = []uptime.Revision{{
		At: noon, From: noon.Add(20 * time.Hour), To: noon.Add(21 * time.Hour), Override: "A disk fails.", By: "ada",
		Broken: []uptime.Broken{{Commitment: "P23", Violation: uptime.LateNotice, Text: "it was announced 20 h ahead, and 24 h are promised"}},
	}}
	urgent := planLetter(uptime.PlanAnnounced, late, none, 0, subscriber)
	urgent.Notices[0].Content.Facts[notice.FactAhead] = "20 h"
	moved := revised(p, 10, uptime.Revision{From: from.Add(24 * time.Hour), To: to.Add(24 * time.Hour), Reason: "A supplier asked for it."})
	off := revised(p, 30, uptime.Revision{From: from, To: to, Cancelled: true, Reason: "It is not needed any more."})
	off.Phase, off.FinishedAt = uptime.Cancelled, noon.Add(30*time.Hour)
	done := began(p)
	done.Phase, done.FinishedAt = uptime.Completed, to.Add(4*time.Minute)
	early := revised(began(p), 51, uptime.Revision{From: from, To: from.Add(time.Hour), Finished: true})
	early.Phase, early.FinishedAt = uptime.Completed, from.Add(time.Hour)
	price := p
	price.ID, price.Kind, price.Title, price.Body = "prices-2026", uptime.PriceChange, "New prices", "A seat costs [more](https://example.org/prices)."
	price.Revisions = []uptime.Revision{{At: noon, From: noon.Add(40 * 24 * time.Hour), To: noon.Add(40 * 24 * time.Hour)}}
	inEffect := price
	inEffect.Phase, inEffect.FinishedAt = uptime.Completed, price.Now().From
	news := uptime.PlanUpdate{ID: "u1", Phase: uptime.Verifying, Body: "The node is *in*, and we watch it.", At: from.Add(time.Hour)}
	verifying := began(p)
	verifying.Phase = uptime.Verifying
	ended := uptime.PlanUpdate{ID: "u2", Phase: uptime.Completed, Body: "The window is over, and nothing is down.", At: done.FinishedAt, Automatic: true}
	draft := p
	draft.PublishedAt = time.Time{}
	unlawful := planLetter(uptime.PromiseDue, draft, none, 0, channel)
	unlawful.Notices[0].Summary = "Database upgrade was drafted and not announced: it would break a promise"
	return map[string]notice.Message{
		"scheduled":           planLetter(uptime.PlanAnnounced, p, none, 0, subscriber),
		"scheduled_emergency": urgent,
		"scheduled_price":     planLetter(uptime.PlanAnnounced, price, none, 0, subscriber),
		"scheduled_operators": planLetter(uptime.PlanAnnounced, p, none, 0, channel),
		"rescheduled":         planLetter(uptime.PlanRevised, moved, none, 10, subscriber),
		"rescheduled_longer":  planLetter(uptime.PlanRevised, revised(began(p), 51, uptime.Revision{From: from, To: to.Add(time.Hour)}), none, 51, subscriber),
		"cancelled":           planLetter(uptime.PlanCancelled, off, none, 30, subscriber),
		"starts_soon":         planLetter(uptime.PlanSoon, p, none, 26, subscriber),
		"starts_soon_price":   planLetter(uptime.PlanSoon, price, none, 33*24, subscriber),
		"started":             planLetter(uptime.PlanStarted, began(p), none, 50, subscriber),
		"started_price":       planLetter(uptime.PlanStarted, inEffect, none, 40*24, subscriber),
		"plan_update":         planLetter(uptime.PlanNews, verifying, news, 51, subscriber),
		"completed":           planLetter(uptime.PlanFinished, done, ended, 52, subscriber),
		"completed_early":     planLetter(uptime.PlanFinished, early, none, 51, subscriber),
		"overruns":            planLetter(uptime.PlanOverruns, began(p), none, 53, channel),
		"budget_burns":        bare(uptime.BudgetBurns, "Public API uses up its error budget too fast", map[string]string{"promise": "P1", "rule": "14.4 over 1h and 5m", "severity": "page"}, channel),
		"budget_calm":         bare(uptime.BudgetCalm, "Public API no longer uses up its error budget too fast", map[string]string{"promise": "P1", "severity": "page"}, channel),
		"promise_broken":      bare(uptime.PromiseBroken, "The promise P23 was broken: 20 h notice were given, 24 h are promised", map[string]string{"promise": "P23", "entry": "e1", "owner": "Operations"}, channel),
		"promise_due":         bare(uptime.PromiseDue, "The promise P30 is due by 2026-12-31", map[string]string{"promise": "P30", "due": "2026-12-31"}, channel),
		"promise_due_draft":   unlawful,
		"backup_missed":       bare(uptime.BackupMissed, "No copy of backups was made on 2026-03-06 at syd1", map[string]string{"promise": "P40", "set": "backups"}, channel),
	}
}

// Every reason that there is has a letter of its own.
func TestEveryReasonHasALetter(t *testing.T) {
	seen := map[uptime.NoticeReason]bool{}
	for _, m := range messages() {
		seen[m.Reason] = true
	}
	for _, reason := range []uptime.NoticeReason{
		uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon, uptime.PlanStarted, uptime.PlanNews, uptime.PlanFinished,
		uptime.PlanOverruns, uptime.BudgetBurns, uptime.BudgetCalm, uptime.PromiseBroken, uptime.PromiseDue, uptime.BackupMissed,
	} {
		if !seen[reason] {
			t.Errorf("no message is %s", reason)
		}
		if text := Render(notice.Message{Reason: reason}, Links{}); text.Subject == "" || text.Plain == "" || text.Short == "" || aboutPlan(reason) && strings.Contains(text.Plain, "0001") {
			t.Errorf("an empty message that is %s: %+v", reason, text)
		}
	}
}
