package store

import "time"

// The database holds instants as milliseconds since 1970 UTC: the same number
// in both dialects, whatever zone the time was handed in with, and half of what
// a timestamp takes in SQLite. What is finer than a millisecond is cut off, for
// the end of one segment as for the beginning of the next.

func toMillis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// toMillisOrNull is for instants that have not come yet.
func toMillisOrNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := toMillis(t)
	return &ms
}

func fromMillisOrNull(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return fromMillis(*ms)
}

const (
	hour = int64(time.Hour / time.Millisecond)
	day  = 24 * hour // of UTC, which knows no other
)

// startOf is the beginning of the hour or the day that an instant lies in.
func startOf(ms, length int64) int64 {
	rest := ms % length
	if rest < 0 {
		rest += length
	}
	return ms - rest
}
