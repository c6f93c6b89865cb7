package web

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// answered is what the planner answered, as a page.
func (v visit) answered(a incidents.Answer, w wanted, moved bool) (*console.AnswerView, error) {
	page := v
	v.zone = w.zone // times are told by the clocks that they were entered in
	lawful := len(a.Broken) == 0
	view := &console.AnswerView{Lawful: lawful, Notes: w.notes, Verdict: "It keeps every promise."}
	if !lawful {
		view.Verdict = "It breaks " + uptime.Count(len(a.Broken), "promise") + "."
	}
	for _, b := range a.Broken {
		cell := console.Cell{Text: string(b.Commitment), Path: commitmentAddress(b.Commitment), Note: b.Text}
		if b.Commitment == "" {
			cell = console.Cell{Text: b.Text}
		}
		if says := v.saysOf(b.Commitment); says != "" {
			cell.Note = b.Text + ". Promised: “" + says + "”"
		}
		view.Broken = append(view.Broken, cell)
	}
	view.Notes = append(view.Notes, v.otherClocks(a.Plan, page.zone)...)
	v.proposals(view, a, lawful)
	view.Deadline, view.Late = v.deadline(a, moved)
	if !lawful && v.may(uptime.Publisher) {
		view.Override = &console.Field{
			Name: "override", Label: "Announce it all the same, because", Value: w.work.Override,
			Help: "The reason, your name and the broken promise are on the record and on the public page.",
		}
		if w.work.Override != "" {
			view.Notes = append(view.Notes, fmt.Sprintf("It would be announced all the same, by %s, with this reason for all to read: “%s”", v.by.Name, w.work.Override))
		}
	}
	view.Days = v.days(a)
	view.Forbidden, view.Costs, view.Channels = v.forbiddenTable(a), costTable(a.Costs), v.channelTable(a.Channels)
	if a.Notice.ID == "" {
		return view, nil
	}
	letter, err := v.Desk.Letter(v.ctx(), a.Notice)
	if err != nil {
		return nil, err
	}
	view.Subject, view.Plain, view.HTML = letter.Subject, letter.Plain, letter.HTML
	return view, nil
}

// saysOf is a promise in its own words; empty where it is not in force.
func (v visit) saysOf(id uptime.CommitmentID) string {
	all := v.Desk.Catalogue().Commitments(v.now)
	i := slices.IndexFunc(all, func(c uptime.Commitment) bool { return c.ID == id })
	if i < 0 || id == "" {
		return ""
	}
	return all[i].Says
}

// otherClocks tells the window by the clocks of the page and of the regions.
func (v visit) otherClocks(p uptime.Plan, page *time.Location) (notes []string) {
	last, told := p.Now(), []string{v.zone.String()}
	if last.From.IsZero() {
		return nil
	}
	tell := func(zone *time.Location, whose string) {
		if zone == nil || slices.Contains(told, zone.String()) {
			return
		}
		told = append(told, zone.String())
		from, to := last.From.In(zone), last.To.In(zone)
		text := from.Format("Mon 2 Jan 15:04")
		if !p.Change() {
			text += to.Format(" to 15:04")
		}
		notes = append(notes, whose+" it is "+text+from.Format(" MST")+".")
	}
	tell(page, "By the page's clock")
	for _, r := range v.Desk.Catalogue().Regions {
		if len(p.Regions) == 0 || slices.Contains(p.Regions, r.ID) {
			tell(r.Zone, "In "+r.Name)
		}
	}
	return notes
}

// proposals offers starts that keep every promise.
func (v visit) proposals(view *console.AnswerView, a incidents.Answer, lawful bool) {
	button := func(at time.Time, text string, plain bool) {
		view.Take = append(view.Take, console.Button{Name: "take", Value: at.UTC().Format(time.RFC3339), Text: text, Plain: plain})
	}
	told := func(at time.Time) string { return at.In(v.zone).Format("Mon 2 Jan 15:04 MST") }
	switch {
	case !a.Room && !lawful:
		view.TakeNote = "No start within a year keeps every promise."
	case a.Room && !lawful:
		view.TakeNote = "The earliest start that keeps every promise is " + told(a.Earliest) + "."
		button(a.Earliest, "Take this start: "+told(a.Earliest), false)
	}
	for _, slot := range a.Slots {
		if a.Room && slot.From.Equal(a.Earliest) && !lawful || slot.Contains(a.Plan.Now().From) {
			continue
		}
		button(slot.From, told(slot.From)+" (free for "+planned.Length(slot.Duration())+")", true)
	}
}

// deadline says by when how many have to be told.
func (v visit) deadline(a incidents.Answer, moved bool) (text string, late bool) {
	who := uptime.Count(a.Owed, "subscriber") + " are owed notice"
	if a.Owed == 1 {
		who = "1 subscriber is owed notice"
	}
	if moved {
		who = "This tells " + uptime.Count(a.Owed, "subscriber") + " again"
	}
	if a.Deadline.IsZero() || a.Deadline.Equal(a.Plan.Now().From) {
		return who + ". No promise says how long ahead.", false
	}
	by := a.Deadline.In(v.zone).Format("Mon 2 Jan 15:04 MST")
	if a.Left < 0 {
		return fmt.Sprintf("%s. It had to be announced by %s: that was %s ago.", who, by, planned.Length((-a.Left).Truncate(time.Minute))), true
	}
	return fmt.Sprintf("%s. Announce it by %s: %s left.", who, by, planned.Length(a.Left.Truncate(time.Minute))), false
}

