package probes

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// fired is an alert that fires since an hour before noon, and was told of so many
// minutes ago.
func fired(noon time.Time, name string, ago int) uptime.ReceivedAlert {
	return uptime.ReceivedAlert{
		Fingerprint: name, Labels: map[string]string{"alertname": name}, Annotations: map[string]string{"summary": name + " is bad"},
		StartsAt: noon.Add(-time.Hour), ReceivedAt: noon.Add(-time.Duration(ago) * time.Minute),
	}
}

func TestAlertRule(t *testing.T) {
	noon := at(t, "2026-03-01T12:00:00Z")
	ago := func(minutes int) time.Time { return noon.Add(-time.Duration(minutes) * time.Minute) }
	long := ago(600)
	unseen := span{outcome: uptime.Unseen, code: uptime.NotTold}
	for name, row := range map[string]struct {
		told     Reported
		degraded bool
		want     span
	}{
		"nothing was ever heard":                     {Reported{Listening: long}, false, unseen},
		"nothing fires, the watchdog barked":         {Reported{Listening: long, Watchdog: ago(4)}, false, span{outcome: uptime.Pass, code: uptime.OK}},
		"nothing fires, the watchdog is silent":      {Reported{Listening: long, Watchdog: ago(5)}, false, unseen},
		"the watchdog barked before we were deaf":    {Reported{Listening: ago(1), Watchdog: ago(2)}, false, unseen},
		"the watchdog barked since we were deaf":     {Reported{Listening: ago(2), Watchdog: ago(1)}, false, span{outcome: uptime.Pass, code: uptime.OK}},
		"it fires, told just now":                    {Reported{Listening: long, Firing: []uptime.ReceivedAlert{fired(noon, "A", 0)}}, false, span{outcome: uptime.Fail, code: uptime.AlertFiring}},
		"it fires, and degrades":                     {Reported{Listening: long, Firing: []uptime.ReceivedAlert{fired(noon, "A", 0)}}, true, span{outcome: uptime.Slow, code: uptime.AlertFiring}},
		"it fires, told hours ago, the watchdog now": {Reported{Listening: long, Watchdog: ago(1), Firing: []uptime.ReceivedAlert{fired(noon, "A", 239)}}, false, span{outcome: uptime.Fail, code: uptime.AlertFiring}},
		"it fires, read back after a restart":        {Reported{Listening: ago(0), Watchdog: ago(1), Firing: []uptime.ReceivedAlert{fired(noon, "A", 30)}}, false, span{outcome: uptime.Fail, code: uptime.AlertFiring}},
		"it fired, and all is silent":                {Reported{Listening: long, Watchdog: ago(9), Firing: []uptime.ReceivedAlert{fired(noon, "A", 5)}}, false, unseen},
		"one of two was told lately":                 {Reported{Listening: long, Firing: []uptime.ReceivedAlert{fired(noon, "A", 60), fired(noon, "B", 1)}}, false, span{outcome: uptime.Fail, code: uptime.AlertFiring}},
	} {
		t.Run(name, func(t *testing.T) {
			rule := alertRule{within: 5 * time.Minute, degraded: row.degraded}
			if got := rule.judge(row.told, noon); got.Outcome != row.want.outcome || got.Code != row.want.code {
				t.Errorf("%s %s (%s), want %s %s", got.Outcome, got.Code, got.Detail, row.want.outcome, row.want.code)
			}
		})
	}
}

