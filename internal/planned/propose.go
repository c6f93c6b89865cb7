package planned

import (
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// horizon is how far ahead a lawful start is looked for: rules that leave no
// room in a year leave none.
const horizon = 400

// Earliest is the first start at or after from, on a whole quarter of an hour,
// of a window of that length that breaks no promise if it is announced at now.
// False: there is none within a year.
func Earliest(rules uptime.PlanRules, length time.Duration, from, now time.Time) (time.Time, bool) {
	slots := Slots(rules, length, calendar.Span{From: from, To: now.AddDate(0, 0, horizon)}, now, 1)
	if len(slots) == 0 {
		return time.Time{}, false
	}
	return slots[0].From, true
}

// quarter is the grid that starts are proposed on.
const quarter = 15 * time.Minute

// Slots are the stretches within a span in which a window of that length breaks
// no promise if it is announced at now, the first most of them. Each begins on a
// whole quarter of an hour and is long enough for one window at least.
func Slots(rules uptime.PlanRules, length time.Duration, within calendar.Span, now time.Time, most int) []calendar.Span {
	if length <= 0 || within.Empty() {
		return nil
	}
	within.From = lawfulFrom(rules.Notices, within.From, now)
	var out []calendar.Span
	var end time.Time // of the newest slot
	// A week at a time: the first few are found soon.
	for at := within.From; at.Before(within.To); {
		piece := calendar.Span{From: at, To: at.AddDate(0, 0, 7)}
		// A slot that begins in the piece may reach out of it.
		wide := calendar.Span{From: piece.From, To: piece.To.Add(length + 7*24*time.Hour)}.Clip(within)
		at = piece.To
		for _, free := range (calendar.Spans{wide}).Subtract(forbidden(rules.Blackouts, wide)) {
			start := upTo(free.From)
			switch {
			case len(out) > 0 && !free.From.After(end): // goes on
				out[len(out)-1].To = uptime.Later(end, free.To)
			case len(out) == most:
				return out
			case !start.Before(piece.To) || free.To.Sub(start) < length:
				continue
			default:
				out = append(out, calendar.Span{From: start, To: free.To})
			}
			end = out[len(out)-1].To
			at = uptime.Later(at, end)
		}
	}
	return out
}

// lawfulFrom is the first start at or after from for which now is in time.
func lawfulFrom(rules []uptime.NoticeRule, from, now time.Time) time.Time {
	start := uptime.Later(from, now)
	for _, rule := range rules {
		first := now.Add(time.Duration(rule.Amount) * time.Hour)
		if rule.Unit == uptime.Days {
			zone := zoneOf(rule.Zone)
			first = onWall(now, calendar.DateOf(now, zone).AddDays(rule.Amount), zone)
		}
		start = uptime.Later(start, first)
	}
	// Days are counted back from the start, and a clock that was changed between
	// may make that an hour more than counting forward.
	for start = upTo(start); Deadline(rules, start).Before(now); {
		start = start.Add(quarter)
	}
	return start
}

func upTo(t time.Time) time.Time {
	if whole := t.Truncate(quarter); !whole.Equal(t) {
		return whole.Add(quarter)
	}
	return t
}
