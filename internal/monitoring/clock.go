package monitoring

import (
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// steadyClock is the clock that gocron schedules by: wall time at the start
// plus the monotonic time since. gocron compares wall readings; with its own
// clock an hour's step back stops every job for that hour, and a year's step
// forward spins a core.
type steadyClock struct {
	clockwork.Clock
	start time.Time
}

func newSteadyClock() steadyClock {
	return steadyClock{Clock: clockwork.NewRealClock(), start: time.Now()}
}

func (c steadyClock) Now() time.Time                  { return c.start.Add(time.Since(c.start)) }
func (c steadyClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }
func (c steadyClock) Until(t time.Time) time.Duration { return t.Sub(c.Now()) }

// stepTolerance is how far the wall clock may be set back before its readings
// are refused. Smaller corrections are waited out.
const stepTolerance = 5 * time.Second

// dater dates observations. It follows the wall clock forwards (a suspended
// machine wakes to the right time, and the gap is seen) and never runs
// backwards: a clock that is set back by more than stepTolerance is not
// believed until it has caught up, because time that was published is not
// lived through twice.
type dater struct {
	read func() (wall time.Time, steady time.Duration) // two clocks, read together

	mu     sync.Mutex
	wall   time.Time     // the newest wall time that was believed, UTC
	steady time.Duration // the steady reading that went with it
	told   time.Time     // the newest answer of Now
}

func newDater(wall func() time.Time) *dater {
	start := time.Now()
	return newDaterOf(func() (time.Time, time.Duration) {
		now := time.Now()
		if wall != nil {
			return wall().Round(0), now.Sub(start)
		}
		return now.Round(0), now.Sub(start)
	})
}

func newDaterOf(read func() (time.Time, time.Duration)) *dater {
	wall, steady := read()
	return &dater{read: read, wall: wall.UTC(), steady: steady}
}

// Now is the time to write down, in UTC, to the millisecond. It never
// decreases.
func (d *dater) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = later(d.told, d.dated().Truncate(time.Millisecond))
	return d.told
}

func (d *dater) dated() time.Time {
	wall, steady := d.read()
	own := d.wall.Add(steady - d.steady)
	switch lag := own.Sub(wall); {
	case lag > stepTolerance: // set back: keep to our own time
		return own
	case wall.Before(d.wall): // corrected a little: wait for it
		return d.wall
	}
	d.wall, d.steady = wall.UTC(), steady
	return d.wall
}

// follow makes what another process has dated the past: where the clock was set
// back between the two, time goes on from there. It answers how far that is
// ahead of the clock.
func (d *dater) follow(newest time.Time) (ahead time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wall, steady := d.read()
	if ahead = newest.Sub(wall); ahead > 0 {
		d.wall, d.steady = newest.UTC(), steady
	}
	return ahead
}

// Behind is how far the wall clock lags behind what was published, zero in
// the ordinary case.
func (d *dater) Behind() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	wall, steady := d.read()
	return max(0, d.wall.Add(steady-d.steady).Sub(wall))
}
