package monitoring

import (
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// A configuration that comes while the decider looks around makes the incident
// graver all the same: then, or the next time.
func TestAComponentRegradedWhileTheDeciderLooksAroundIsNotForgotten(t *testing.T) {
	for moment := 1; moment <= 4; moment++ {
		d := decidingFor(t, componentOf("api", uptime.Important))
		d.is("api", uptime.Down)
		d.clock = d.clock.Add(time.Minute)
		asked := 0
		d.now = func() time.Time {
			if asked++; asked == moment {
				d.watching(uptime.Catalogue{Components: []uptime.Component{componentOf("api", uptime.Critical)}})
			}
			return d.clock
		}
		for range 5 {
			d.clock = d.clock.Add(time.Minute)
			d.settle(t.Context())
		}
		d.check()
		if open := d.book.open(); asked < moment || len(open) != 1 || open[0].Tier != 1 {
			t.Errorf("configured when the time was asked for the %d. time of %d: %+v", moment, asked, open)
		}
	}
}
