package main

import (
	"math"
	"slices"
	"sync"
	"time"
)

// arrivals notes when each address was asked. Addresses are numbered from 0.
type arrivals struct {
	mu          sync.Mutex
	at          [][]time.Time
	connections int
}

// note adds one request for the address.
func (a *arrivals) note(id int, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if id >= len(a.at) {
		a.at = append(a.at, make([][]time.Time, id+1-len(a.at))...)
	}
	a.at[id] = append(a.at[id], at)
}

// connected counts one new connection.
func (a *arrivals) connected() {
	a.mu.Lock()
	a.connections++
	a.mu.Unlock()
}

// reset forgets everything.
func (a *arrivals) reset() {
	a.mu.Lock()
	a.at, a.connections = nil, 0
	a.mu.Unlock()
}

// stats is what the target saw since the last reset. The deviations are how far
// the time between two requests for the same address was from the interval.
type stats struct {
	Addresses    int     `json:"addresses"` // asked at least once
	Requests     int     `json:"requests"`
	Connections  int     `json:"connections"`
	DeviationP50 float64 `json:"deviation_p50_ms"`
	DeviationP99 float64 `json:"deviation_p99_ms"`
	DeviationMax float64 `json:"deviation_max_ms"`
}

// stats summarises the addresses below the limit; 0 means all.
func (a *arrivals) stats(interval time.Duration, limit int) stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := stats{Connections: a.connections}
	var deviations []float64
	for id, times := range a.at {
		if len(times) == 0 || limit > 0 && id >= limit {
			continue
		}
		out.Addresses++
		out.Requests += len(times)
		for i := 1; i < len(times); i++ {
			off := times[i].Sub(times[i-1]) - interval
			deviations = append(deviations, math.Abs(float64(off)/float64(time.Millisecond)))
		}
	}
	slices.Sort(deviations)
	out.DeviationP50 = percentile(deviations, 50)
	out.DeviationP99 = percentile(deviations, 99)
	out.DeviationMax = percentile(deviations, 100)
	return out
}

// percentile is the nearest-rank percentile of sorted values, 0 without any.
func percentile(sorted []float64, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

// median of the values; it sorts a copy.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return math.NaN()
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