// forbiddenTable lists the forbidden hours around the window, whose and why.
func (v visit) forbiddenTable(a incidents.Answer) console.Table {
	t := console.Table{Name: "Forbidden hours", Heads: []string{"Forbidden", "Whose", "Why"}, Empty: "No hours around it are forbidden."}
	window := planWindow(a.Plan)
	for _, f := range a.Forbidden {
		when := console.Cell{Text: f.From.In(v.zone).Format("Mon 2 Jan 15:04") + f.To.In(v.zone).Format(" to Mon 15:04 MST")}
		if overlap := f.Clip(window); !overlap.Empty() {
			when.Mark = console.Mark{Class: "down", Shape: "■", Text: planned.Length(overlap.Duration()) + " of it"}
		}
		t.Rows = append(t.Rows, []console.Cell{
			when, {Text: v.whose(f.Rule), Note: wallClock(f.Rule.From) + " to " + wallClock(f.Rule.To) + " in " + zoneText(f.Rule.Zone)},
			{Text: string(f.Rule.Commitment), Path: commitmentAddress(f.Rule.Commitment), Note: v.saysOf(f.Rule.Commitment)},
		})
	}
	return t
}

// whose are the hours of a rule.
func (v visit) whose(rule uptime.BlackoutRule) string {
	if rule.Region == "" {
		return "Everybody"
	}
	for _, r := range v.Desk.Catalogue().Regions {
		if r.ID == rule.Region {
			return r.Name
		}
	}
	return string(rule.Region)
}

func planWindow(p uptime.Plan) calendar.Span {
	last := p.Now()
	return calendar.Span{From: last.From, To: last.To}
}

func costTable(costs []incidents.Cost) console.Table {
	t := console.Table{
		Name: "Error budgets", Heads: []string{"Service", "Budget", "Used", "This window at worst", "Left after it"},
		Empty: "No service that it touches has an error budget.",
	}
	for _, c := range costs {
		left := console.Cell{Text: lengthOf(c.After)}
		if c.After != nil && c.After.Sign() < 0 {
			left = console.Cell{Mark: console.Mark{Class: "down", Shape: "■", Text: "overdrawn by " + lengthOf(new(big.Rat).Neg(c.After))}}
		}
		t.Rows = append(t.Rows, []console.Cell{{Text: c.Name, Note: string(c.Service)}, {Text: lengthOf(c.Budget)}, {Text: lengthOf(c.Used)}, {Text: lengthOf(c.Window)}, left})
	}
	return t
}

// lengthOf is a number of seconds in words.
func lengthOf(r *big.Rat) string {
	if r == nil {
		return "not known"
	}
	number, _ := r.Float64()
	return planned.Length(time.Duration(number * float64(time.Second)))
}

func (v visit) channelTable(all []uptime.Routed) console.Table {
	t := console.Table{Name: "Channels", Heads: []string{"Channel", "Would be told"}, Empty: "No channel would be told."}
	for _, r := range all {
		told := console.Cell{Text: "at once"}
		switch {
		case r.Held != "" && r.Due.IsZero():
			told = console.Cell{Text: "no: " + heldWhy(r.Held)}
		case r.Due.After(v.now):
			told = console.Cell{Text: "at", Time: v.moment(r.Due), Note: heldWhy(r.Held)}
		}
		t.Rows = append(t.Rows, []console.Cell{{Text: r.Channel}, told})
	}
	return t
}

// mostDays are drawn at most.
const mostDays = 10

// days draws the days around the window, by the clocks of the form's zone.
func (v visit) days(a incidents.Answer) console.DaysView {
	view := console.DaysView{Name: "The days around the window, in " + v.zone.String()}
	window := planWindow(a.Plan)
	if a.Plan.Change() || window.Empty() {
		return console.DaysView{}
	}
	from, to := window.From, window.To
	early := calendar.Span{}
	if a.Room && !a.Earliest.Equal(window.From) {
		early = calendar.Span{From: a.Earliest, To: a.Earliest.Add(window.Duration())}
		if early.From.Before(from) {
			from = early.From
		}
		if early.To.After(to) {
			to = early.To
		}
	}
	within := calendar.Span{From: from.AddDate(0, 0, -1), To: to.AddDate(0, 0, 1)}
	for i, day := range calendar.Days(within, v.zone) {
		if i == mostDays {
			break
		}
		row := console.DayRow{Name: day.From.In(v.zone).Format("Mon 2 Jan")}
		for _, slot := range a.Slots {
			v.bar(&row, day.Span, slot, "free", "Free")
		}
		for _, f := range a.Forbidden {
			v.bar(&row, day.Span, f.Span, "forb", "Forbidden for "+v.whose(f.Rule))
		}
		v.bar(&row, day.Span, early, "early", "Earliest that keeps every promise")
		v.bar(&row, day.Span, window, "win", "This window")
		if row.Text = strings.TrimSuffix(row.Text, "; "); row.Text == "" {
			row.Text = "nothing"
		}
		view.Rows = append(view.Rows, row)
	}
	return view
}

// bar draws the part of a stretch that lies in a day.
func (v visit) bar(row *console.DayRow, day, stretch calendar.Span, class, title string) {
	part := stretch.Clip(day)
	if part.Empty() {
		return
	}
	from, to := v.minuteOf(part.From), v.minuteOf(part.To)
	if !part.To.Before(day.To) {
		to = 24 * 60
	}
	if from > to { // within the hour that occurs twice
		from, to = to, from
	}
	said := fmt.Sprintf("%s %s to %s", title, wallClock(time.Duration(from)*time.Minute), wallClock(time.Duration(to)*time.Minute))
	row.Bars = append(row.Bars, console.Bar{Class: class, From: from, To: max(to, from+4), Title: said})
	row.Text += said + "; "
}

func (v visit) minuteOf(t time.Time) int {
	local := t.In(v.zone)
	return local.Hour()*60 + local.Minute()
}