// Operators are told which alert fires and why; how long an alert's words are
// does not matter.
func TestAnAlertIsNamedToOperators(t *testing.T) {
	noon := at(t, "2026-03-01T12:00:00Z")
	got := alertRule{within: time.Minute}.judge(Reported{Firing: []uptime.ReceivedAlert{fired(noon, "Slow", 0), fired(noon, "Other", 0)}}, noon)
	if want := "alert Slow fires since 2026-03-01T11:00:00Z, and 1 more: Slow is bad"; got.Detail != want {
		t.Errorf("%q, want %q", got.Detail, want)
	}
	hostile := fired(time.Now(), "A", 0)
	hostile.Annotations["summary"] = strings.Repeat("long\n\x1b[31m", 10_000)
	env := testEnv()
	env.Alerts = alertsSaid{Firing: []uptime.ReceivedAlert{hostile}}
	o := lookIn(t, &Alertmanager{Match: config.Labels{"a": {"b"}}}, env)
	if o.Outcome != uptime.Fail || len(o.Detail) > 2000 || strings.ContainsAny(o.Detail, "\n\x1b") {
		t.Errorf("%s with a detail of %d bytes", o.Outcome, len(o.Detail))
	}
	env.Alerts = nil
	if o := lookIn(t, &Alertmanager{Match: config.Labels{"a": {"b"}}}, env); o.Outcome != uptime.Unseen || o.Code != uptime.ProbeFault {
		t.Errorf("without anybody who listens: %s %s", o.Outcome, o.Code)
	}
}

type alertsSaid Reported

func (s alertsSaid) Reported(uptime.AlertMatch) Reported { return Reported(s) }

func TestAlertmanagerSettings(t *testing.T) {
	good := config.Labels{"service": {"checkout"}}
	for name, row := range map[string]struct {
		settings Alertmanager
		want     string // paths
	}{
		"least":              {Alertmanager{Match: good}, ""},
		"all":                {Alertmanager{Match: config.Labels{"a": {"", "b"}, "severity": {"page", "critical"}}, As: "degraded", Within: longestWithin}, ""},
		"no label":           {Alertmanager{}, "match"},
		"no value":           {Alertmanager{Match: config.Labels{"a": nil}}, "match.a"},
		"not a label":        {Alertmanager{Match: config.Labels{"a-b": {"c"}}}, "match.a-b"},
		"everything matches": {Alertmanager{Match: config.Labels{"a": {""}}}, "match"},
		"as what":            {Alertmanager{Match: good, As: "partial"}, "as"},
		"too short":          {Alertmanager{Match: good, Within: shortestWithin - 1}, "within"},
		"too long":           {Alertmanager{Match: good, Within: longestWithin + 1}, "within"},
		"negative":           {Alertmanager{Match: good, Within: -1}, "within"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(refusedAt(t, &row.settings), " "); got != row.want {
				t.Errorf("refused: %q, want %q", got, row.want)
			}
		})
	}
}

// A look passes only where the watchdog was heard lately and nothing fires, and
// fails only where something does, whatever was told when.
func TestNothingPassesThatNobodyVouchesFor(t *testing.T) {
	noon := at(t, "2026-03-01T12:00:00Z")
	rapid.Check(t, func(r *rapid.T) {
		minutes := rapid.IntRange(0, 20)
		rule := alertRule{within: time.Duration(1+minutes.Draw(r, "within")) * time.Minute, degraded: rapid.Bool().Draw(r, "degraded")}
		var told Reported
		if rapid.Bool().Draw(r, "watchdog") {
			told.Watchdog = noon.Add(-time.Duration(minutes.Draw(r, "barked")) * time.Minute)
		}
		told.Listening = noon.Add(-time.Duration(minutes.Draw(r, "listening")) * time.Minute)
		for n := rapid.IntRange(0, 2).Draw(r, "firing"); n > 0; n-- {
			told.Firing = append(told.Firing, fired(noon, "A", minutes.Draw(r, "told")))
		}
		got := rule.judge(told, noon)
		vouched := !told.Watchdog.IsZero() && noon.Sub(told.Watchdog) < rule.within && !told.Watchdog.Before(told.Listening)
		if got.Outcome == uptime.Pass && (!vouched || len(told.Firing) > 0) {
			r.Fatalf("%+v passes", told)
		}
		if bad := got.Outcome == uptime.Fail || got.Outcome == uptime.Slow; bad && len(told.Firing) == 0 {
			r.Fatalf("%+v fails", told)
		}
	})
}
