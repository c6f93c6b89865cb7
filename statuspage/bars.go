package statuspage

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// barDays is how many days a component shows; a narrow screen hides the older.
const barDays = 90

// daytime is how long a component was in each state on one civil day, indexed
// by uptime.State. The part of the day that is still to come is in none.
type daytime [uptime.Maintenance + 1]time.Duration

// total is how much of the day has passed.
func (d daytime) total() time.Duration {
	var sum time.Duration
	for _, in := range d {
		sum += in
	}
	return sum
}

// unseen tells that nothing was observed on the day.
func (d daytime) unseen() bool { return d[uptime.Unknown] == d.total() }

// clean tells that the component was up, and observed, for as long as the day
// has lasted.
func (d daytime) clean() bool { return d[uptime.Up] == d.total() && !d.unseen() }

// worst is the state that gives the day its colour.
func (d daytime) worst() uptime.State {
	for _, state := range []uptime.State{uptime.Down, uptime.Partial, uptime.Degraded, uptime.Maintenance} {
		if d[state] > 0 {
			return state
		}
	}
	if d.unseen() {
		return uptime.Unknown
	}
	return uptime.Up
}

// words tells the day in a clause: "up", "down 34 m, not observed 2 h".
func (d daytime) words() string {
	if d.unseen() {
		return "not observed"
	}
	var parts []string
	for _, part := range []struct {
		state uptime.State
		word  string
	}{
		{uptime.Down, "down "}, {uptime.Partial, "partly down "}, {uptime.Degraded, "degraded "},
		{uptime.Maintenance, "maintenance "}, {uptime.Unknown, "not observed "},
	} {
		if d[part.state] >= time.Second {
			parts = append(parts, part.word+tally(d[part.state]))
		}
	}
	if len(parts) == 0 {
		return "up"
	}
	return strings.Join(parts, ", ")
}

// bite is how far, in tenths of the bar, bad time bites into it: in proportion
// to the logarithm of its minutes, so that a minute shows and an hour is not
// lost beside a day. 1 to 10.
func bite(bad time.Duration) int {
	share := math.Log1p(bad.Minutes()) / math.Log1p(24*60)
	return min(max(int(math.Ceil(10*share)), 1), 10)
}

// hatched is how many tenths of the bar are hatched: unobserved time in plain
// proportion to the day, and never lost where it is a minute or more. 0 to 10.
func hatched(d daytime) int {
	unknown, total := d[uptime.Unknown], d.total()
	switch {
	case total == 0 || unknown == total:
		return 10
	case unknown < time.Minute:
		return 0
	}
	return min(max(int(10*unknown/total), 1), 9)
}

// barClass is the bar's class of the style sheet: nothing for a clean day.
func barClass(d daytime) string {
	var class []string
	switch state := d.worst(); state {
	case uptime.Down:
		class = append(class, "d", "x"+strconv.Itoa(bite(d[state])))
	case uptime.Partial:
		class = append(class, "p", "x"+strconv.Itoa(bite(d[state])))
	case uptime.Degraded:
		class = append(class, "g", "x"+strconv.Itoa(bite(d[state])))
	case uptime.Maintenance:
		class = append(class, "m", "x"+strconv.Itoa(bite(d[state])))
	case uptime.Unknown, uptime.Up:
	}
	switch o := hatched(d); o {
	case 0:
	case 10:
		class = append(class, "n")
	default:
		class = append(class, "o"+strconv.Itoa(o))
	}
	return strings.Join(class, " ")
}

// bars writes one bar a day, oldest first: a link with the day's words in it.
// Days before the page's first record are no link: there is no page to lead to.
// It writes dates and numbers only, so nothing in it needs escaping.
func bars(days []calendar.Day, times []daytime, began time.Time) string {
	var out strings.Builder
	out.Grow(64 * len(days))
	for i, day := range days {
		if began.IsZero() || !began.Before(day.To) {
			out.WriteString("<i></i>")
			continue
		}
		out.WriteString("<a ")
		if class := barClass(times[i]); class != "" {
			out.WriteString(`class="` + class + `" `)
		}
		date := day.Date.String()
		out.WriteString("href=/days/" + date + "><b>")
		out.WriteString(strconv.Itoa(day.Day) + " " + day.Month.String()[:3] + ": " + times[i].words())
		if i == len(days)-1 && !times[i].unseen() {
			out.WriteString(" so far")
		}
		out.WriteString("</b></a>")
	}
	return out.String()
}

// summary tells all bars in one sentence, for whoever does not see them.
func summary(days []calendar.Day, times []daytime) string {
	var down, unseen int
	for _, d := range times {
		switch {
		case d[uptime.Down]+d[uptime.Partial] > 0:
			down++
		case d.unseen():
			unseen++
		}
	}
	return count(len(days), "day") + ": " + strconv.Itoa(len(days)-down-unseen) + " without downtime, " +
		strconv.Itoa(down) + " with, " + strconv.Itoa(unseen) + " not observed"
}
