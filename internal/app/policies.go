package app

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/probes"
)

// policiesOf are the documents of promises that a configuration puts in force,
// as rules and as they are kept, and what its author should know: promises that
// mean nothing here, and lists of holidays that end within twelve months of now.
func policiesOf(file *config.File, now time.Time) ([]uptime.Policy, []uptime.PolicyVersion, []string, error) {
	known, err := civilOf(file)
	if err != nil {
		return nil, nil, nil, err
	}
	var policies []uptime.Policy
	var versions []uptime.PolicyVersion
	remarks := map[string]bool{}
	var said []string
	remark := func(text string) {
		if !remarks[text] {
			remarks[text], said = true, append(said, text)
		}
	}
	for _, use := range file.Policies {
		t := translation{file: file, use: use, civil: known, now: now, remark: remark}
		policy, err := t.policy()
		if err != nil {
			return nil, nil, nil, err
		}
		policies = append(policies, policy)
		versions = append(versions, uptime.PolicyVersion{
			Policy: policy.ID, Number: policy.Number, Title: policy.Title, EffectiveFrom: policy.EffectiveFrom,
			ApprovedBy: policy.ApprovedBy, Digest: policy.Digest, Text: string(use.Text), SeenAt: now,
		})
	}
	civilRemarks(file, known, now, remark)
	return policies, versions, said, nil
}

// civilRemarks tells of regions and calendars whose holidays end soon.
func civilRemarks(file *config.File, known civilTime, now time.Time, remark func(string)) {
	for _, r := range file.Regions {
		if text, ends := endRemark("region "+r.ID, known.lists[r.Holidays], calendar.DateOf(now, r.TimeZone.Location)); ends {
			remark(text)
		}
	}
	for i, c := range file.Calendars {
		if text, ends := endRemark("calendar "+c.ID, known.calendars[i].Holidays, calendar.DateOf(now, c.TimeZone.Location)); ends {
			remark(text)
		}
	}
}

// regionsOf are the regions of a configuration.
func regionsOf(file *config.File) []uptime.Region {
	var regions []uptime.Region
	for _, r := range file.Regions {
		regions = append(regions, uptime.Region{ID: uptime.RegionID(r.ID), Name: r.Name, Zone: r.TimeZone.Location, Holidays: r.Holidays})
	}
	return regions
}

// jobsOf are the heartbeat monitors that belong to a set.
func jobsOf(file *config.File) []uptime.Job {
	var jobs []uptime.Job
	for _, c := range file.Components {
		for _, m := range c.Monitors {
			settings, is := m.Settings.(*probes.Heartbeat)
			if !is || settings.Set == "" {
				continue
			}
			jobs = append(jobs, uptime.Job{
				Monitor: uptime.MonitorID(m.ID), Set: settings.Set, Region: uptime.RegionID(settings.Region),
				Site: settings.Site, Datacentre: settings.Datacentre, Zone: zoneOf(file, settings),
			})
		}
	}
	return jobs
}

// zoneOf is the zone of a job's days: its own, or its region's, or the page's.
func zoneOf(file *config.File, job *probes.Heartbeat) *time.Location {
	zone := job.TimeZone.Location
	for _, r := range file.Regions {
		if zone == nil && r.ID == job.Region {
			zone = r.TimeZone.Location
		}
	}
	return cmp.Or(zone, file.Page.TimeZone.Location)
}

// translation turns a document that a configuration uses into rules.
type translation struct {
	file   *config.File
	use    config.PolicyUse
	civil  civilTime
	now    time.Time
	remark func(string)
}

// page is the zone of what names none.
func (t translation) zone(z config.Zone) *time.Location {
	return cmp.Or(z.Location, t.file.Page.TimeZone.Location, time.UTC)
}

func (t translation) policy() (uptime.Policy, error) {
	d := t.use.Document
	sum := sha256.Sum256(t.use.Text)
	policy := uptime.Policy{
		ID: uptime.PolicyID(d.Profile), Title: d.Title, Number: d.Version.Number, ApprovedBy: d.Version.Approved,
		EffectiveFrom: calendar.Midnight(dateOf(d.Version.From), t.zone(config.Zone{})).UTC(),
		Statement:     d.Statement, Digest: hex.EncodeToString(sum[:]),
	}
	for _, promise := range d.Commitments {
		c := uptime.Commitment{
			ID: uptime.CommitmentID(promise.ID), Policy: policy.ID, Says: promise.Says, Section: promise.Source.Section,
			Kind: uptime.CommitmentKind(promise.Kind), Strength: uptime.Strength(promise.Strength), Owner: promise.Owner, Why: promise.Why,
		}
		if err := t.terms(&c, promise.Terms); err != nil {
			return policy, fmt.Errorf("%s, %s: %w", d.Profile, promise.ID, err)
		}
		policy.Commitments = append(policy.Commitments, c)
	}
	return policy, nil
}

