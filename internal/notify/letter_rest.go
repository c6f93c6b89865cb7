package notify

import (
	"cmp"
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

// mostItems is how many lines a digest has before it counts the rest.
const mostItems = 50

// digest lists what a message of many tells: a line an incident, with the
// newest of it, and a line for every notice that is about none.
func (w writer) digest() letter {
	newest := digested(w.message.Notices)
	open, over := 0, 0
	l := letter{}
	for i, n := range newest {
		if inc := n.Content.Incident; inc.ID != "" && inc.Open() {
			open++
		} else if inc.ID != "" {
			over++
		}
		if i < mostItems {
			l.items = append(l.items, w.item(n))
		}
	}
	if rest := len(newest) - mostItems; rest > 0 {
		l.more = fmt.Sprintf("and %d more", rest)
	}
	switch {
	case open > 0 && over > 0:
		l.headline = fmt.Sprintf("%s: %d not over, %d over", uptime.Count(open+over, "incident"), open, over)
	case open > 0:
		l.headline = uptime.Count(open, "incident") + ", none over"
		if open == 1 {
			l.headline = "1 incident, not over"
		}
	case over > 0:
		l.headline = uptime.Count(over, "incident") + ", all over"
	default:
		l.headline = uptime.Count(len(newest), "message")
	}
	l.subject = l.headline
	l.lead = "Much happened at once; this is all of it in one message."
	if w.address.page != "" {
		l.links = []link{{"The page", w.address.page}}
	}
	return l
}

// digested are the newest notice of each incident and every notice that is
// about none, in the order in which each was told first.
func digested(notices []uptime.Notice) []uptime.Notice {
	var list []uptime.Notice
	places := map[uptime.IncidentID]int{}
	for _, n := range notices {
		id := n.Incident
		if id == "" {
			id = n.Content.Incident.ID
		}
		at, known := places[id]
		switch {
		case id == "":
			list = append(list, n)
		case known:
			list[at] = n
		default:
			places[id] = len(list)
			list = append(list, n)
		}
	}
	return list
}

func (w writer) item(n uptime.Notice) item {
	inc := n.Content.Incident
	if inc.ID == "" {
		return item{Text: line(n.Summary, longestLine)}
	}
	title := cmp.Or(line(inc.Title, 120), line(n.Summary, 120), "An incident")
	tier := ""
	if inc.Tier > 0 {
		tier = fmt.Sprintf(" (Tier %d)", inc.Tier)
	}
	state := "since " + w.clock.at(inc.StartedAt)
	switch {
	case inc.Phase == uptime.FalseAlarm:
		state = "a false alarm"
	case !inc.Open():
		state = fmt.Sprintf("over, lasted %s from %s", lasted(inc.ResolvedAt.Sub(inc.StartedAt)), w.clock.at(inc.StartedAt))
	}
	return item{Text: title + tier + ": " + state, URL: w.address.incident(inc)}
}

// confirm asks whether an address wants news.
func (w writer) confirm() letter {
	l := letter{
		subject:  "Please confirm that you want news",
		headline: "Do you want news of " + w.page + "?",
		lead:     "To confirm, open the address below and press the button there. Until then you get nothing.",
	}
	if to := w.address.confirm(); to != "" {
		l.links = []link{{"Confirm", to}}
	}
	return l
}

// already answers somebody who asked again.
func (w writer) already() letter {
	l := letter{
		subject:  "You already get news",
		headline: "You already get news of " + w.page,
		lead:     "Somebody, perhaps you, asked for news at this address again. Nothing has changed.",
	}
	if to := w.address.manage(); to != "" {
		l.links = []link{{"Choose what you get", to}}
	}
	return l
}

// plainNotice is a letter that its summary says all of.
func (w writer) plainNotice() letter {
	headline := cmp.Or(line(w.notice.Summary, longestLine), defaultSummary(w.message.Reason))
	l := letter{subject: headline, headline: headline, rows: w.facts()}
	if w.public {
		l.rows = nil
	}
	switch w.message.Reason {
	case uptime.WentBlind:
		l.lead = "Since " + w.clock.at(w.notice.At) + ". While it lasts, what fails is not believed to be down: it counts as not observed."
	case uptime.TestOfChannel:
		l.lead = "This is a test. Nothing has happened."
	default:
		l.lead = w.clock.at(w.notice.At) + "."
	}
	if w.address.page != "" {
		l.links = []link{{"The page", w.address.page}}
	}
	return l
}

func defaultSummary(reason uptime.NoticeReason) string {
	switch reason {
	case uptime.WentBlind:
		return "We cannot see anything: our own connection is lost"
	case uptime.SeesAgain:
		return "We see again"
	case uptime.ChannelDead:
		return "A channel does not take messages"
	case uptime.TestOfChannel:
		return "This is a test"
	case uptime.BudgetBurns:
		return "An error budget burns too fast"
	case uptime.BudgetCalm:
		return "An error budget no longer burns too fast"
	case uptime.PromiseBroken:
		return "A promise is broken"
	case uptime.PromiseDue:
		return "Something promised is due"
	case uptime.BackupMissed:
		return "A promised copy is missing"
	default:
		return "News"
	}
}
