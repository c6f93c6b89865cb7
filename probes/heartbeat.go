package probes

import (
	"context"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

const heartbeatExample = `type: heartbeat
every: 1d
time_zone: Pacific/Auckland
grace: 2h
token: "${env:PAYROLL_TOKEN}"
`

const heartbeatNotes = `The job calls the public listener, by GET, HEAD or POST:

| address | says |
|---|---|
| ` + "`/heartbeat/TOKEN`" + ` | it succeeded |
| ` + "`/heartbeat/TOKEN/start`" + ` | it has started, and will say how it ends |
| ` + "`/heartbeat/TOKEN/fail`" + ` | it failed |
| ` + "`/heartbeat/TOKEN/EXITCODE`" + ` | it ended with that code, 0 to 255: 0 is a success, any other a failure |

` + "```sh" + `
run-payroll; curl -fsS -m 10 --retry 5 "https://status.example.org/heartbeat/$TOKEN/$?"
` + "```" + `

The answer is 200 ` + "`OK`" + ` once the signal is stored. 503 says that it could not be
stored: send it again. 404 says that no monitor has this token; 429 that it was
used more than 60 times within a minute. Each monitor has a token of its own.
`

// Heartbeat are the settings of a heartbeat monitor: a job calls
// /heartbeat/TOKEN when it is done, and is missed when it does not.
type Heartbeat struct {
	Every    config.Duration `yaml:"every" jsonschema:"required" doc:"How often the job must succeed. With time_zone it must be 1d, and means each local day, from midnight to midnight."`
	Grace    config.Duration `yaml:"grace" doc:"How late a success may come, and how long a job that said that it has started may take." default:"5m"`
	TimeZone config.Zone     `yaml:"time_zone" doc:"An IANA time zone, such as Pacific/Auckland. With it, one success is owed in each local day, also in days of 23 or 25 hours."`
	Token    string          `yaml:"token" jsonschema:"required,minLength=16" doc:"The secret in the job's address: at least 16 letters, digits, hyphens or underscores. Keep it out of the file with ${env:NAME} or ${file:PATH}."`
	// What a promise about copies asks of.
	Set        string `yaml:"set" jsonschema:"minLength=1" doc:"The set of jobs that it belongs to for promises, such as backups: a word of small letters, digits, hyphens and underscores."`
	Region     string `yaml:"region" jsonschema:"minLength=1" doc:"The region whose data it copies: an id of regions."`
	Site       string `yaml:"site" jsonschema:"minLength=1" doc:"Which of the region's sites."`
	Datacentre string `yaml:"datacentre" jsonschema:"minLength=1" doc:"The code of the data-centre that the copy lies in, such as syd-2."`
}

// The bounds of a heartbeat's settings.
const (
	usualGrace    = config.Duration(5 * time.Minute)
	shortestEvery = 10 * time.Second
	shortestToken = 16
	longestToken  = 128
)

// Signals tells what jobs have said.
type Signals interface {
	// Heard is what a monitor's job has said up to now, signals from before a
	// restart included.
	Heard(monitor uptime.MonitorID) Heard
}

// Heard is what a job has said. A zero time says: never.
type Heard struct {
	Succeeded time.Time // the newest success
	Started   time.Time // the newest start
	Failed    time.Time // the newest failure
	Code      int       // exit code of the newest failure, where it had one
	// Listening is since when signals can be heard without a gap: the start of
	// the process, or its waking after it was suspended. What was due until
	// then may have been said to nobody.
	Listening time.Time
	// Deaf is when the time began that ended with Listening, in which a job would
	// have called in vain; zero: not known.
	Deaf time.Time
}

// Distinct is the token: it tells which job has called (config.Distinct).
func (s *Heartbeat) Distinct() (setting, value string) { return "token", s.Token }

// Placed is the region that the job works for (config.Placed).
func (s *Heartbeat) Placed() (setting, region string) { return "region", s.Region }

// Target is empty: nothing is connected to.
func (s *Heartbeat) Target() string { return "" }

// Build checks the settings.
func (s *Heartbeat) Build(env Env) (Prober, error) {
	env = env.complete()
	var wrong problems
	rule := heartbeatRule{every: s.Every.D(), grace: s.Grace.D(), zone: s.TimeZone.Location}
	if s.Grace == 0 {
		rule.grace = usualGrace.D()
	}
	if s.Every.D() < shortestEvery {
		wrong.add("every", "is %s; write how often the job must succeed, at least every %v", s.Every, shortestEvery)
	}
	if rule.zone != nil && s.Every.D() != 24*time.Hour {
		wrong.add("time_zone", "goes with `every: 1d` only; leave it out, or watch each local day")
	}
	checkToken(&wrong, s.Token)
	if strings.Trim(s.Set, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		wrong.add("set", "is %q; write a word of small letters, digits, hyphens and underscores", s.Set)
	}
	if s.Set == "" && s.Region+s.Site+s.Datacentre != "" {
		wrong.add("set", "is missing; name the set of jobs that this copy belongs to, such as backups")
	}
	return &heartbeatProber{env, rule}, wrong.err()
}

// checkToken refuses a token that could be guessed or that does not stand in
// an address as it is. It never shows it.
func checkToken(p *problems, token string) {
	if len(token) < shortestToken || len(token) > longestToken {
		p.add("token", "has %d characters; use %d to %d, such as from `openssl rand -hex 16`", len(token), shortestToken, longestToken)
	}
	if strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		p.add("token", "has characters other than letters, digits, hyphens and underscores, which do not stand in an address")
	}
	if len(token) >= shortestToken && strings.Count(token, token[:1]) == len(token) {
		p.add("token", "is one character repeated; use a random one, such as from `openssl rand -hex 16`")
	}
}

