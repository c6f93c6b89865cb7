package golden

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// backup has two kinds: daily, and freshness.
func backup(input json.RawMessage) (result, error) {
	var in struct {
		Kind, Tz   string
		Sites      map[string]string
		Days       []string
		Heartbeats []struct {
			Site string
			At   time.Time
			OK   bool
		}

		MaxAge    number   `json:"max_age_s"`
		Start     number   `json:"start_s"`
		End       number   `json:"end_s"`
		Successes []number `json:"successes_s"`
	}
	if err := decode(input, &in); err != nil {
		return nil, err
	}
	switch in.Kind {
	case "freshness":
		return freshness(append([]number{in.MaxAge, in.Start, in.End}, in.Successes...))
	case "daily":
	default:
		return nil, fmt.Errorf("unknown kind of backup %q", in.Kind)
	}
	zone, err := time.LoadLocation(in.Tz)
	if err != nil {
		return nil, err
	}
	var days []calendar.Day
	for _, text := range in.Days {
		date, err := calendar.ParseDate(text)
		if err != nil {
			return nil, err
		}
		days = append(days, calendar.DayOn(date, zone))
	}
	var jobs []uptime.Job
	var held []commitment.HeldCopy
	for _, name := range slices.Sorted(maps.Keys(in.Sites)) {
		job := uptime.Job{Monitor: uptime.MonitorID(name), Site: name, Datacentre: in.Sites[name], Zone: zone}
		jobs, held = append(jobs, job), append(held, commitment.HeldCopy{Job: job, Days: days})
	}
	var signals []uptime.Signal
	for _, h := range in.Heartbeats {
		s := uptime.Signal{Monitor: uptime.MonitorID(h.Site), At: h.At, Kind: uptime.Succeeded}
		if !h.OK {
			s.Kind = uptime.Failed
		}
		signals = append(signals, s)
	}
	return dailyResult(commitment.Daily(held, signals), commitment.Apart(uptime.HeartbeatTerms{Ask: uptime.Daily}, jobs, nil)), nil
}

// dailyResult counts the days that are kept: of copies that are too close none is.
func dailyResult(days []commitment.CopyDay, tooClose []commitment.Close) result {
	kept, missing := 0, unordered{}
	for _, day := range days {
		for _, gap := range day.Missing {
			missing = append(missing, []any{day.Date.String(), gap.Site})
		}
		if len(day.Missing)+len(tooClose) == 0 {
			kept++
		}
	}
	r := result{"compliant_days": kept, "total_days": len(days), "missing": missing, "attainment_pct": nil}
	if len(days) > 0 {
		r["attainment_pct"] = percent(big.NewRat(int64(kept), int64(len(days))))
	}
	return r
}

// freshness is handed the age, the window's start and end, and the successes. It
// asks the monitor that watches a job: the copy is stale while that fails, or has
// heard of no success at all. What the monitor says can change at a success and
// an age after it alone, so that it is asked once between any two of these.
func freshness(numbers []number) (result, error) {
	times, err := spans(numbers...)
	if err != nil {
		return nil, err
	}
	// A moment of the grace is over when the age is exceeded, and not when it is reached.
	age, grace, epoch := times[0], time.Nanosecond, time.Unix(0, 0)
	window := calendar.Span{From: epoch.Add(times[1]), To: epoch.Add(times[2])}
	var made []time.Time
	edges := []time.Time{window.From, window.To}
	for _, d := range times[3:] {
		at := epoch.Add(d)
		made, edges = append(made, at), append(edges, at, at.Add(age))
	}
	slices.SortFunc(edges, time.Time.Compare)
	heard := &said{since: window.From.Add(-age - time.Hour)}
	var now time.Time
	job := &probes.Heartbeat{Every: config.Duration(age), Grace: config.Duration(grace), Token: "the-token-of-the-vectors"}
	prober, err := job.Build(probes.Env{Signals: heard, Now: func() time.Time { return now }})
	if err != nil {
		return nil, err
	}
	var stale calendar.Spans
	for i, from := range edges[:len(edges)-1] {
		piece := calendar.Span{From: from, To: edges[i+1]}.Clip(window)
		if piece.Empty() {
			continue
		}
		now = piece.From.Add(piece.To.Sub(piece.From) / 2)
		heard.newest(made, now)
		if prober.Look(context.Background()).Outcome != uptime.Pass {
			stale = append(stale, piece)
		}
	}
	return result{"stale_s": availability.Seconds(stale.Total())}, nil
}

// said is what a job has said up to an instant, to somebody who listens since
// long before.
type said struct{ since, success time.Time }

func (s *said) newest(made []time.Time, now time.Time) {
	s.success = time.Time{}
	for _, at := range made {
		if !at.After(now) && at.After(s.success) {
			s.success = at
		}
	}
}

// Heard is what the monitor goes by.
func (s *said) Heard(uptime.MonitorID) probes.Heard {
	return probes.Heard{Succeeded: s.success, Listening: s.since}
}
