package web

import (
	"context"
	"time"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// office answers for planned work, and for what is kept of promises.
type office struct{ done int }

func (o *office) act(id uptime.PlanID) (uptime.Plan, error) {
	return uptime.Plan{ID: id}, deed(&o.done, id)
}

func (o *office) Announce(context.Context, uptime.Actor, incidents.Work, *uptime.Once) (uptime.Plan, error) {
	return o.act(hereID)
}

func (o *office) Publish(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ string, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.act(id)
}

func (o *office) Redraft(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ incidents.Work, _ int64) (uptime.Plan, error) {
	return o.act(id)
}

func (o *office) Revise(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ incidents.Move, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.act(id)
}

func (o *office) Cancel(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ string, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.act(id)
}

func (o *office) Say(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ uptime.PlanPhase, _ string, _ bool, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.act(id)
}

func (o *office) Finish(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ string, _ int64, _ *uptime.Once) (uptime.Plan, error) {
	return o.act(id)
}

func (o *office) Discard(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ int64) (uptime.Plan, error) {
	return o.act(id)
}

func (o *office) Ask(context.Context, uptime.Actor, incidents.Work) (incidents.Answer, error) {
	return incidents.Answer{}, nil
}

func (o *office) AskMove(_ context.Context, _ uptime.Actor, id uptime.PlanID, _ incidents.Move) (incidents.Answer, error) {
	return incidents.Answer{}, here(id)
}

func (o *office) Repeat(_ context.Context, _ uptime.Actor, series uptime.Series, _ *uptime.Once) (uptime.Series, error) {
	return series, deed(&o.done, hereID)
}

func (o *office) StopSeries(_ context.Context, _ uptime.Actor, id uptime.SeriesID, _ int64) (uptime.Series, error) {
	return uptime.Series{ID: id}, deed(&o.done, id)
}

func (o *office) AddEvidence(_ context.Context, _ uptime.Actor, e uptime.Evidence, _ *uptime.Once) (uptime.Evidence, error) {
	return e, deed(&o.done, hereID)
}

func (o *office) WithdrawEvidence(_ context.Context, _ uptime.Actor, id string) error {
	return deed(&o.done, id)
}

func (o *office) Evidence(context.Context) ([]uptime.Evidence, error) {
	return []uptime.Evidence{{ID: hereID, Record: hereID}}, nil
}

func (o *office) CloseEntry(_ context.Context, _ uptime.Actor, id, _ string, _ int64) (uptime.NonCompliance, error) {
	return uptime.NonCompliance{ID: id}, deed(&o.done, id)
}

func (o *office) Entries(context.Context) ([]uptime.NonCompliance, error) {
	return []uptime.NonCompliance{{ID: hereID, Commitment: hereID}}, nil
}

// shelves answer for plans on record, and for how promises stand.
type shelves struct{}

func (shelves) Plan(_ context.Context, id uptime.PlanID) (uptime.Plan, error) {
	return uptime.Plan{ID: id, Version: 1}, here(id)
}
func (shelves) OpenPlans(context.Context) ([]uptime.Plan, error) { return nil, nil }
func (shelves) FindPlans(context.Context, uptime.PlanFilter, uptime.Cursor) ([]uptime.Plan, error) {
	return []uptime.Plan{{ID: hereID}}, nil
}
func (shelves) Series(context.Context) ([]uptime.Series, error) {
	return []uptime.Series{{ID: hereID}}, nil
}
func (shelves) Proofs(context.Context, map[uptime.PlanID]time.Time) ([]uptime.Proof, error) {
	return nil, nil
}
func (shelves) Receipts(context.Context, uptime.PlanID) ([]uptime.Receipt, error) { return nil, nil }
func (shelves) PolicyVersions(context.Context) ([]uptime.PolicyVersion, error)    { return nil, nil }

func (shelves) Register() []uptime.Standing {
	return []uptime.Standing{{Commitment: uptime.Commitment{ID: hereID, Kind: uptime.OfRegister, Register: &uptime.RegisterTerms{Record: hereID}}}}
}
func (shelves) Burns() []uptime.Burn       { return nil }
func (shelves) Findings() []uptime.Finding { return nil }
