package monitoring

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/internal/verdict"
)

// Canary is an address that is up whenever our own connection is.
type Canary interface {
	Look(ctx context.Context) bool
}

// canaryAge is how old the canaries' word may be when a failure is to be
// judged by it. canaryTime bounds one round of asking.
const (
	canaryAge  = 5 * time.Second
	canaryTime = 5 * time.Second
)

// uplink judges whether a failing look says something about its target or
// about our own connection (one vantage, three classes of network).
//
// With canaries, a class is blind while most of them fail and no target of the
// class has answered since. Without, it is blind when at least five of its
// monitors, and at least half, fail without an answer and none has been
// answered (the correlated-flip brake). Loopback has no uplink to lose.
type uplink struct {
	canaries []Canary
	ask      singleflight.Group

	mu      sync.Mutex
	classes [3]classHealth
	asked   time.Time
	answers []uptime.Outcome // of the canaries, when asked last
}

type classHealth struct {
	live    int                            // monitors of the class
	proof   time.Time                      // a target answered, if only with an error
	failing map[uptime.MonitorID]time.Time // fail without an answer, since when
	blind   bool
}

// opinion is what an uplink thinks of a failing look.
type opinion uint8

const (
	believe    opinion = iota // it is the target
	disbelieve                // it is us
	wait                      // cannot tell yet
)

func newUplink(canaries []Canary) *uplink {
	u := &uplink{canaries: canaries}
	for i := range u.classes {
		u.classes[i].failing = map[uptime.MonitorID]time.Time{}
	}
	return u
}

// watching tells how many monitors of each class there are.
func (u *uplink) watching(monitors []uptime.Monitor) {
	u.mu.Lock()
	defer u.mu.Unlock()
	known := map[uptime.MonitorID]bool{}
	for i := range u.classes {
		u.classes[i].live = 0
	}
	for _, m := range monitors {
		known[m.ID] = true
		u.classes[m.Class].live++
	}
	for i := range u.classes {
		for id := range u.classes[i].failing {
			if !known[id] {
				delete(u.classes[i].failing, id)
			}
		}
	}
}

// saw notes what a look tells of the connection, and whether its class has
// just come to see again.
func (u *uplink) saw(class uptime.Class, o uptime.Observation) (seesAgain bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := &u.classes[class]
	switch {
	case o.Outcome == uptime.Unseen:
	case unanswered(o):
		if _, known := c.failing[o.Monitor]; !known {
			c.failing[o.Monitor] = o.At
		}
	default:
		c.proof = o.At.Add(o.Took)
		delete(c.failing, o.Monitor)
		seesAgain, c.blind = c.blind, false
	}
	return seesAgain
}

// judge gives an opinion on a look that failed without an answer, in a run of
// failures that began at since, and tells whether the class has just come to be
// blind, or to see again. It may ask the canaries, and so take time.
func (u *uplink) judge(ctx context.Context, class uptime.Class, o uptime.Observation, since time.Time) (verdictOn opinion, turned bool) {
	if class == uptime.Loopback || !unanswered(o) {
		return believe, false
	}
	var answers []uptime.Outcome
	if class == uptime.Internet {
		answers = u.askCanaries(ctx)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	c := &u.classes[class]
	switch {
	case len(answers) > 0:
		if !verdict.Blind(answers, c.proof.After(o.At)) {
			// The connection is back, even where every target of ours is down.
			seesAgain := c.blind
			c.blind = false
			return believe, seesAgain
		}
	case c.live < 5 || c.proof.After(since):
		return believe, false
	case !verdict.Correlated(len(c.failing), c.live):
		return wait, false
	}
	turned, c.blind = !c.blind, true
	return disbelieve, turned
}

// blind tells which classes cannot be seen now.
func (u *uplink) blind() (classes [3]bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.classes {
		classes[i] = u.classes[i].blind
	}
	return classes
}

// askCanaries is what the canaries answer, asked at most once in canaryAge
// however many looks want to know.
func (u *uplink) askCanaries(ctx context.Context) []uptime.Outcome {
	if len(u.canaries) == 0 {
		return nil
	}
	answers, _, _ := u.ask.Do("", func() (any, error) {
		u.mu.Lock()
		held, fresh := u.answers, time.Since(u.asked) < canaryAge
		u.mu.Unlock()
		if fresh {
			return held, nil
		}
		asked := time.Now()
		held = lookAll(ctx, u.canaries)
		u.mu.Lock()
		u.asked, u.answers = asked, held
		u.mu.Unlock()
		return held, nil
	})
	return answers.([]uptime.Outcome)
}

func lookAll(ctx context.Context, canaries []Canary) []uptime.Outcome {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), canaryTime)
	defer cancel()
	answers := make([]uptime.Outcome, len(canaries))
	var looks sync.WaitGroup
	for i, c := range canaries {
		looks.Go(func() {
			answers[i] = uptime.Fail
			if c.Look(ctx) {
				answers[i] = uptime.Pass
			}
		})
	}
	looks.Wait()
	return answers
}

// unanswered tells whether a failure could come from our own connection: a
// refusal, a wrong status or a bad certificate was sent by somebody.
func unanswered(o uptime.Observation) bool {
	if o.Outcome != uptime.Fail {
		return false
	}
	switch o.Code {
	case uptime.TimedOut:
		return o.Phases[uptime.Connect] == 0
	case uptime.Unreachable, uptime.NameNotFound:
		return true
	}
	return false
}
