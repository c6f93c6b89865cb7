package notify

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/markdown"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// writer writes the letter of one message.
type writer struct {
	message notice.Message
	notice  uptime.Notice // the newest: the message is about it
	clock   clock
	page    string // its name
	public  bool
	address addresses
}

func newWriter(m notice.Message, links Links) writer {
	w := writer{message: m, public: isPublic(m.To.Kind)}
	if len(m.Notices) > 0 {
		w.notice = m.Notices[len(m.Notices)-1]
	}
	page := w.notice.Content.Page
	w.page, w.address = cmp.Or(line(page.Name, 80), "Status"), newAddresses(m, links, page)
	return w
}

// foot says why the recipient gets this, and how to get it no more.
func (w writer) foot() foot { return foot{w.why(), w.leave()} }

func (w writer) letter() letter {
	w.clock = newClock(w.notice.Content.Page.Zone)
	l := w.about()
	l.subject = line("["+w.page+"] "+l.subject, longestSubject)
	return l
}

func (w writer) about() letter {
	switch w.message.Reason {
	case uptime.WentDown, uptime.Recovered, uptime.WasDown, uptime.NewsOfState, uptime.Reminder,
		uptime.UpdateOverdue, uptime.ReviewOut:
		return w.incident()
	case uptime.PlanAnnounced, uptime.PlanRevised, uptime.PlanCancelled, uptime.PlanSoon, uptime.PlanStarted,
		uptime.PlanNews, uptime.PlanFinished, uptime.PlanOverruns:
		return w.plan()
	case uptime.Digest:
		return w.digest()
	case uptime.ConfirmSubscription:
		return w.confirm()
	case uptime.AlreadySubscribed:
		return w.already()
	case uptime.BudgetBurns, uptime.BudgetCalm, uptime.PromiseBroken, uptime.PromiseDue, uptime.BackupMissed:
		return w.promise()
	case uptime.WentBlind, uptime.SeesAgain, uptime.ChannelDead, uptime.TestOfChannel:
	}
	return w.plainNotice()
}

// incident is a letter about one.
func (w writer) incident() letter {
	inc := w.notice.Content.Incident
	title := cmp.Or(line(inc.Title, longestLine), line(w.notice.Summary, longestLine), "An incident")
	prefix, lead := w.opening(inc)
	l := letter{subject: title, headline: title, lead: lead, rows: w.rows(inc)}
	if prefix != "" {
		l.subject = prefix + ": " + title
		l.headline = l.subject
	}
	if w.message.Reason == uptime.WasDown && !inc.Open() {
		l.subject += " (" + lasted(inc.ResolvedAt.Sub(inc.StartedAt)) + ")"
	}
	w.say(&l, inc)
	if next := w.notice.Content.Update.NextBy; !next.IsZero() && inc.Open() && w.message.Reason != uptime.UpdateOverdue {
		l.promise = "Next update by " + w.clock.at(next) + "."
	}
	if to := w.address.incident(inc); to != "" {
		l.links = []link{{"The whole incident", to}}
	}
	return l
}

// opening is the word before the title, and the sentence below it.
func (w writer) opening(inc uptime.Incident) (prefix, lead string) {
	since, span := "", ""
	if !inc.StartedAt.IsZero() {
		since = "Since " + w.clock.at(inc.StartedAt) + "."
	}
	if !inc.Open() {
		span = fmt.Sprintf("%s to %s: %s.", w.clock.at(inc.StartedAt), w.clock.at(inc.ResolvedAt), lasted(inc.ResolvedAt.Sub(inc.StartedAt)))
	}
	switch w.message.Reason {
	case uptime.Recovered:
		if inc.Phase == uptime.FalseAlarm {
			return "False alarm", "This was a false alarm. Nothing of it counts as downtime."
		}
		return "Resolved", span
	case uptime.WasDown:
		return "Already over", "It began and ended before this could be told. " + span
	case uptime.Reminder:
		return "Still not over", fmt.Sprintf("It has lasted %s so far, since %s.", lasted(w.notice.At.Sub(inc.StartedAt)), w.clock.at(inc.StartedAt))
	case uptime.UpdateOverdue:
		return "Update overdue", w.broken(inc)
	case uptime.ReviewOut:
		return "Review", "What was learned from it. " + span
	case uptime.NewsOfState:
		return phaseWord(w.phase(inc)), since
	default: // went down
		return "", since
	}
}

// phase is that of the update that is told.
func (w writer) phase(inc uptime.Incident) uptime.IncidentPhase {
	if phase := w.notice.Content.Update.Phase; phase != "" {
		return phase
	}
	return inc.Phase
}

