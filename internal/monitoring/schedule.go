package monitoring

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"
	"github.com/jonboulle/clockwork"

	"github.com/upheld/upheld/internal/uptime"
)

// schedule runs one gocron job a monitor. A job does no more than hand its
// monitor over: looks run in goroutines of their own, so that a slow target
// holds no job up and stopping waits for nobody.
type schedule struct {
	cron  gocron.Scheduler
	clock clockwork.Clock
	pulse *pulse
}

func newSchedule(clock clockwork.Clock) (*schedule, error) {
	if clock == nil {
		clock = newSteadyClock()
	}
	cron, err := gocron.NewScheduler(gocron.WithClock(clock), gocron.WithLocation(time.UTC))
	if err != nil {
		return nil, fmt.Errorf("start the scheduler: %w", err)
	}
	return &schedule{cron: cron, clock: clock, pulse: newPulse(clock)}, nil
}

// add runs task once an interval, first within one interval from now. The
// phase follows from the monitor's id, which spreads monitors evenly and gives
// each the same place in the interval after every restart. Task is told how
// late it runs; add tells how long the first run will be waited for.
//
// A run that was due while the process was stopped for an interval or more is
// left out: the next one is less than an interval away and in its own place,
// so that a stall is followed by no burst.
func (s *schedule) add(m uptime.Monitor, task func(late time.Duration)) (job uuid.UUID, wait time.Duration, err error) {
	phase := phaseOf(m.ID, m.Interval)
	now := s.clock.Now()
	first := now.Truncate(m.Interval).Add(phase)
	for !first.After(now.Add(5 * time.Millisecond)) {
		first = first.Add(m.Interval)
	}
	run := func() {
		now := s.clock.Now()
		since := now.Sub(first) % m.Interval
		if since < 0 || m.Interval-since < 5*time.Millisecond {
			since = 0 // a timer may fire a moment early
		}
		if !s.pulse.slept(now.Add(-since), m.Interval) {
			task(since)
		}
	}
	made, err := s.cron.NewJob(gocron.DurationJob(m.Interval), gocron.NewTask(run),
		gocron.WithStartAt(gocron.WithStartDateTimePast(first)))
	if err != nil {
		return uuid.UUID{}, 0, fmt.Errorf("schedule monitor %s: %w", m.ID, err)
	}
	return made.ID(), first.Sub(now), nil
}

func (s *schedule) remove(id uuid.UUID) { _ = s.cron.RemoveJob(id) } // gone already is as good

func (s *schedule) start() { s.cron.Start() }

func (s *schedule) stop() error { return s.cron.Shutdown() }

// phaseOf places a monitor in its interval, in whole milliseconds.
func phaseOf(id uptime.MonitorID, interval time.Duration) time.Duration {
	hash := fnv.New64a()
	hash.Write([]byte(id))
	steps := uint64(max(interval.Milliseconds(), 1))
	return time.Duration(mix(hash.Sum64())%steps) * time.Millisecond
}

// mix spreads hashes of names that differ in their last digit only.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return h
}
