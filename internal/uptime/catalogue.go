package uptime

import (
	"slices"
	"time"
)

// Identities. They are lower-case words of letters, digits and hyphens, they
// stand in addresses and in the database, and they outlive a change of name.
type (
	MonitorID   string
	ComponentID string
	ServiceID   string
	// Vantage is a place that we look from.
	Vantage string
)

// Local is the vantage of the process itself.
const Local Vantage = "local"

// Class is the network that a monitor's target is reached through. A lost
// uplink blinds one class and leaves the others seeing.
type Class uint8

// The classes.
const (
	Internet Class = iota
	Private
	Loopback
)

// String is the class's name in logs and metrics.
func (c Class) String() string { return [...]string{"internet", "private", "loopback"}[c] }

// Confirmation says how often something must be seen before it is believed.
type Confirmation struct {
	Failures  int           // consecutive failing looks before down; at least 1
	Successes int           // consecutive passing looks before up again; at least 1
	Retry     time.Duration // wait before a look that confirms; at most the interval
}

// Monitor is what is checked, how often and when it is believed. How it looks
// is the probe's business (package probes).
type Monitor struct {
	ID        MonitorID
	Component ComponentID
	Type      string // a word of probes.Types
	Interval  time.Duration
	Timeout   time.Duration // for the whole look
	Grace     time.Duration // how late the next look may come before time is unknown
	Confirm   Confirmation
	Class     Class
}

// Component is a part of the product in its customers' words.
type Component struct {
	ID          ComponentID
	Name        string
	Group       string // empty: stands alone
	Description string
	Importance  Importance
	Tags        []string      // for routing; lower-case words
	DependsOn   []ComponentID // when one of these is down, it is the cause
	Regions     []RegionID    // that it serves; empty: all
	Monitors    []MonitorID
}

// Composition says how a service's availability follows from its components'.
type Composition uint8

// The compositions (golden family composite).
const (
	AllOf        Composition = iota // as bad as the worst component
	AnyOf                           // as bad as the best component
	WeightedMean                    // the mean; for display, never for a verdict
)

// WindowKind is the kind of period that a target is held over.
type WindowKind uint8

// The window kinds. Calendar windows follow civil midnights in the zone of the
// service; rolling ones are exact multiples of 86,400 s.
const (
	CalendarMonth WindowKind = iota
	CalendarYear
	Rolling
)

// Window is the period of a promise.
type Window struct {
	Kind WindowKind
	Days int // of a rolling window
}

// Service is what a promise covers: components, how they compose, and what was
// promised of them.
type Service struct {
	ID          ServiceID
	Name        string
	Composition Composition
	Components  []ComponentID
	Target      Percent // zero: nothing is promised
	Window      Window
	Zone        *time.Location // of calendar windows
}

// Page is what the public page says of itself.
type Page struct {
	Name string
	URL  string // canonical address, without a trailing slash; may be empty
	Zone *time.Location
}

// Catalogue is everything that is watched and shown, in the order of the
// configuration. It is a value: a reload makes a new one.
type Catalogue struct {
	Page       Page
	Components []Component
	Monitors   []Monitor
	Services   []Service
	Regions    []Region
	Policies   []Policy    // the newest version of each; see PolicyVersion for what was before
	Jobs       []Job       // heartbeat monitors that promises ask for
	AlertRules []AlertRule // what becomes an incident of what an Alertmanager tells
	Watchdog   AlertMatch  // the alert that fires always, as a sign of life of whoever alerts
}

// Commitments are the promises of all policies that are in force at now, in
// their order.
func (c Catalogue) Commitments(now time.Time) []Commitment {
	var all []Commitment
	for _, p := range c.Policies {
		if !p.EffectiveFrom.After(now) {
			all = append(all, p.Commitments...)
		}
	}
	return all
}

// PlanRules are the promises that a plan of a kind is held to at now: the hours of
// every region that its components serve, and of those that it names beside. A
// region that is named narrows nothing: the others' customers use the same
// components.
func (c Catalogue) PlanRules(kind PlanKind, components []ComponentID, regions []RegionID, now time.Time) PlanRules {
	var rules PlanRules
	served := c.served(components, regions)
	for _, p := range c.Commitments(now) {
		if p.Notice != nil && slices.Contains(p.Notice.Of, kind) {
			rules.Notices = append(rules.Notices, p.Notice.Rule)
		}
		if p.Hours == nil || kind != MaintenanceWork {
			continue
		}
		for _, b := range p.Hours.Blackouts {
			if b.Region == "" || len(served) == 0 || slices.Contains(served, b.Region) {
				rules.Blackouts = append(rules.Blackouts, b)
			}
		}
	}
	return rules
}

// served are the regions that components serve, and those beside; none: all.
func (c Catalogue) served(components []ComponentID, beside []RegionID) []RegionID {
	served := slices.Clone(beside)
	for _, region := range beside {
		if !c.hasRegion(region) {
			return nil // it left the configuration: that is no way around the others' hours
		}
	}
	for _, one := range c.Components {
		if !slices.Contains(components, one.ID) {
			continue
		}
		if len(one.Regions) == 0 {
			return nil
		}
		served = append(served, one.Regions...)
	}
	return served
}

// HeldTo are the promises that a published plan is held to: those that stand with
// it, and those of a document that was in force when it was announced although
// the configuration did not name it then. Taking a document out for a while makes
// nothing lawful.
func (c Catalogue) HeldTo(p Plan) PlanRules {
	rules := p.Rules
	if p.Draft() {
		return rules
	}
	known := map[CommitmentID]bool{}
	for _, n := range rules.Notices {
		known[n.Commitment] = true
	}
	for _, b := range rules.Blackouts {
		known[b.Commitment] = true
	}
	beside := c.PlanRules(p.Kind, p.Components, p.Regions, p.PublishedAt)
	rules.Notices = append(slices.Clip(rules.Notices), slices.DeleteFunc(beside.Notices, func(n NoticeRule) bool { return known[n.Commitment] })...)
	rules.Blackouts = append(slices.Clip(rules.Blackouts), slices.DeleteFunc(beside.Blackouts, func(b BlackoutRule) bool { return known[b.Commitment] })...)
	return rules
}

func (c Catalogue) hasRegion(id RegionID) bool {
	return slices.ContainsFunc(c.Regions, func(r Region) bool { return r.ID == id })
}
