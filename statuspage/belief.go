package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// believed is one monitor's history up to now, with what the record does not
// hold yet: its open end is told only for as long as the newest look vouches
// for it, and a state that memory knows and the record does not is added.
// What no segment covers is unknown. recorded is sorted by From.
func believed(recorded []uptime.Segment, health uptime.Health, interval time.Duration, now time.Time) []uptime.Segment {
	line := slices.Clone(recorded)
	if tail, lags := unrecorded(recorded, health); lags {
		if n := len(line); n > 0 && line[n-1].To.IsZero() {
			line[n-1].To = tail.From
		}
		line = append(line, tail)
	}
	until := vouched(health, interval, now)
	kept := line[:0]
	for i, seg := range line {
		if seg.To.IsZero() {
			seg.To = until
			if i+1 < len(line) {
				seg.To = line[i+1].From
			}
		}
		if seg.To.After(now) {
			seg.To = now
		}
		if seg.From.Before(seg.To) {
			kept = append(kept, seg)
		}
	}
	return kept
}

// vouched is the instant up to which the newest look vouches for a monitor's
// open state: now, or where that look is too old, one interval after it. A
// monitor that nobody knows a look of vouches for nothing.
func vouched(health uptime.Health, interval time.Duration, now time.Time) time.Time {
	if now.Before(health.Expires) {
		return now
	}
	if health.Checked.IsZero() {
		return time.Time{}
	}
	return health.Checked.Add(interval)
}

// unrecorded is the newest state, still open, where memory knows it and the
// record does not: the record lags by a second, or cannot be written.
func unrecorded(recorded []uptime.Segment, health uptime.Health) (uptime.Segment, bool) {
	if health.Checked.IsZero() {
		return uptime.Segment{}, false
	}
	from := health.Since
	if n := len(recorded); n > 0 {
		last := recorded[n-1]
		switch {
		case last.To.IsZero() && (last.State == health.State || !from.After(last.From)):
			return uptime.Segment{}, false // recorded, or the record is newer
		case !last.To.IsZero() && from.Before(last.To):
			// The state is older than a gap that the record knows: after the gap
			// only the newest look vouches.
			from = uptime.Later(health.Checked, last.To)
		}
	}
	return uptime.Segment{
		Monitor: health.Monitor, Vantage: health.Vantage, From: from,
		State: health.State, Code: health.Last.Code,
	}, true
}
