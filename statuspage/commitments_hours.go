package statuspage

import (
	"cmp"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// opening is whether somebody is there at an instant, and until or from when.
type opening struct {
	open    bool
	always  bool
	turns   time.Time // when it closes or opens next; zero: never
	holiday string    // that closes it today; may be empty
	// beyond: the list of public holidays ends before, so that the week alone says
	// so, and a holiday is not known.
	beyond bool
}

// business are a promise's hours as a calendar.
func business(h uptime.BusinessHours) calendar.Business {
	out := calendar.Business{ID: h.Calendar, Zone: cmp.Or(h.Zone, time.UTC), Always: h.Always}
	for _, w := range h.Week {
		out.Hours = append(out.Hours, calendar.Hours{Days: w.Days, From: w.From, To: w.To})
	}
	var days []calendar.Holiday
	for _, c := range h.Closed {
		if date, err := calendar.ParseDate(c.Date); err == nil {
			days = append(days, calendar.Holiday{Date: date, Name: c.Name})
		}
	}
	out.Holidays = calendar.NewHolidays(h.Calendar, "", calendar.Date{}, days)
	return out
}

// openingAt looks the hours up at now.
func openingAt(h uptime.BusinessHours, now time.Time) opening {
	b := business(h)
	o := opening{open: b.Open(now), always: b.Always}
	if o.always {
		return o
	}
	if o.open {
		o.turns, _ = b.Closes(now)
	} else {
		o.turns, _ = b.NextOpen(now)
	}
	today := calendar.DateOf(now, b.Zone)
	if holiday, is := b.Holidays.On(today); is {
		o.holiday = holiday.Name
	}
	if until, ends := b.Holidays.Until(); ends {
		o.beyond = until.Before(today)
	}
	return o
}

// turns is when the next of all hours that promises name begin or end: from then
// on the page would tell what is over. Zero: never.
func (b *book) turns() time.Time {
	var next time.Time
	for _, c := range b.in.Catalogue.Commitments(b.now) {
		if c.Support == nil {
			continue
		}
		if at := openingAt(*c.Support, b.now).turns; !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// opening is what a reader is told of it; nil: nothing says when somebody is
// there. It is green only where somebody can be reached, as far as is known.
func (b *book) opening(st uptime.Standing) *OpenView {
	h := st.Commitment.Support
	if h == nil {
		return nil
	}
	o := openingAt(*h, b.now)
	v := &OpenView{Mark: Mark{"unk", "○", "closed now"}, Turn: "opens", Holiday: isolate(o.holiday)}
	if o.open {
		v.Mark, v.Turn = Mark{"up", "●", "open now"}, "closes"
	}
	switch {
	case o.always:
		v.Word, v.Turn = "open now, as at every hour", ""
	case o.turns.IsZero():
		v.Turn = ""
	default:
		stamp := clock{cmp.Or(h.Zone, time.UTC), b.now}.day(o.turns)
		v.At = &stamp
		if there, differs := calendar.InSydney(o.turns, h.Zone); differs {
			v.Beside = there.Format("15:04 MST in Sydney")
		}
	}
	if st.Verdict == uptime.InsufficientData || st.Verdict == uptime.NotMeasured {
		v.Class = "unk"
	}
	if o.beyond && o.open {
		v.Mark = Mark{"unk", "○", "open unless today is a public holiday, of which none is listed any more"}
	}
	return v
}

// day names the weekday and the date where they are not today's.
func (c clock) day(at time.Time) Stamp {
	local, today := at.In(c.zone), c.now.In(c.zone)
	switch {
	case local.Format(time.DateOnly) == today.Format(time.DateOnly):
		return c.stamp(at, "15:04 MST")
	case local.Year() == today.Year():
		return c.stamp(at, "Mon 2 Jan, 15:04 MST")
	}
	return c.stamp(at, "Mon 2 Jan 2006, 15:04 MST")
}

// supportTerms are the hours in words, and the holidays of the next twelve months.
func (b *book) supportTerms(h *uptime.BusinessHours) []Named {
	if h == nil || h.Always {
		return nil
	}
	zone := cmp.Or(h.Zone, time.UTC)
	var out []Named
	for _, w := range h.Week {
		out = append(out, Named{"Somebody is there", faceText(w.From, w.To) + ", " + weekdayWords(w.Days) + ", by the clocks of " + zoneName(zone) + " (" + b.now.In(zone).Format("MST") + ")"})
	}
	today, year := b.now.In(zone).Format(time.DateOnly), b.now.In(zone).AddDate(1, 0, 0).Format(time.DateOnly)
	var closed []string
	for _, c := range h.Closed {
		date, err := calendar.ParseDate(c.Date)
		if err != nil || c.Date < today || c.Date >= year {
			continue
		}
		closed = append(closed, calendar.Midnight(date, time.UTC).Format("Mon 2 Jan 2006")+", "+isolate(c.Name))
	}
	if len(closed) > 0 {
		out = append(out, Named{"Closed on", strings.Join(closed, "; ")})
	}
	if n := len(h.Closed); n > 0 && h.Closed[n-1].Date < year {
		out = append(out, Named{"Not known", "public holidays after " + h.Closed[n-1].Date + ", where the list ends"})
	}
	return out
}

// jsonHours is whether somebody is there, at the instant of as_of.
type jsonHours struct {
	Calendar string `json:"calendar"`
	Zone     string `json:"time_zone"`
	Open     bool   `json:"open"`
	Closes   string `json:"closes_at,omitempty"` // of what is open; none: never
	Opens    string `json:"opens_at,omitempty"`  // of what is closed
	Holiday  string `json:"holiday,omitempty"`   // that closes it today
	// Beyond: the list of public holidays is over, so that one today is not known.
	Beyond bool `json:"holidays_not_known,omitempty"`
}

func (b *book) hoursJSON(h *uptime.BusinessHours) *jsonHours {
	if h == nil {
		return nil
	}
	o := openingAt(*h, b.now)
	out := &jsonHours{Calendar: h.Calendar, Zone: zoneName(cmp.Or(h.Zone, time.UTC)), Open: o.open, Holiday: o.holiday, Beyond: o.beyond}
	if o.open {
		out.Closes = instant(o.turns)
	} else {
		out.Opens = instant(o.turns)
	}
	return out
}
