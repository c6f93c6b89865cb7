package monitoring

import (
	"testing"
	"time"
)

func TestDaterNeverRunsBackwards(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	type reading struct {
		steady, wall time.Duration // since noon
		want         time.Duration
		behind       time.Duration
	}
	for name, readings := range map[string][]reading{
		"both run": {{time.Second, time.Second, time.Second, 0}},
		"set back by an hour, and caught up": {
			{10 * time.Second, 10 * time.Second, 10 * time.Second, 0},
			{20 * time.Second, 20*time.Second - time.Hour, 20 * time.Second, time.Hour},
			{30 * time.Minute, -30 * time.Minute, 30 * time.Minute, time.Hour},
			{31 * time.Minute, 31 * time.Minute, 31 * time.Minute, 0},
		},
		"corrected by a second is waited out": {
			{10 * time.Second, 10 * time.Second, 10 * time.Second, 0},
			{10500 * time.Millisecond, 9500 * time.Millisecond, 10 * time.Second, time.Second},
			{11100 * time.Millisecond, 10100 * time.Millisecond, 10100 * time.Millisecond, 0},
		},
		"set back, and set on again to a little less": {
			{10 * time.Second, 10 * time.Second, 10 * time.Second, 0},
			{60 * time.Second, 40 * time.Second, 60 * time.Second, 20 * time.Second},
			{61 * time.Second, 58 * time.Second, 60 * time.Second, 0},
			{64 * time.Second, 61 * time.Second, 61 * time.Second, 0},
		},
		"suspended for a day": {
			{time.Second, time.Second, time.Second, 0},
			{2 * time.Second, 24 * time.Hour, 24 * time.Hour, 0},
			{3 * time.Second, 24*time.Hour + time.Second, 24*time.Hour + time.Second, 0},
		},
		"set on by a year": {
			{time.Second, 365 * 24 * time.Hour, 365 * 24 * time.Hour, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := reading{}
			d := newDaterOf(func() (time.Time, time.Duration) { return noon.Add(now.wall), now.steady })
			last := noon
			for _, now = range readings {
				got := d.Now()
				if want := noon.Add(now.want); !got.Equal(want) {
					t.Errorf("at steady %v, wall %v: dated %v, want %v", now.steady, now.wall, got, want)
				}
				if got.Before(last) {
					t.Errorf("dated %v after %v", got, last)
				}
				if behind := d.Behind(); behind != now.behind {
					t.Errorf("at steady %v: behind %v, want %v", now.steady, behind, now.behind)
				}
				last = got
			}
		})
	}
}
