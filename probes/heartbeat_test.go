package probes

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// span is what a rule says from one instant until the next.
type span struct {
	from    string
	outcome uptime.Outcome
	code    uptime.Code
}

func TestHeartbeatRule(t *testing.T) {
	hourly := heartbeatRule{every: time.Hour, grace: 10 * time.Minute}
	auckland := heartbeatRule{every: 24 * time.Hour, grace: 2 * time.Hour, zone: mustZone(t, "Pacific/Auckland")}
	cairo := heartbeatRule{every: 24 * time.Hour, grace: time.Hour, zone: mustZone(t, "Africa/Cairo")}
	const long = "2026-01-01T00:00:00Z" // listening since long ago
	pass, notYet := span{outcome: uptime.Pass, code: uptime.OK}, span{outcome: uptime.Unseen, code: uptime.NotYetDue}
	missed, failed := span{outcome: uptime.Fail, code: uptime.SignalMissed}, span{outcome: uptime.Fail, code: uptime.JobFailed}
	from := func(text string, s span) span { s.from = text; return s }
	for name, row := range map[string]struct {
		rule                                 heartbeatRule
		succeeded, started, failed, listened string
		want                                 []span
	}{
		"never heard": {hourly, "", "", "", "2026-03-01T12:00:00Z", []span{
			from("2026-03-01T12:00:00Z", notYet), from("2026-03-01T13:10:00Z", missed),
		}},
		"on time, then missed": {hourly, "2026-03-01T12:00:00Z", "", "", long, []span{
			from("2026-03-01T12:00:00Z", pass), from("2026-03-01T13:10:00Z", missed),
		}},
		"we were away when it was due": {hourly, "2026-03-01T12:00:00Z", "", "", "2026-03-01T15:00:00Z", []span{
			from("2026-03-01T15:00:00Z", notYet), from("2026-03-01T16:10:00Z", missed),
		}},
		"we were away before it was due": {hourly, "2026-03-01T12:00:00Z", "", "", "2026-03-01T12:30:00Z", []span{
			from("2026-03-01T12:30:00Z", pass), from("2026-03-01T13:10:00Z", missed),
		}},
		"back shortly before it is late": {hourly, "2026-03-01T12:00:00Z", "", "", "2026-03-01T13:09:00Z", []span{
			from("2026-03-01T13:09:00Z", notYet), from("2026-03-01T14:19:00Z", missed),
		}},
		"failed": {hourly, "2026-03-01T12:00:00Z", "", "2026-03-01T12:30:00Z", long, []span{
			from("2026-03-01T12:30:00Z", failed), from("2026-03-02T12:30:00Z", failed),
		}},
		"failed and runs again": {hourly, "2026-03-01T12:00:00Z", "2026-03-01T12:40:00Z", "2026-03-01T12:30:00Z", long, []span{
			from("2026-03-01T12:41:00Z", failed),
		}},
		"failed, then succeeded": {hourly, "2026-03-01T12:31:00Z", "", "2026-03-01T12:30:00Z", long, []span{
			from("2026-03-01T12:31:00Z", pass),
		}},
		"failed at once": {hourly, "", "", "2026-03-01T12:30:00Z", "2026-03-01T12:00:00Z", []span{
			from("2026-03-01T12:30:00Z", failed),
		}},
		"runs too long": {hourly, "2026-03-01T12:00:00Z", "2026-03-01T12:40:00Z", "", long, []span{
			from("2026-03-01T12:40:00Z", pass), from("2026-03-01T12:50:00Z", missed),
		}},
		"ran, and ended": {hourly, "2026-03-01T12:45:00Z", "2026-03-01T12:40:00Z", "", long, []span{
			from("2026-03-01T12:50:00Z", pass), from("2026-03-01T13:55:00Z", missed),
		}},
		"its end may have been said to nobody": {hourly, "2026-03-01T12:00:00Z", "2026-03-01T12:40:00Z", "", "2026-03-01T12:55:00Z", []span{
			from("2026-03-01T12:55:00Z", pass), from("2026-03-01T13:05:00Z", missed),
		}},
		"the first run": {hourly, "", "2026-03-01T12:05:00Z", "", "2026-03-01T12:00:00Z", []span{
			from("2026-03-01T12:05:00Z", notYet), from("2026-03-01T12:15:00Z", missed),
		}},
		// Clocks go back on 5 April 2026 at 03:00 NZDT: that day has 25 hours,
		// and ends at 12:00 UTC, not 11:00.
		"the day of 25 hours": {auckland, "2026-04-04T00:00:00Z", "", "", long, []span{ // 4 April, 13:00
			from("2026-04-04T11:00:00Z", pass), // midnight to 5 April
			from("2026-04-05T11:30:00Z", pass), // 23:30 of 5 April, standard time
			from("2026-04-05T14:00:00Z", missed),
		}},
		// Clocks go forward on 27 September 2026 at 02:00 NZST: 23 hours, from
		// 12:00 UTC to 11:00 UTC.
		"the day of 23 hours": {auckland, "2026-09-26T00:00:00Z", "", "", long, []span{ // 26 September, 12:00
			from("2026-09-26T12:00:00Z", pass), // midnight to the 27th
			from("2026-09-27T12:59:00Z", pass), // within the grace after the 27th
			from("2026-09-27T13:00:00Z", missed),
		}},
		"done early in the day": {auckland, "2026-07-09T12:00:00Z", "", "", long, []span{ // midnight of the 10th itself
			from("2026-07-11T13:59:00Z", pass), from("2026-07-11T14:00:00Z", missed),
		}},
		"done late in the day": {auckland, "2026-07-09T11:59:59Z", "", "", long, []span{ // last second of the 9th
			from("2026-07-10T13:59:00Z", pass), from("2026-07-10T14:00:00Z", missed),
		}},
		"the first whole day is owed": {auckland, "", "", "", "2026-07-09T20:00:00Z", []span{ // the 10th, 08:00
			from("2026-07-10T20:00:00Z", notYet), from("2026-07-11T14:00:00Z", missed),
		}},
		"a whole day anew after the day's end": {auckland, "2026-07-09T00:00:00Z", "", "", "2026-07-10T13:30:00Z", []span{
			from("2026-07-10T14:30:00Z", notYet), from("2026-07-12T14:00:00Z", missed),
		}},
		// Cairo's clocks skip midnight on 24 April 2026: the day begins at 01:00.
		"a day without midnight": {cairo, "2026-04-22T12:00:00Z", "", "", long, []span{
			from("2026-04-23T22:59:00Z", pass), from("2026-04-23T23:00:00Z", missed),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			heard := Heard{at(t, row.succeeded), at(t, row.started), at(t, row.failed), 0, at(t, row.listened), time.Time{}}
			for i, want := range row.want {
				moments := []time.Time{at(t, want.from)}
				if i+1 < len(row.want) {
					moments = append(moments, at(t, row.want[i+1].from).Add(-time.Nanosecond))
				}
				for _, now := range moments {
					if r := row.rule.judge(heard, now); r.Outcome != want.outcome || r.Code != want.code {
						t.Errorf("at %s: %v, %s (%s); want %v, %s", now.Format(time.RFC3339Nano), r.Outcome, r.Code, r.Detail, want.outcome, want.code)
					}
				}
			}
		})
	}
}