// terms sets the terms of a promise's kind; or why it has none here.
func (t translation) terms(c *uptime.Commitment, terms any) error {
	switch terms := terms.(type) {
	case *config.AvailabilityTerms:
		return t.availability(c, terms)
	case *config.HoursTerms:
		t.hours(c, terms)
	case *config.NoticeTerms:
		t.notice(c, terms)
	case *config.ClockTerms:
		t.clock(c, terms)
	case *config.HeartbeatTerms:
		t.heartbeat(c, terms)
	case *config.RegisterTerms:
		c.Register = &uptime.RegisterTerms{
			Record: cmp.Or(terms.Record, string(c.ID)), Every: uptime.Period{Months: terms.Every.Months, Days: terms.Every.Days}, Remind: terms.Remind,
		}
	case *config.PromiseTerms:
		t.promise(c, terms)
	case *config.ContactTerms:
		c.Contacts, c.Support = t.contacts(terms.Contacts), t.support(terms.Calendar)
	case *config.TextTerms:
		c.Text = terms.Text
	}
	return nil
}

func (t translation) availability(c *uptime.Commitment, terms *config.AvailabilityTerms) error {
	id := cmp.Or(t.use.Services[terms.Service], terms.Service)
	if !slices.ContainsFunc(t.file.Services, func(s config.Service) bool { return s.ID == id }) {
		c.Why = fmt.Sprintf("It is a promise about %s, and no service of that name is watched here.", terms.Service)
		t.remark(fmt.Sprintf("%s: %s is not measured: there is no service %q; bind one with services: {%s: ID}", t.use.Document.Profile, c.ID, id, terms.Service))
		return nil
	}
	target, err := uptime.ParsePercent(string(terms.Target))
	window := uptime.Window{Kind: uptime.CalendarMonth}
	switch {
	case terms.Window.Rolling > 0:
		window = uptime.Window{Kind: uptime.Rolling, Days: terms.Window.Rolling}
	case terms.Window.Calendar == "year":
		window.Kind = uptime.CalendarYear
	}
	c.Availability = &uptime.AvailabilityTerms{Service: uptime.ServiceID(id), Target: target, Window: window, Zone: t.zone(terms.Window.TimeZone)}
	return err
}

// hours makes one rule for each region that is meant, or for the zone that is
// named.
func (t translation) hours(c *uptime.Commitment, terms *config.HoursTerms) {
	var rules []uptime.BlackoutRule
	for _, b := range terms.Blackouts {
		rule := uptime.BlackoutRule{Commitment: c.ID, Days: daysOf(b.Days), From: b.Start.D(), To: b.End.D()}
		if b.Regions != "each" {
			rule.Zone, rule.Exempt = t.zone(b.TimeZone), t.exempt(b.Holidays, t.zone(b.TimeZone))
			rules = append(rules, rule)
			continue
		}
		for _, r := range t.regions() {
			rule.Region, rule.Zone, rule.Exempt = uptime.RegionID(r.ID), r.TimeZone.Location, t.exempt(r.Holidays, r.TimeZone.Location)
			rules = append(rules, rule)
		}
	}
	if len(rules) == 0 {
		c.Why = "It is held to the office hours of each region, and no region is named here."
		t.remark(fmt.Sprintf("%s: %s forbids nothing: there are no regions; name them under regions", t.use.Document.Profile, c.ID))
		return
	}
	c.Hours = &uptime.HoursTerms{Blackouts: rules}
}

// regions are those that the document was given to.
func (t translation) regions() []config.Region {
	if len(t.use.Regions) == 0 {
		return t.file.Regions
	}
	return slices.DeleteFunc(slices.Clone(t.file.Regions), func(r config.Region) bool { return !slices.Contains(t.use.Regions, r.ID) })
}

// exempt are the dates of a list of holidays.
func (t translation) exempt(list string, zone *time.Location) []string {
	holidays := t.civil.lists[list]
	if text, ends := endRemark(t.use.Document.Profile, holidays, calendar.DateOf(t.now, zone)); ends {
		t.remark(text)
	}
	var dates []string
	for _, day := range holidays.Days {
		dates = append(dates, day.Date.String())
	}
	return dates
}

