package statuspage

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// barDays is how many days a component shows; a narrow screen hides the older.
const barDays = 90

// unseen tells that nothing was observed on the day.
func unseen(b availability.Bar) bool { return b.Observed() == 0 }

// clean tells that the component was up, and observed, for as long as the day
// has lasted.
func clean(b availability.Bar) bool {
	return b.Up > 0 && b.Up == b.Observed() && b.Unknown == 0 && b.Excluded == 0
}

// inState is how long the day was in a state that hurts.
func inState(b availability.Bar, s uptime.State) time.Duration {
	switch s {
	case uptime.Down:
		return b.Down
	case uptime.Partial:
		return b.Partial
	case uptime.Degraded:
		return b.Degraded
	case uptime.Unknown, uptime.Up, uptime.Maintenance:
	}
	return 0
}

// barWords tell the day in a clause: "up", "down 34 m, not observed 2 h".
func barWords(b availability.Bar) string {
	var parts []string
	switch {
	case unseen(b):
		parts = append(parts, "not observed")
	case b.Observed() == b.Up:
		parts = append(parts, "up")
	}
	for _, part := range []struct {
		word string
		time time.Duration
		from time.Duration // what is shorter is not worth a word
	}{
		{"down ", b.Down, 1}, {"partly down ", b.Partial, 1}, {"degraded ", b.Degraded, 1}, {"not observed ", b.Unknown, time.Second},
	} {
		if part.time >= part.from && !unseen(b) {
			parts = append(parts, part.word+lost(part.time))
		}
	}
	if b.Excluded > 0 {
		parts = append(parts, tally(b.Excluded)+" excluded: announced work")
	}
	return strings.Join(parts, ", ")
}

// barMark is a day's state: the worst that was seen, or that some of it was not
// seen.
func barMark(b availability.Bar) Mark {
	m := mark(b.Worst())
	if b.Worst() == uptime.Up && hatched(b) > 0 {
		m = mark(uptime.Unknown)
	}
	m.Word = capital(barWords(b))
	return m
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
func hatched(b availability.Bar) int {
	switch {
	case unseen(b):
		return 10
	case b.Unknown < time.Minute:
		return 0
	}
	return min(max(int(10*b.Unknown/(b.Observed()+b.Unknown)), 1), 9)
}

// agreedTenths is how many tenths of the bar are hatched in the ink of announced
// work: in proportion to the root of its share of the day, so that an hour can be
// seen. 0 to 10.
func agreedTenths(b availability.Bar) int {
	if b.Excluded <= 0 {
		return 0
	}
	share := math.Sqrt(b.Excluded.Hours() / 24)
	return min(max(int(math.Ceil(10*share)), 2), 10)
}

// barClass is the bar's class of the style sheet: nothing for a clean day.
func barClass(b availability.Bar) string {
	var class []string
	letters := map[uptime.State]string{uptime.Down: "d", uptime.Partial: "p", uptime.Degraded: "g"}
	worst := b.Worst()
	if letter := letters[worst]; letter != "" {
		class = append(class, letter, "x"+strconv.Itoa(bite(inState(b, worst))))
	}
	switch o := hatched(b); o {
	case 0:
	case 10:
		class = append(class, "n")
	default:
		class = append(class, "o"+strconv.Itoa(o))
	}
	if e := agreedTenths(b); e > 0 {
		class = append(class, "e"+strconv.Itoa(e))
	}
	return strings.Join(class, " ")
}

// barDay is one day's part of every component's bars, written once for all of
// them.
type barDay struct {
	linked bool
	clean  string // the whole bar of a day that was up
	class  string // what stands before and
	words  string // after the class of any other
	end    string // what stands after its words
}

// barDaysOf prepares the bars of the days, oldest first; the last one is today.
// Days before the page's first record are no link: there is no page to lead to.
func barDaysOf(days []calendar.Day, began time.Time) []barDay {
	out := make([]barDay, len(days))
	for i, day := range days {
		end := "</b></a>"
		if i == len(days)-1 {
			end = " so far" + end
		}
		words := "href=/days/" + day.Date.String() + "><b>" + dateText(day.Date, "2 Jan") + ": "
		out[i] = barDay{
			linked: !began.IsZero() && began.Before(day.To),
			clean:  "<a " + words + "up" + end,
			class:  `<a class="`,
			words:  `" ` + words,
			end:    end,
		}
	}
	return out
}

// barLinks writes one bar a day, oldest first: a link with the day's words in
// it. It writes dates and numbers only, so nothing in it needs escaping.
func barLinks(days []barDay, bars []availability.Bar) string {
	var out strings.Builder
	out.Grow(64 * len(bars))
	for i, bar := range bars {
		day := &days[i]
		switch {
		case !day.linked:
			out.WriteString("<i></i>")
		case clean(bar):
			out.WriteString(day.clean)
		default:
			out.WriteString(day.class)
			out.WriteString(barClass(bar))
			out.WriteString(day.words)
			out.WriteString(barWords(bar))
			out.WriteString(day.end)
		}
	}
	return out.String()
}

// summary tells all bars in one sentence, for whoever does not see them.
func summary(bars []availability.Bar) string {
	var down, dark, worked int
	for _, b := range bars {
		if b.Excluded > 0 {
			worked++
		}
		switch {
		case b.Down+b.Partial > 0:
			down++
		case unseen(b):
			dark++
		}
	}
	text := uptime.Count(len(bars), "day") + ": " + strconv.Itoa(len(bars)-down-dark) + " without downtime, " +
		strconv.Itoa(down) + " with, " + strconv.Itoa(dark) + " not observed"
	if worked > 0 {
		text += ", " + strconv.Itoa(worked) + " with announced work excluded"
	}
	return text
}