// broken says which promise was not kept.
func (w writer) broken(inc uptime.Incident) string {
	promised := w.notice.Content.Update.NextBy
	if promised.IsZero() {
		promised = inc.Promised()
	}
	if promised.IsZero() {
		return "The update that was promised has not come. The page says so."
	}
	return "An update was promised by " + w.clock.at(promised) + " and has not come. The page says so."
}

// say puts the update that is told into the letter, or the review.
func (w writer) say(l *letter, inc uptime.Incident) {
	u := w.notice.Content.Update
	body, plain := u.Body, u.Automatic
	if w.message.Reason == uptime.ReviewOut && body == "" {
		if body, plain = inc.Postmortem.Body, false; body == "" && inc.Postmortem.Waived != "" {
			body, plain = "There is no review: "+inc.Postmortem.Waived, true
		}
	}
	if strings.TrimSpace(body) == "" {
		return
	}
	if u.Body != "" {
		l.told = phaseWord(u.Phase)
		if !u.At.IsZero() {
			l.told += ", " + w.clock.at(u.At)
		}
		if apart(u.At, u.WrittenAt) {
			l.told += ", back-dated: written at " + w.clock.at(u.WrittenAt)
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

// apart tells whether two times differ when they are shown, to the minute.
func apart(a, b time.Time) bool {
	return !a.IsZero() && !b.IsZero() && !a.Truncate(time.Minute).Equal(b.Truncate(time.Minute))
}

// rows are the facts of an incident.
func (w writer) rows(inc uptime.Incident) []row {
	var rows []row
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, row{name, value, name == "Affected"})
		}
	}
	content := w.notice.Content
	add("Affected", names(content.Components, true))
	add("Not affected", names(content.Unaffected, false))
	if !inc.StartedAt.IsZero() {
		add("Started", w.clock.at(inc.StartedAt)+w.written(inc))
	}
	if !inc.Open() {
		add("Resolved", w.clock.at(inc.ResolvedAt))
		if inc.Phase != uptime.FalseAlarm {
			add("Lasted", lasted(inc.ResolvedAt.Sub(inc.StartedAt)))
		}
	}
	if inc.Impact != "" {
		add("Impact", impactWord(inc.Impact))
	}
	if inc.Tier > 0 {
		add("Tier", fmt.Sprint(inc.Tier))
	}
	if w.public {
		return rows
	}
	if inc.Draft() {
		add("Draft", "not published; the public does not see it")
	}
	return append(rows, w.facts()...)
}

// written says when an incident that began earlier was told first.
func (w writer) written(inc uptime.Incident) string {
	switch {
	case inc.Automatic && apart(inc.StartedAt, inc.DetectedAt) && inc.DetectedAt.After(inc.StartedAt):
		return ", confirmed at " + w.clock.at(inc.DetectedAt)
	case !inc.Automatic && apart(inc.StartedAt, inc.CreatedAt) && inc.CreatedAt.After(inc.StartedAt):
		return ", back-dated: written at " + w.clock.at(inc.CreatedAt)
	}
	return ""
}

// mostFacts is how many facts a message to operators lists.
const mostFacts = 20

// facts are what else the notice knows, for operators.
func (w writer) facts() []row {
	var rows []row
	for _, key := range slices.Sorted(maps.Keys(w.notice.Content.Facts)) {
		if aboutPlan(w.message.Reason) && (key == notice.FactAhead || key == notice.FactPromised) {
			continue // told in a sentence
		}
		name := line(strings.ReplaceAll(key, "_", " "), 40)
		if value := line(w.notice.Content.Facts[key], longestLine); name != "" && value != "" && len(rows) < mostFacts {
			rows = append(rows, row{strings.ToUpper(name[:1]) + name[1:], value, true})
		}
	}
	return rows
}

// why says why the recipient gets this.
func (w writer) why() string {
	switch {
	case w.message.Reason == uptime.ConfirmSubscription:
		return "Somebody, perhaps you, entered this address at " + w.page + ". If it was not you, do nothing: without a confirmation nothing more is sent."
	case w.public:
		return "You get this because you subscribed to news of " + w.page + "."
	}
	why := "Reason: " + line(string(w.message.Reason), 40)
	if w.message.To.ID != "" {
		why += ", channel " + line(w.message.To.ID, 80)
	}
	if w.notice.Incident != "" && w.message.Reason != uptime.Digest {
		why += ", incident " + line(string(w.notice.Incident), 80)
	}
	if w.notice.Plan != "" {
		why += ", plan " + line(string(w.notice.Plan), 80)
	}
	return why + "."
}

func (w writer) leave() []link {
	if w.message.Reason == uptime.ConfirmSubscription || w.address.unsubscribe() == "" {
		return nil
	}
	return []link{{"Unsubscribe", w.address.unsubscribe()}, {"Choose what you get", w.address.manage()}}
}