type heartbeatProber struct {
	env  Env
	rule heartbeatRule
}

// Look judges what was heard so far.
func (p *heartbeatProber) Look(context.Context) Result {
	if p.env.Signals == nil {
		return unseen(Result{}, uptime.ProbeFault, "nothing listens for heartbeats here")
	}
	return p.rule.judge(p.env.Signals.Heard(p.env.Monitor), p.env.Now())
}

// heartbeatRule says when a success is owed.
type heartbeatRule struct {
	every, grace time.Duration
	zone         *time.Location // each local day; nil: every interval
}

// judge decides from what was heard alone.
//
// A failure counts at once and until the next success. A start that is not
// followed by an end within the grace is a missed signal, and so is a success
// that was due more than the grace ago. After a restart or a gap of ours the
// grace begins anew. Nothing is owed before there was time to do it in: until
// then, and until the first signal, the look is Unseen.
func (h heartbeatRule) judge(heard Heard, now time.Time) (r Result) {
	if heard.Failed.After(heard.Succeeded) {
		r.fail(uptime.JobFailed, "the job failed at %s with exit code %d", stamp(heard.Failed), heard.Code)
		if heard.Code == 0 {
			r.fail(uptime.JobFailed, "the job said at %s that it failed", stamp(heard.Failed))
		}
		return r
	}
	if running := heard.Started.After(heard.Succeeded); running &&
		!now.Before(uptime.Later(heard.Started, heard.Listening).Add(h.grace)) {
		r.fail(uptime.SignalMissed, "the job started at %s and did not end within %s", stamp(heard.Started), config.Duration(h.grace))
		return r
	}
	due := h.due(heard)
	late := uptime.Later(due, heard.Listening)
	if h.excused(heard, due) {
		late = h.due(Heard{Listening: heard.Listening})
	}
	switch {
	case !now.Before(late.Add(h.grace)):
		r.fail(uptime.SignalMissed, "no success %s; one was due by %s, with a grace of %s",
			since(heard.Succeeded), stamp(due), config.Duration(h.grace))
	case heard.Succeeded.IsZero(), heard.Listening.After(due), !now.Before(due.Add(h.grace)):
		r = unseen(r, uptime.NotYetDue, "no success %s; the next is due by %s", since(heard.Succeeded), stamp(late))
	default:
		r.pass()
	}
	return r
}

// excused tells whether the success that was owed may have been said to nobody:
// we were deaf about the time that it was to come, or do not know that we were
// not. A job is then owed a whole period from when we listen again. What was
// late by a period already when we went deaf was late, so that being restarted
// again and again excuses no job for ever.
func (h heartbeatRule) excused(heard Heard, due time.Time) bool {
	expected := heard.Succeeded.Add(h.every)
	return !heard.Succeeded.IsZero() && heard.Listening.After(expected.Add(-h.grace)) &&
		(heard.Deaf.IsZero() || heard.Deaf.Before(due.Add(h.every+h.grace)))
}

// due is when the next success is owed: the interval after the newest one, or
// the end of the local day after the newest one's. Where there was none yet,
// time runs from when we began to listen, and the first local day that is owed
// is the first whole one.
func (h heartbeatRule) due(heard Heard) time.Time {
	from := heard.Succeeded
	if from.IsZero() {
		from = heard.Listening
	}
	if h.zone == nil {
		return from.Add(h.every)
	}
	return calendar.Midnight(calendar.DateOf(from, h.zone).AddDays(2), h.zone)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func since(t time.Time) string {
	if t.IsZero() {
		return "yet"
	}
	return "since " + stamp(t)
}
