package notify

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/markdown"
	"github.com/upheld/upheld/internal/uptime"
)

// aboutPlan tells whether messages of the reason are about a plan.
func aboutPlan(reason uptime.NoticeReason) bool {
	switch reason {
	case uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon, uptime.PlanStarted,
		uptime.PlanNews, uptime.PlanFinished, uptime.PlanOverruns:
		return true
	default:
		return false
	}
}

// plan is a letter about planned work or a change.
func (w writer) plan() letter {
	p := w.notice.Content.Plan
	title := cmp.Or(line(p.Title, longestLine), line(w.notice.Summary, longestLine), "Planned work")
	prefix, lead := w.planOpening(p)
	l := letter{subject: prefix + ": " + title, lead: lead, promise: w.notKept(p), rows: w.planRows(p)}
	l.headline = l.subject
	w.planSays(&l, p)
	if to := w.address.plan(p); to != "" {
		l.links = []link{{"All about it", to}}
	}
	return l
}

// planOpening is the word before the title, and the sentence below it.
func (w writer) planOpening(p uptime.Plan) (prefix, lead string) {
	r := p.Now()
	if len(p.Revisions) == 0 {
		return planPhaseWord(p, w.notice.Content.PlanUpdate.Phase), line(w.notice.Summary, longestLine)
	}
	when := w.clock.window(r.From, r.To) + w.length(p, r)
	switch w.message.Reason {
	case uptime.PlanRevised:
		return w.moved(p), "Now: " + when + "."
	case uptime.PlanCancelled:
		return "Called off", "It will not happen. It was announced for " + when + "."
	case uptime.PlanSoon:
		left := "now"
		if ahead := r.From.Sub(w.notice.At); ahead > 0 {
			left = "in " + lasted(ahead)
		}
		if p.Change() {
			return "In effect " + left, "It takes effect " + when + "."
		}
		return "Begins " + left, when + "."
	case uptime.PlanStarted:
		if p.Change() {
			return "In effect", "Since " + w.clock.at(cmpTime(p.FinishedAt, r.From)) + "."
		}
		return "Work has begun", "Since " + w.clock.at(cmpTime(p.StartedAt, r.From)) + ". It is announced to end " + w.clock.at(r.To) + "."
	case uptime.PlanNews:
		return planPhaseWord(p, w.notice.Content.PlanUpdate.Phase), "Announced for " + when + "."
	case uptime.PlanFinished:
		return "Done", w.worked(p, r)
	case uptime.PlanOverruns:
		return "Not done in time", fmt.Sprintf("It was announced to end %s, %s ago. The work is not done, or something that it names is down still.",
			w.clock.at(r.To), lasted(w.notice.At.Sub(r.To)))
	default: // announced
		if p.Change() {
			return planNoun(p), "It takes effect " + when + "."
		}
		return planNoun(p), when + "."
	}
}

// length is ", 2 hours"; empty for an instant.
func (w writer) length(p uptime.Plan, r uptime.Revision) string {
	if p.Change() || !r.To.After(r.From) {
		return ""
	}
	return ", " + lasted(r.To.Sub(r.From))
}

// moved is what the newest announcement does to the one before.
func (w writer) moved(p uptime.Plan) string {
	r, before := p.Now(), previous(p)
	switch {
	case r.From.After(before.From):
		return "Postponed"
	case r.From.Before(before.From):
		return "Brought forward"
	case r.To.After(before.To):
		return "Extended"
	case r.To.Before(before.To):
		return "Shortened"
	}
	return "Announced anew"
}

// previous is the announcement before the one in force; that one where there is
// none.
func previous(p uptime.Plan) uptime.Revision {
	if len(p.Revisions) > 1 {
		return p.Revisions[len(p.Revisions)-2]
	}
	return p.Now()
}

// worked says from when until when work was done, and how that compares with
// what was announced.
func (w writer) worked(p uptime.Plan, r uptime.Revision) string {
	if p.Change() {
		return "In effect since " + w.clock.at(cmpTime(p.FinishedAt, r.From)) + "."
	}
	from, to := cmpTime(p.StartedAt, r.From), cmpTime(p.FinishedAt, r.To)
	text := w.clock.window(from, to) + ", " + lasted(to.Sub(from)) + "."
	announced := r
	if r.Finished {
		announced = previous(p)
	}
	switch over := to.Sub(announced.To); {
	case over >= time.Second:
		return text + " That is " + lasted(over) + " past the end that was announced."
	case over <= -time.Minute:
		return text + " That is before the end that was announced, " + w.clock.at(announced.To) + "."
	}
	return text
}

// notKept says which promise the announcement in force breaks, and why it was
// made all the same.
func (w writer) notKept(p uptime.Plan) string {
	r := p.Now()
	if r.Cancelled || len(r.Broken) == 0 || w.message.Reason == uptime.PlanCancelled {
		return ""
	}
	var said []string
	for i, b := range r.Broken {
		if i == mostBroken {
			said = append(said, fmt.Sprintf("and %d more", len(r.Broken)-i))
			break
		}
		said = append(said, strings.TrimSuffix(cmp.Or(line(b.Text, longestLine), line(string(b.Violation), 40)), "."))
	}
	text := "A promise is not kept: " + strings.Join(said, "; ") + "."
	if why := line(r.Override, longestExcerpt); why != "" {
		text += " Why all the same: " + strings.TrimSuffix(why, ".") + "."
	}
	if by := line(r.By, 80); by != "" {
		text += " Decided by " + by + "."
	}
	return text
}

// mostBroken is how many broken promises a letter tells before it counts the
// rest.
const mostBroken = 5

// planSays puts what is told into the letter: the update, or else what the plan
// is about.
func (w writer) planSays(l *letter, p uptime.Plan) {
	u := w.notice.Content.PlanUpdate
	body, plain := u.Body, u.Automatic
	if strings.TrimSpace(body) != "" {
		l.told = planPhaseWord(p, u.Phase)
		if !u.At.IsZero() {
			l.told += ", " + w.clock.at(u.At)
		}
	} else {
		switch w.message.Reason {
		case uptime.PlanFinished, uptime.PlanCancelled, uptime.PlanOverruns:
			return
		default:
			body, plain = p.Body, false
		}
	}
	if plain {
		l.body = paragraphs(body, longestBody)
		return
	}
	body = strip(body, longestBody)
	l.body = paragraphs(markdown.Text(body), longestBody)
	l.markup = template.HTML(markdown.HTML(body)) //nolint:gosec // safe by that function's contract: an allow-list stands behind it
}

// promise is a letter to operators about a promise: its summary says all of it.
func (w writer) promise() letter {
	l := w.plainNotice()
	if w.address.page == "" {
		return l
	}
	l.links = []link{{"Our commitments", w.address.page + "/commitments"}}
	c := w.notice.Content
	switch id := c.Facts[factPromise]; {
	case c.Plan.ID != "" && c.Plan.Draft() && len(c.Plan.ID) <= longestID:
		l.links = []link{{"The draft", w.address.page + "/console/plans/" + url.PathEscape(string(c.Plan.ID))}}
	case w.message.Reason != uptime.BudgetBurns && w.message.Reason != uptime.BudgetCalm && isPromise.MatchString(id):
		l.links = []link{{"The promise", w.address.page + "/commitments/" + id}}
	}
	return l
}

// isPromise is the id of one promise.
var isPromise = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)
