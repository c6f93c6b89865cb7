package statuspage

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// sampleNow is a Saturday, 14:14:16 in Brisbane.
var sampleNow = time.Date(2026, 11, 21, 4, 14, 16, 0, time.UTC)

func sampleZone() *time.Location {
	zone, err := time.LoadLocation("Australia/Brisbane")
	if err != nil {
		panic(err)
	}
	return zone
}

// sample is a world to make pages of.
type sample struct{ in Inputs }

func newSample() *sample {
	return &sample{Inputs{
		Catalogue: uptime.Catalogue{Page: uptime.Page{Name: "Example", URL: "https://status.example.org", Zone: sampleZone()}},
		Version:   "1.0.0",
	}}
}

// add adds a component with one monitor that has been up since then.
func (s *sample) add(name, group string, importance uptime.Importance, since time.Time) uptime.ComponentID {
	n := len(s.in.Catalogue.Components)
	id := uptime.ComponentID(fmt.Sprintf("part-%d", n))
	monitor := uptime.MonitorID(fmt.Sprintf("monitor-%d", n))
	s.in.Catalogue.Components = append(s.in.Catalogue.Components, uptime.Component{
		ID: id, Name: name, Group: group, Importance: importance, Monitors: []uptime.MonitorID{monitor},
	})
	s.in.Catalogue.Monitors = append(s.in.Catalogue.Monitors, uptime.Monitor{
		ID: monitor, Component: id, Type: "http", Interval: 30 * time.Second, Timeout: 5 * time.Second, Grace: 15 * time.Second,
		Confirm: uptime.Confirmation{Failures: 3, Successes: 2, Retry: 10 * time.Second},
	})
	if since.IsZero() {
		s.in.Healths = append(s.in.Healths, uptime.Health{Monitor: monitor, Vantage: uptime.Local})
		return id
	}
	s.in.Segments = append(s.in.Segments, uptime.Segment{
		Monitor: monitor, Vantage: uptime.Local, From: since, State: uptime.Up, Code: uptime.OK,
	})
	s.in.Healths = append(s.in.Healths, uptime.Health{
		Monitor: monitor, Vantage: uptime.Local, State: uptime.Up, Since: since,
		Checked: sampleNow.Add(-8 * time.Second), Expires: sampleNow.Add(42 * time.Second),
	})
	return id
}

// was writes a stretch of another state over the newest segment, which then
// goes on after it. A zero length lasts until now and on.
func (s *sample) was(id uptime.ComponentID, state uptime.State, from time.Time, length time.Duration, code uptime.Code) {
	monitor := s.monitorOf(id)
	i := s.openOf(monitor)
	before := s.in.Segments[i]
	s.in.Segments[i].To = from
	s.in.Segments = append(s.in.Segments, uptime.Segment{Monitor: monitor, Vantage: uptime.Local, From: from, State: state, Code: code})
	if length > 0 {
		s.in.Segments[len(s.in.Segments)-1].To = from.Add(length)
		before.From = from.Add(length)
		s.in.Segments = append(s.in.Segments, before)
		state, from = before.State, before.From
	}
	for h := range s.in.Healths {
		if s.in.Healths[h].Monitor == monitor {
			s.in.Healths[h].State, s.in.Healths[h].Since = state, from
		}
	}
}

func (s *sample) monitorOf(id uptime.ComponentID) uptime.MonitorID {
	for _, m := range s.in.Catalogue.Monitors {
		if m.Component == id {
			return m.ID
		}
	}
	panic("no such component: " + id)
}

func (s *sample) openOf(id uptime.MonitorID) int {
	for i, seg := range s.in.Segments {
		if seg.Monitor == id && seg.To.IsZero() {
			return i
		}
	}
	panic("no open segment: " + id)
}

