package verdict

import (
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// run is the looks of one kind that end with the newest look, without a gap.
type run struct {
	n     int
	since time.Time
	code  uptime.Code
}

func (r *run) take(belongs bool, o uptime.Observation) {
	if !belongs {
		*r = run{}
		return
	}
	if r.n++; r.n == 1 {
		r.since, r.code = o.At, o.Code
	}
}

// count takes a look into the runs: one that belongs prolongs a run, one that
// does not ends it.
func (m *Machine) count(o uptime.Observation) {
	fails := o.Outcome == uptime.Fail
	m.failing.take(fails, o)
	m.working.take(!fails, o)
	m.slow.take(o.Outcome == uptime.Slow, o)
	m.swift.take(o.Outcome == uptime.Pass, o)
}

// void forgets every run.
func (m *Machine) void() {
	m.failing, m.working, m.slow, m.swift = run{}, run{}, run{}, run{}
}
