package store

import (
	"fmt"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Zones are kept by their IANA names. What has none, such as the machine's own
// zone, could not be told from another machine's, and is refused.

// zoneName is the zone's name; empty: none.
func zoneName(z *time.Location) (string, error) {
	if z == nil {
		return "", nil
	}
	name := z.String()
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return "", fmt.Errorf("the zone %q cannot be kept: name one of the IANA database, such as Europe/Berlin", name)
	}
	return name, nil
}

// A zoneBook gives the zones that one reading meets, each read once.
type zoneBook map[string]*time.Location

func (b zoneBook) zone(name string) (*time.Location, error) {
	if z, known := b[name]; known || name == "" {
		return z, nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: %w", name, err)
	}
	b[name] = z
	return z, nil
}

// rulesDoc are the promises that a plan is held to, as they are kept: zones by
// name, times of day in milliseconds.
type rulesDoc struct {
	Notices   []noticeRuleDoc   `json:"notices,omitempty"`
	Blackouts []blackoutRuleDoc `json:"blackouts,omitempty"`
}

type noticeRuleDoc struct {
	Commitment string `json:"commitment"`
	Amount     int    `json:"amount"`
	Unit       string `json:"unit"`
	Zone       string `json:"zone,omitempty"`
}

type blackoutRuleDoc struct {
	Commitment string         `json:"commitment"`
	Region     string         `json:"region,omitempty"`
	Zone       string         `json:"zone,omitempty"`
	Days       []time.Weekday `json:"days"`
	From       int64          `json:"from"`
	To         int64          `json:"to"`
	Exempt     []string       `json:"exempt,omitempty"`
}

func docOfRules(rules uptime.PlanRules) (doc rulesDoc, err error) {
	for _, r := range rules.Notices {
		zone, err := zoneName(r.Zone)
		if err != nil {
			return doc, fmt.Errorf("notice rule of %s: %w", r.Commitment, err)
		}
		doc.Notices = append(doc.Notices, noticeRuleDoc{text(string(r.Commitment)), r.Amount, text(string(r.Unit)), zone})
	}
	for _, r := range rules.Blackouts {
		zone, err := zoneName(r.Zone)
		if err != nil {
			return doc, fmt.Errorf("forbidden hours of %s: %w", r.Commitment, err)
		}
		doc.Blackouts = append(doc.Blackouts, blackoutRuleDoc{
			Commitment: text(string(r.Commitment)), Region: text(string(r.Region)), Zone: zone, Days: r.Days,
			From: r.From.Milliseconds(), To: r.To.Milliseconds(), Exempt: words[string](texts(r.Exempt)),
		})
	}
	return doc, nil
}

func (doc rulesDoc) value(zones zoneBook) (rules uptime.PlanRules, err error) {
	for _, r := range doc.Notices {
		zone, err := zones.zone(r.Zone)
		if err != nil {
			return rules, fmt.Errorf("notice rule of %s: %w", r.Commitment, err)
		}
		rules.Notices = append(rules.Notices, uptime.NoticeRule{
			Commitment: uptime.CommitmentID(r.Commitment), Amount: r.Amount, Unit: uptime.NoticeUnit(r.Unit), Zone: zone,
		})
	}
	for _, r := range doc.Blackouts {
		zone, err := zones.zone(r.Zone)
		if err != nil {
			return rules, fmt.Errorf("forbidden hours of %s: %w", r.Commitment, err)
		}
		rules.Blackouts = append(rules.Blackouts, uptime.BlackoutRule{
			Commitment: uptime.CommitmentID(r.Commitment), Region: uptime.RegionID(r.Region), Zone: zone, Days: r.Days,
			From: fromDuration(r.From), To: fromDuration(r.To), Exempt: r.Exempt,
		})
	}
	return rules, nil
}

// fromDuration is a length that is kept in milliseconds.
func fromDuration(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