func (t translation) notice(c *uptime.Commitment, terms *config.NoticeTerms) {
	c.Notice = &uptime.NoticeTerms{OwedTo: string(terms.OwedTo), Rule: uptime.NoticeRule{
		Commitment: c.ID, Amount: terms.Notice.Value, Unit: uptime.NoticeUnit(terms.Notice.Unit), Zone: t.zone(terms.Notice.TimeZone),
	}}
	for _, kind := range terms.Of {
		c.Notice.Of = append(c.Notice.Of, uptime.PlanKind(kind))
	}
}

func (t translation) clock(c *uptime.Commitment, terms *config.ClockTerms) {
	c.Clock = &uptime.ClockTerms{
		Clock: terms.Clock, Type: terms.Applies.Type, Tier: uptime.Tier(terms.Applies.Tier),
		Amount: terms.Target.Amount, Unit: terms.Target.Unit, Calendar: terms.Calendar,
	}
	if terms.Goal != nil {
		c.Clock.Goal = terms.Goal.Amount
	}
	c.Support = t.support(terms.Calendar)
}

// support are the hours of a business calendar; nil: none is named.
func (t translation) support(name string) *uptime.BusinessHours {
	i := slices.IndexFunc(t.civil.calendars, func(b calendar.Business) bool { return b.ID == name })
	if i < 0 {
		return nil
	}
	b := t.civil.calendars[i]
	if text, ends := endRemark(t.use.Document.Profile, b.Holidays, calendar.DateOf(t.now, b.Zone)); ends {
		t.remark(text)
	}
	hours := &uptime.BusinessHours{Calendar: b.ID, Zone: b.Zone, Always: b.Always}
	for _, h := range b.Hours {
		hours.Week = append(hours.Week, uptime.OpenHours{Days: h.Days, From: h.From, To: h.To})
	}
	for _, d := range b.Holidays.Days {
		hours.Closed = append(hours.Closed, uptime.ClosedDay{Date: d.Date.String(), Name: d.Name})
	}
	return hours
}

func (t translation) heartbeat(c *uptime.Commitment, terms *config.HeartbeatTerms) {
	c.Heartbeat = &uptime.HeartbeatTerms{Set: terms.Set, Ask: uptime.HeartbeatAsk(terms.Ask), Datacentres: terms.Datacentres}
	if !slices.ContainsFunc(jobsOf(t.file), func(j uptime.Job) bool { return j.Set == terms.Set }) {
		t.remark(fmt.Sprintf("%s: %s has nothing to go by: no heartbeat monitor has set: %s", t.use.Document.Profile, c.ID, terms.Set))
	}
}

func (t translation) promise(c *uptime.Commitment, terms *config.PromiseTerms) {
	zone := t.zone(terms.TimeZone)
	c.Promise = &uptime.PromiseTerms{Due: calendar.Midnight(dateOf(terms.Due).AddDays(1), zone).UTC(), Zone: zone, Remind: terms.Remind}
	if terms.Delivered.Date != "" {
		c.Promise.Delivered = calendar.Midnight(dateOf(terms.Delivered.Date), zone).UTC()
	}
}

// contacts are the document's, with those of the configuration in place of the
// ones of the same role.
func (t translation) contacts(of []config.Contact) []uptime.Contact {
	var out []uptime.Contact
	add := func(c config.Contact) {
		out = append(out, uptime.Contact{Role: c.Role, Region: c.Region, Phone: c.Phone, Mail: c.Mail, URL: c.URL, Hours: c.Hours})
	}
	replaced := map[string]bool{}
	for _, ours := range t.use.Contacts {
		replaced[ours.Role] = true
	}
	told := maps.Clone(replaced)
	for _, theirs := range of {
		if !replaced[theirs.Role] {
			add(theirs)
		}
		if !told[theirs.Role] {
			continue
		}
		told[theirs.Role] = false
		for _, ours := range t.use.Contacts {
			if ours.Role == theirs.Role {
				add(ours)
			}
		}
	}
	return out
}

// Remarks are what the author of a sound configuration should know of what it
// promises; now is the day that lists of holidays are measured from.
func Remarks(file *config.File, now time.Time) ([]string, error) {
	_, _, remarks, err := policiesOf(file, now)
	return remarks, err
}