// A success makes every rule pass at once, a later restart never turns that
// into a failure before a fresh grace, and silence always ends as missed.
func TestHeartbeatRuleHolds(t *testing.T) {
	zones := []*time.Location{nil, mustZone(t, "Pacific/Auckland"), mustZone(t, "America/New_York"), mustZone(t, "Africa/Cairo")}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(1, most).Draw(t, name)) * time.Minute
		}
		h := heartbeatRule{grace: minutes("grace", 600), zone: rapid.SampledFrom(zones).Draw(t, "zone"), every: 24 * time.Hour}
		if h.zone == nil {
			h.every = minutes("every", 3000)
		}
		success := start.Add(minutes("success", 500_000))
		heard := Heard{Succeeded: success, Listening: start}
		if r := h.judge(heard, success); r.Outcome != uptime.Pass {
			t.Fatalf("right after a success: %v %s", r.Outcome, r.Detail)
		}
		heard.Listening = success.Add(minutes("restart", 10_000))
		if r := h.judge(heard, heard.Listening.Add(h.grace-1)); r.Outcome == uptime.Fail {
			t.Fatalf("within a fresh grace: %s", r.Detail)
		}
		if r := h.judge(heard, heard.Listening.Add(h.grace+h.every+50*time.Hour)); r.Code != uptime.SignalMissed {
			t.Fatalf("after long silence: %v %s", r.Outcome, r.Code)
		}
	})
}

