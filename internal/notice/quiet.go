package notice

import (
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// Until tells whether t lies in the quiet hours, and when they end. Both ends
// are readings of the clock on the wall, resolved as everywhere in this program:
// one that occurs twice means its first occurrence, one that is skipped is read
// with the offset before the gap.
func (q Quiet) Until(t time.Time) (end time.Time, quiet bool) {
	if q.From == q.To {
		return time.Time{}, false
	}
	zone := q.Zone
	if zone == nil {
		zone = time.UTC
	}
	today := calendar.DateOf(t, zone)
	for back := range 3 { // they last under a day, and a zone may have skipped one
		hours := q.begun(today.AddDays(-back), zone)
		if hours.Contains(t) && hours.To.After(end) {
			end, quiet = hours.To, true
		}
	}
	return end.UTC(), quiet
}

// begun are the quiet hours that begin on the day.
func (q Quiet) begun(day calendar.Date, zone *time.Location) calendar.Span {
	from, _ := calendar.Resolve(day, q.From, zone)
	if q.To < q.From {
		day = day.AddDays(1)
	}
	to, _ := calendar.Resolve(day, q.To, zone)
	return calendar.Span{From: from, To: to}
}

// quiet tells whether the channel is left alone now, and until when. A test is
// sent by somebody who waits for it.
func (c Channel) quiet(e Event, now time.Time) (end time.Time, quiet bool) {
	tier := e.Incident.Tier
	if e.Incident.ID == "" {
		tier = e.Tier
	}
	grave := tier > 0 && c.Quiet != nil && tier <= c.Quiet.Except
	if c.Quiet == nil || grave || e.Reason == uptime.TestOfChannel {
		return time.Time{}, false
	}
	return c.Quiet.Until(now)
}
