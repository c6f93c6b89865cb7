package store

import (
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

type planRow struct {
	ID         string `gorm:"primaryKey"`
	Kind       string
	Title      string
	Body       string
	Components []string `gorm:"serializer:json"`
	Regions    []string `gorm:"serializer:json"`
	Emergency  bool
	Phase      string
	Rules      rulesDoc `gorm:"serializer:json"`
	Series     string
	Due        *int64
	Created    int64
	Published  *int64
	Started    *int64
	Finished   *int64
	Version    int64
}

func (planRow) TableName() string { return "plan" }

type revisionRow struct {
	Plan      string `gorm:"primaryKey"`
	Number    int    `gorm:"primaryKey;autoIncrement:false"`
	At        int64
	Started   int64
	Ended     int64
	Cancelled bool
	Finished  bool
	Reason    string
	Broken    []brokenDoc `gorm:"serializer:json"`
	Overrides string
	Author    string
	Name      string
}

func (revisionRow) TableName() string { return "plan_revision" }

type brokenDoc struct {
	Commitment string `json:"commitment"`
	Violation  string `json:"violation"`
	Text       string `json:"text"`
}

type planUpdateRow struct {
	Seq       int64 `gorm:"primaryKey"`
	ID        string
	Plan      string
	Phase     string
	Body      string
	At        int64
	Automatic bool
	Author    string
	Silent    bool
}

func (planUpdateRow) TableName() string { return "plan_update" }

func rowOfPlan(p uptime.Plan) (planRow, error) {
	rules, err := docOfRules(p.Rules)
	if err != nil {
		return planRow{}, err
	}
	return planRow{
		ID: text(string(p.ID)), Kind: text(string(p.Kind)), Title: text(p.Title), Body: text(p.Body),
		Components: texts(p.Components), Regions: texts(p.Regions), Emergency: p.Emergency,
		Phase: text(string(p.Phase)), Rules: rules, Series: text(string(p.Series)), Due: toMillisOrNull(p.Due),
		Created: toMillis(p.CreatedAt), Published: toMillisOrNull(p.PublishedAt),
		Started: toMillisOrNull(p.StartedAt), Finished: toMillisOrNull(p.FinishedAt), Version: p.Version,
	}, nil
}

// planParts are what was said and announced of plans, each in its order.
type planParts struct {
	revisions map[string][]revisionRow
	updates   map[string][]planUpdateRow
}

func (r planRow) value(parts planParts, zones zoneBook) (uptime.Plan, error) {
	rules, err := r.Rules.value(zones)
	if err != nil {
		return uptime.Plan{}, fmt.Errorf("plan %s: %w", r.ID, err)
	}
	p := uptime.Plan{
		ID: uptime.PlanID(r.ID), Kind: uptime.PlanKind(r.Kind), Title: r.Title, Body: r.Body,
		Components: words[uptime.ComponentID](r.Components), Regions: words[uptime.RegionID](r.Regions),
		Emergency: r.Emergency, Phase: uptime.PlanPhase(r.Phase), Rules: rules,
		Series: uptime.SeriesID(r.Series), Due: fromMillisOrNull(r.Due),
		CreatedAt: fromMillis(r.Created), PublishedAt: fromMillisOrNull(r.Published),
		StartedAt: fromMillisOrNull(r.Started), FinishedAt: fromMillisOrNull(r.Finished), Version: r.Version,
	}
	for _, rev := range parts.revisions[r.ID] {
		p.Revisions = append(p.Revisions, rev.value())
	}
	for _, u := range parts.updates[r.ID] {
		p.Updates = append(p.Updates, u.value())
	}
	return p, nil
}

func rowOfRevision(plan string, number int, r uptime.Revision) revisionRow {
	broken := make([]brokenDoc, len(r.Broken)) // never null
	for i, b := range r.Broken {
		broken[i] = brokenDoc{text(string(b.Commitment)), text(string(b.Violation)), text(b.Text)}
	}
	return revisionRow{
		Plan: plan, Number: number, At: toMillis(r.At), Started: toMillis(r.From), Ended: toMillis(r.To),
		Cancelled: r.Cancelled, Finished: r.Finished, Reason: text(r.Reason), Broken: broken,
		Overrides: text(r.Override), Author: text(r.Author), Name: text(r.By),
	}
}

func (r revisionRow) value() uptime.Revision {
	rev := uptime.Revision{
		At: fromMillis(r.At), From: fromMillis(r.Started), To: fromMillis(r.Ended), Cancelled: r.Cancelled,
		Finished: r.Finished, Reason: r.Reason, Override: r.Overrides, Author: r.Author, By: r.Name,
	}
	for _, b := range r.Broken {
		rev.Broken = append(rev.Broken, uptime.Broken{
			Commitment: uptime.CommitmentID(b.Commitment), Violation: uptime.Violation(b.Violation), Text: b.Text,
		})
	}
	return rev
}

func rowOfPlanUpdate(plan string, u uptime.PlanUpdate) planUpdateRow {
	return planUpdateRow{
		ID: text(u.ID), Plan: plan, Phase: text(string(u.Phase)), Body: text(u.Body), At: toMillis(u.At),
		Automatic: u.Automatic, Author: text(u.Author), Silent: u.Silent,
	}
}

func (r planUpdateRow) value() uptime.PlanUpdate {
	return uptime.PlanUpdate{
		ID: r.ID, Phase: uptime.PlanPhase(r.Phase), Body: r.Body, At: fromMillis(r.At),
		Automatic: r.Automatic, Author: r.Author, Silent: r.Silent,
	}
}
