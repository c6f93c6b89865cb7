package statuspage

import (
	"cmp"
	"slices"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// jsonPromise is everything that the working of one promise rests on.
type jsonPromise struct {
	AsOf    string        `json:"as_of"`
	Zone    string        `json:"time_zone"`
	Promise jsonStanding  `json:"commitment"`
	Terms   jsonTerms     `json:"terms"`
	History []jsonVersion `json:"policy_versions"`
	Entries []jsonEntry   `json:"non_compliance"`

	Availability *numbers       `json:"availability,omitempty"`
	Plans        []jsonHeld     `json:"plans,omitempty"`
	Jobs         []jsonJob      `json:"jobs,omitempty"`
	Evidence     []jsonEvidence `json:"dated_evidence,omitempty"`
}

// jsonTerms are a promise's terms; those of its kind are set.
type jsonTerms struct {
	Service     string         `json:"service,omitempty"`
	Target      string         `json:"target_pct,omitempty"`
	Window      string         `json:"window,omitempty"` // "calendar_month", "rolling_30d"
	TimeZone    string         `json:"time_zone,omitempty"`
	Blackouts   []jsonBlackout `json:"blackouts,omitempty"`
	Of          []string       `json:"of,omitempty"`
	Notice      string         `json:"notice,omitempty"` // "24h", "7d"
	OwedTo      string         `json:"owed_to,omitempty"`
	Clock       string         `json:"clock,omitempty"`
	Type        string         `json:"type,omitempty"`
	Tier        int            `json:"tier,omitempty"`
	Amount      int            `json:"amount,omitempty"`
	Unit        string         `json:"unit,omitempty"`
	Goal        int            `json:"goal,omitempty"`
	Calendar    string         `json:"calendar,omitempty"`
	Set         string         `json:"set,omitempty"`
	Ask         string         `json:"ask,omitempty"`
	Datacentres int            `json:"datacentres,omitempty"`
	Record      string         `json:"record,omitempty"`
	Months      int            `json:"every_months,omitempty"`
	Days        int            `json:"every_days,omitempty"`
	Due         string         `json:"due,omitempty"`
	Delivered   string         `json:"delivered,omitempty"`
	Contacts    []jsonContact  `json:"contacts,omitempty"`
	Text        string         `json:"text,omitempty"`
}

type jsonBlackout struct {
	Region string   `json:"region,omitempty"`
	Zone   string   `json:"time_zone"`
	Days   []string `json:"days"`
	From   string   `json:"from"` // on the wall
	To     string   `json:"to"`
	Exempt []string `json:"exempt,omitempty"`
}

type jsonContact struct {
	Role   string   `json:"role"`
	Region string   `json:"region,omitempty"`
	Phone  string   `json:"phone,omitempty"`
	Mail   string   `json:"mail,omitempty"`
	URL    string   `json:"url,omitempty"`
	Hours  string   `json:"hours,omitempty"`
	Doubts []string `json:"doubts,omitempty"`
}

type jsonVersion struct {
	Number        string `json:"number"`
	EffectiveFrom string `json:"effective_from"`
	ApprovedBy    string `json:"approved_by"`
	Digest        string `json:"sha256"`
}

type jsonEntry struct {
	ID      string `json:"id"`
	Case    string `json:"case"`
	Summary string `json:"summary"`
	Owner   string `json:"owner,omitempty"`
	Opened  string `json:"opened_at"`
	Due     string `json:"due_at,omitempty"`
	Closed  string `json:"closed_at,omitempty"`
	Outcome string `json:"outcome,omitempty"`
}

type jsonHeld struct {
	ID        string             `json:"id"`
	Title     string             `json:"title"`
	Path      string             `json:"path"`
	Kind      string             `json:"kind"`
	Cancelled bool               `json:"cancelled,omitempty"`
	Revisions []jsonAnnouncement `json:"announcements"`
	Broken    []string           `json:"broken,omitempty"`
	Override  string             `json:"override,omitempty"`
}

type jsonAnnouncement struct {
	At        string `json:"at"`
	From      string `json:"from"`
	To        string `json:"to"`
	Cancelled bool   `json:"cancelled,omitempty"`
}

// jsonJob is a copy and when it was made. Its monitor's id is nobody's business.
type jsonJob struct {
	Region     string   `json:"region,omitempty"`
	Site       string   `json:"site"`
	Datacentre string   `json:"datacentre,omitempty"`
	Zone       string   `json:"time_zone"`
	Began      string   `json:"recorded_since,omitempty"`
	Successes  []string `json:"successes"`
}

type jsonEvidence struct {
	Title   string `json:"title,omitempty"`
	By      string `json:"by,omitempty"`
	At      string `json:"at"`
	Expires string `json:"expires_at,omitempty"`
	URL     string `json:"url,omitempty"`
	Public  bool   `json:"public"`
}

// promiseJSON is the working of one promise.
func (b *book) promiseJSON(st uptime.Standing) jsonPromise {
	c := st.Commitment
	out := jsonPromise{
		AsOf: instant(b.now), Zone: zoneName(b.zone), Promise: b.standingJSON(st), Terms: b.termsJSON(c),
		History: []jsonVersion{}, Entries: []jsonEntry{},
	}
	for _, v := range b.in.Kept.Versions {
		if v.Policy == c.Policy {
			out.History = append(out.History, jsonVersion{v.Number, instant(v.EffectiveFrom), v.ApprovedBy, v.Digest})
		}
	}
	for _, e := range b.in.Kept.Entries {
		if e.Commitment == c.ID {
			out.Entries = append(out.Entries, jsonEntry{
				e.ID, e.Case, e.Summary, e.Owner, instant(e.OpenedAt), instant(e.DueAt), instant(e.ClosedAt), e.Outcome,
			})
		}
	}
	b.workOutJSON(&out, c)
	return out
}

func (b *book) workOutJSON(out *jsonPromise, c uptime.Commitment) {
	switch {
	case c.Availability != nil:
		if s, why := b.held(*c.Availability); why == "" {
			n := b.promiseNumbers(s)
			out.Availability = &n
		}
	case c.Notice != nil, c.Hours != nil:
		out.Plans = b.heldJSON(c)
	case c.Heartbeat != nil:
		out.Jobs = b.jobsJSON(c.Heartbeat.Set)
	case c.Register != nil:
		out.Evidence = b.evidenceJSON(c, c.Register.Record)
	case c.Promise != nil:
		out.Evidence = b.evidenceJSON(c, string(c.ID))
	}
}

// promiseNumbers are a service's stretches and periods by a promise's terms.
func (b *book) promiseNumbers(s uptime.Service) numbers {
	n := b.serviceNumbers(s)
	n.Periods = n.Periods[:0]
	for _, p := range append([]scored{{period: b.current(s)}}, b.scorePeriods(s)...) {
		a := b.measureOnce(s, p.elapsed)
		name := p.name
		if p.month != "" {
			name = p.month
		}
		entry := numbersOf(name, p.Span, p.elapsed, a)
		j := judge(s, p.period, a)
		entry.Allowed, entry.Verdict = decimal(j.budget.Allowed), string(j.verdict)
		n.Periods = append(n.Periods, entry)
	}
	return n
}

func (b *book) heldJSON(c uptime.Commitment) []jsonHeld {
	out := []jsonHeld{}
	for _, p := range b.in.Plans {
		alone, held := heldAlone(p, c.ID)
		if !held {
			continue
		}
		v := jsonHeld{
			ID: string(p.ID), Title: p.Title, Path: planAddress(p), Kind: string(p.Kind), Cancelled: p.Now().Cancelled, Override: p.Now().Override,
		}
		for _, r := range p.Revisions {
			v.Revisions = append(v.Revisions, jsonAnnouncement{instant(r.At), instant(r.From), instant(r.To), r.Cancelled})
		}
		for _, broken := range planned.Broken(alone) {
			v.Broken = append(v.Broken, broken.Text)
		}
		out = append(out, v)
	}
	return out
}

func (b *book) jobsJSON(set string) []jsonJob {
	out := []jsonJob{}
	made := b.successes()
	for _, j := range b.in.Catalogue.Jobs {
		if j.Set != set {
			continue
		}
		zone := j.Zone
		if zone == nil {
			zone = b.zone
		}
		v := jsonJob{string(j.Region), cmp.Or(j.Site, b.copyName(j)), j.Datacentre, zoneName(zone), instant(b.jobBegan(j.Monitor)), []string{}}
		for _, at := range made[j.Monitor] {
			v.Successes = append(v.Successes, instant(at))
		}
		out = append(out, v)
	}
	return out
}

func (b *book) evidenceJSON(c uptime.Commitment, record string) []jsonEvidence {
	out := []jsonEvidence{}
	for _, e := range b.in.Kept.Evidence {
		if e.Record != record && e.Record != string(c.ID) || !e.Withdrawn.IsZero() {
			continue
		}
		v := jsonEvidence{At: instant(e.At), Expires: instant(expiry(c, e, b.zone)), Public: e.Public}
		if e.Public {
			v.Title, v.By, v.URL = e.Title, e.By, safeLink(e.URL)
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y jsonEvidence) int { return cmp.Compare(x.At, y.At) })
	return out
}