// sampleBad is a bad hour: one thing down, one slow, one not observed.
func sampleBad() Inputs {
	s := newSample()
	long := sampleNow.AddDate(0, 0, -200)
	signIn := s.add("Sign-in", "Platform", uptime.Critical, long)
	payroll := s.add("Payroll", "Platform", uptime.Critical, long)
	surveys := s.add("Surveys", "Platform", uptime.Important, long)
	s.add("1-1s and job chats", "Platform", uptime.Important, long)
	export := s.add("Payroll export", "Background jobs", uptime.NonEssential, sampleNow.AddDate(0, 0, -40))
	backup := s.add("Nightly backup", "Background jobs", uptime.Important, sampleNow.AddDate(0, 0, -3))
	s.add("Search", "Background jobs", uptime.Important, time.Time{})

	day := 24 * time.Hour
	s.was(signIn, uptime.Down, sampleNow.Add(-70*day), 487*time.Second, uptime.TimedOut)
	s.was(signIn, uptime.Degraded, sampleNow.Add(-12*day), 3*time.Hour, uptime.TooSlow)
	s.was(payroll, uptime.Down, sampleNow.Add(-57*day), 33*time.Minute, uptime.HTTPStatus)
	s.was(payroll, uptime.Unknown, sampleNow.Add(-20*day), 9*time.Hour, uptime.Blind)
	s.was(payroll, uptime.Down, sampleNow.Add(-3*day), 31*time.Minute, uptime.HTTPStatus)
	s.was(payroll, uptime.Down, sampleNow.Add(-12*time.Minute-6*time.Second), 0, uptime.HTTPStatus)
	s.was(surveys, uptime.Unknown, sampleNow.Add(-77*day), 2*day, "")
	s.was(surveys, uptime.Partial, sampleNow.Add(-35*day), 4*time.Hour, uptime.HTTPStatus)
	s.was(surveys, uptime.Degraded, sampleNow.Add(-2*time.Hour), 0, uptime.TooSlow)
	s.was(export, uptime.Down, sampleNow.Add(-9*day), 26*time.Hour, uptime.SignalMissed)
	s.was(backup, uptime.Unknown, sampleNow.Add(-40*time.Minute), 0, uptime.Blind)

	s.in.Catalogue.Services = []uptime.Service{
		{ID: "platform", Name: "Platform", Composition: uptime.AllOf, Components: []uptime.ComponentID{signIn, payroll},
			Target: 99_950_000, Zone: sampleZone()},
		{ID: "surveys", Name: "Surveys", Composition: uptime.AllOf, Components: []uptime.ComponentID{surveys},
			Target: 99_900_000, Window: uptime.Window{Kind: uptime.Rolling, Days: 30}},
		{ID: "search", Name: "Search", Components: []uptime.ComponentID{"part-6"}, Target: 99_000_000, Zone: sampleZone()},
	}
	began := sampleNow.Add(-12*time.Minute - 6*time.Second)
	before := sampleNow.Add(-3 * day)
	s.in.Incidents = []uptime.Incident{
		{
			ID: "k3v9x2m7q1ab", Title: "Payroll is down", Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.Identified,
			Components: []uptime.ComponentID{payroll}, Automatic: true, StartedAt: began, DetectedAt: began.Add(21 * time.Second),
			PublishedAt: began.Add(21 * time.Second), Version: 2,
			Updates: []uptime.Update{
				{ID: "u1", Phase: uptime.Investigating, At: began.Add(21 * time.Second), Automatic: true,
					Body: "Three looks in a row failed: the answer was “503 Service Unavailable”. First failure 14:02:10 AEST."},
				{ID: "u2", Phase: uptime.Identified, At: began.Add(9 * time.Minute),
					Body: "A failed database node keeps payroll from opening for customers in Australia and New Zealand. Nothing that was saved is lost. We are moving to the standby."},
			},
		},
		{
			ID: "b7c2d9f4e5gh", Title: "Payroll is down", Tier: 1, Impact: uptime.ImpactCritical, Phase: uptime.Resolved,
			Components: []uptime.ComponentID{payroll}, Automatic: true, StartedAt: before, DetectedAt: before.Add(20 * time.Second),
			PublishedAt: before.Add(20 * time.Second), ResolvedAt: before.Add(31 * time.Minute), Version: 3,
			Updates: []uptime.Update{{ID: "u3", Phase: uptime.Resolved, At: before.Add(31 * time.Minute), Automatic: true, Body: "It answers again."}},
		},
	}
	return s.in
}

// sampleGood is an ordinary day.
func sampleGood() Inputs {
	s := newSample()
	long := sampleNow.AddDate(0, 0, -200)
	signIn := s.add("Sign-in", "Platform", uptime.Critical, long)
	s.add("Payroll", "Platform", uptime.Critical, long)
	s.add("Surveys", "Platform", uptime.Important, long)
	s.was(signIn, uptime.Down, sampleNow.AddDate(0, 0, -23), 256*time.Second, uptime.TimedOut)
	s.in.Catalogue.Services = []uptime.Service{{
		ID: "platform", Name: "Platform", Components: []uptime.ComponentID{"part-0", "part-1", "part-2"}, Target: 99_950_000, Zone: sampleZone(),
	}}
	return s.in
}

// sampleFresh is the first minute after `serve https://…`.
func sampleFresh() Inputs {
	s := newSample()
	s.add("www.example.org", "", uptime.Critical, sampleNow.Add(-40*time.Second))
	s.add("api.example.org", "", uptime.Critical, sampleNow.Add(-39*time.Second))
	return s.in
}

// sampleMany is so many components over ninety days with some trouble.
func sampleMany(n int) Inputs {
	s := newSample()
	day := 24 * time.Hour
	for i := range n {
		id := s.add(fmt.Sprintf("Component %d", i+1), fmt.Sprintf("Group %d", i/12+1), uptime.Importance(i%3), sampleNow.AddDate(0, 0, -200+i%7))
		for k := range i % 6 {
			length := time.Duration(1+(i*37+k*101)%9000) * time.Second
			state := []uptime.State{uptime.Down, uptime.Degraded, uptime.Unknown, uptime.Partial}[(i+k)%4]
			at := sampleNow.Add(-time.Duration(85-k*13-i%11) * day).Add(time.Duration(i*977%80000) * time.Second)
			s.was(id, state, at, length, uptime.TimedOut)
		}
	}
	for i := 0; i < n; i += 20 {
		s.in.Catalogue.Services = append(s.in.Catalogue.Services, uptime.Service{
			ID: uptime.ServiceID(fmt.Sprintf("service-%d", i)), Name: fmt.Sprintf("Service %d", i),
			Components: []uptime.ComponentID{s.in.Catalogue.Components[i].ID}, Target: 99_950_000, Zone: sampleZone(),
		})
	}
	return s.in
}