// said answers for every job.
type said Heard

// Heard is what was said.
func (s said) Heard(uptime.MonitorID) Heard { return Heard(s) }

func TestHeartbeatLooks(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	settings := &Heartbeat{Every: config.Duration(time.Hour), Token: "0123456789abcdef"}
	env := testEnv()
	env.Now = func() time.Time { return now }
	wants(t, lookIn(t, settings, env), uptime.Unseen, uptime.ProbeFault)
	env.Signals = said{Succeeded: now.Add(-time.Minute)}
	wants(t, lookIn(t, settings, env), uptime.Pass, uptime.OK)
	env.Signals = said{Failed: now.Add(-time.Minute), Code: 3}
	o := lookIn(t, settings, env)
	if wants(t, o, uptime.Fail, uptime.JobFailed); !strings.Contains(o.Detail, "exit code 3") || strings.Contains(o.Detail, settings.Token) {
		t.Errorf("detail %q", o.Detail)
	}
	// The usual grace is five minutes.
	env.Signals = said{Succeeded: now.Add(-time.Hour - 5*time.Minute)}
	wants(t, lookIn(t, settings, env), uptime.Fail, uptime.SignalMissed)
}

func TestHeartbeatRefusesSettings(t *testing.T) {
	const token = "0123456789abcdef"
	day := config.Duration(24 * time.Hour)
	zone := config.Zone{Location: time.UTC}
	for name, row := range map[string]struct {
		settings Heartbeat
		paths    []string
	}{
		"good":          {Heartbeat{Every: day, TimeZone: zone, Token: token}, nil},
		"nothing":       {Heartbeat{}, []string{"every", "token"}},
		"short token":   {Heartbeat{Every: day, Token: "0123456789abcde"}, []string{"token"}},
		"odd token":     {Heartbeat{Every: day, Token: "0123456789abcde/"}, []string{"token"}},
		"dull token":    {Heartbeat{Every: day, Token: "xxxxxxxxxxxxxxxx"}, []string{"token"}},
		"zone and hour": {Heartbeat{Every: config.Duration(time.Hour), TimeZone: zone, Token: token}, []string{"time_zone"}},
		"too often":     {Heartbeat{Every: config.Duration(time.Millisecond), Token: token}, []string{"every"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.paths, refusedAt(t, &row.settings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What was owed while we were deaf is excused for a period; what was late long
// before is not, however often we are restarted.
func TestBeingRestartedExcusesOnce(t *testing.T) {
	h := heartbeatRule{every: 24 * time.Hour, grace: 2 * time.Hour}
	success := at(t, "2026-03-01T02:00:00Z")
	for day := range 5 {
		deaf := success.Add(time.Duration(24*(day+1))*time.Hour + 10*time.Hour) // noon of the days after
		heard := Heard{Succeeded: success, Deaf: deaf, Listening: deaf.Add(time.Minute)}
		r := h.judge(heard, heard.Listening.Add(h.grace))
		if want := day > 0; (r.Outcome == uptime.Fail) != want || r.Outcome == uptime.Pass {
			t.Errorf("after the restart of day %d: %s (%s)", day, r.Outcome, r.Detail)
		}
	}
}
