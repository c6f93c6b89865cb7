package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

func planOperations() []operation {
	const plans, plan = apiPrefix + "/plans", apiPrefix + "/plans/{id}"
	row := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Planned work"}}
	}
	made := row("plan-work", http.MethodPost, plans, "Plan maintenance or a change, as a draft or for all to see")
	made.DefaultStatus = http.StatusCreated
	made.Description = "What breaks a promise is refused with 422, `broken` and `earliest_start`, unless `override` says why it is announced all the same."
	about := func(id, path, summary string) huma.Operation {
		o := row(id, http.MethodPost, plan+path, summary)
		o.Errors = []int{http.StatusPreconditionFailed}
		return o
	}
	redraft := row("redraft-plan", http.MethodPut, plan, "Write a draft anew, all of it")
	redraft.Errors = []int{http.StatusPreconditionFailed}
	dropped := row("discard-plan", http.MethodDelete, plan, "Throw a draft away")
	dropped.Errors = []int{http.StatusPreconditionFailed, http.StatusConflict}
	return []operation{
		op(viewer, row("list-plans", http.MethodGet, plans, "List planned work, newest first"), listPlans),
		op(responder, made, planning(planWork)),
		op(viewer, row("preview-plan", http.MethodPost, plans+"/preview", "What announcing it would mean: what it breaks, when it could be, what it costs, who is owed notice"), previewPlan),
		op(viewer, row("get-plan", http.MethodGet, plan, "Read one"), getPlan),
		op(responder, redraft, planning(redraftPlan)),
		op(responder, dropped, discardPlan),
		op(publisher, about("publish-plan", "/publish", "Announce a draft"), planning(publishPlan)),
		op(publisher, about("revise-plan", "/revise", "Move it, or make it longer or shorter: a notice of its own, held to the promises anew"), planning(revisePlan)),
		op(viewer, row("preview-revision", http.MethodPost, plan+"/revise/preview", "What moving it would mean"), previewRevision),
		op(publisher, about("cancel-plan", "/cancel", "Call it off"), planning(cancelPlan)),
		op(publisher, about("update-plan", "/updates", "Say something about it"), planning(updatePlan)),
		op(publisher, about("finish-plan", "/finish", "It is done, early or late: the rest of the window is given back"), planning(finishPlan)),
		op(viewer, row("list-receipts", http.MethodGet, plan+"/receipts", "Who had its notices when: the proof of what was announced"), listReceipts),
	}
}

// AboutPlan is one plan, at any version or at the one that If-Match names.
type AboutPlan struct {
	ID string `path:"id" doc:"The plan's id."`
	Match
}

func (a AboutPlan) id() uptime.PlanID { return uptime.PlanID(a.ID) }

// onePlan is the answer of everything that is about one.
type onePlan struct {
	ETag     string `header:"ETag" doc:"The version, for If-Match."`
	Replayed string `header:"Idempotency-Replayed" doc:"true: it was done before, under this key."`
	Body     planBody
}

// planning is a handler of a change to one plan.
func planning[I any](change func(ctx context.Context, s *site, by uptime.Actor, in *I) (uptime.Plan, *uptime.Once, error)) func(context.Context, *site, *I) (*onePlan, error) {
	return func(ctx context.Context, s *site, in *I) (*onePlan, error) {
		by, _ := actorOf(ctx)
		p, once, err := change(ctx, s, by, in)
		if err != nil {
			return nil, err
		}
		out := &onePlan{ETag: etag(p.Version), Body: showPlan(p)}
		if once != nil && once.Result != "" {
			out.Replayed = "true"
		}
		return out, nil
	}
}

type listPlansInput struct {
	Cursor
	Open      bool   `query:"open" doc:"Only those of which something is to come."`
	Draft     bool   `query:"draft" doc:"Only drafts."`
	Kind      string `query:"kind" enum:"maintenance,change" doc:"Only maintenance, or only changes."`
	Component string `query:"component" doc:"Only those that name this component, by its id."`
}

func listPlans(ctx context.Context, s *site, in *listPlansInput) (*list[planBody], error) {
	found, err := s.Plans.FindPlans(ctx, uptime.PlanFilter{
		Open: in.Open, Draft: in.Draft, Changes: in.Kind == "change", All: in.Kind == "", Component: uptime.ComponentID(in.Component),
	}, in.more())
	if err != nil {
		return nil, in.lost(err)
	}
	return pageOf(found, in.Limit, func(p uptime.Plan) (planBody, string) { return showPlan(p), string(p.ID) }), nil
}

func getPlan(ctx context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The plan's id."`
}) (*onePlan, error) {
	p, err := s.Plans.Plan(ctx, uptime.PlanID(in.ID))
	return &onePlan{ETag: etag(p.Version), Body: showPlan(p)}, err
}

type planInput struct {
	Once
	Body workBody
}

func planWork(ctx context.Context, s *site, by uptime.Actor, in *planInput) (uptime.Plan, *uptime.Once, error) {
	once := in.named(ctx, s.Now(), "plan-work", in.Body)
	p, err := s.Planner.Announce(ctx, by, in.Body.read(), once)
	return p, once, err
}

type redraftInput struct {
	AboutPlan
	Body workBody
}

func redraftPlan(ctx context.Context, s *site, by uptime.Actor, in *redraftInput) (uptime.Plan, *uptime.Once, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Plan{}, nil, err
	}
	p, err := s.Planner.Redraft(ctx, by, in.id(), in.Body.read(), expect)
	return p, nil, unmatched(expect, err)
}

func discardPlan(ctx context.Context, s *site, in *AboutPlan) (*struct{}, error) {
	expect, err := in.expect()
	if err != nil {
		return nil, err
	}
	by, _ := actorOf(ctx)
	_, err = s.Planner.Discard(ctx, by, in.id(), expect)
	return nil, unmatched(expect, err)
}

type publishPlanInput struct {
	AboutPlan
	Once
	Body *overrideBody // may be missing
}

type overrideBody struct {
	Override string `json:"override,omitempty" doc:"Why it is announced although it breaks a promise. It is shown on the page."`
}

func publishPlan(ctx context.Context, s *site, by uptime.Actor, in *publishPlanInput) (uptime.Plan, *uptime.Once, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Plan{}, nil, err
	}
	how := overrideBody{}
	if in.Body != nil {
		how = *in.Body
	}
	once := in.named(ctx, s.Now(), "publish-plan/"+in.ID, how)
	p, err := s.Planner.Publish(ctx, by, in.id(), how.Override, expect, once)
	return p, once, unmatched(expect, err)
}

type reviseInput struct {
	AboutPlan
	Once
	Body moveBody
}

func revisePlan(ctx context.Context, s *site, by uptime.Actor, in *reviseInput) (uptime.Plan, *uptime.Once, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Plan{}, nil, err
	}
	once := in.named(ctx, s.Now(), "revise-plan/"+in.ID, in.Body)
	p, err := s.Planner.Revise(ctx, by, in.id(), in.Body.read(), expect, once)
	return p, once, unmatched(expect, err)
}

type cancelInput struct {
	AboutPlan
	Once
	Body struct {
		Reason string `json:"reason" doc:"Why; customers are told."`
	}
}

func cancelPlan(ctx context.Context, s *site, by uptime.Actor, in *cancelInput) (uptime.Plan, *uptime.Once, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Plan{}, nil, err
	}
	once := in.named(ctx, s.Now(), "cancel-plan/"+in.ID, in.Body)
	p, err := s.Planner.Cancel(ctx, by, in.id(), in.Body.Reason, expect, once)
	return p, once, unmatched(expect, err)
}

type planUpdateInput struct {
	AboutPlan
	Once
	Body struct {
		Phase  string `json:"phase,omitempty" enum:"scheduled,in_progress,verifying" doc:"As it is unless given. verifying: the work is done and is being checked."`
		Body   string `json:"body" doc:"In Markdown."`
		Silent bool   `json:"silent,omitempty" doc:"Show it and tell nobody."`
	}
}

func updatePlan(ctx context.Context, s *site, by uptime.Actor, in *planUpdateInput) (uptime.Plan, *uptime.Once, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Plan{}, nil, err
	}
	once := in.named(ctx, s.Now(), "update-plan/"+in.ID, in.Body)
	p, err := s.Planner.Say(ctx, by, in.id(), uptime.PlanPhase(in.Body.Phase), in.Body.Body, in.Body.Silent, expect, once)
	return p, once, unmatched(expect, err)
}

type finishInput struct {
	AboutPlan
	Once
	Body *finishBody // may be missing
}

type finishBody struct {
	Body string `json:"body,omitempty" doc:"What came of it, in Markdown."`
}

func finishPlan(ctx context.Context, s *site, by uptime.Actor, in *finishInput) (uptime.Plan, *uptime.Once, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Plan{}, nil, err
	}
	how := finishBody{}
	if in.Body != nil {
		how = *in.Body
	}
	once := in.named(ctx, s.Now(), "finish-plan/"+in.ID, how)
	p, err := s.Planner.Finish(ctx, by, in.id(), how.Body, expect, once)
	return p, once, unmatched(expect, err)
}

func previewPlan(ctx context.Context, s *site, in *struct{ Body workBody }) (*oneAnswer, error) {
	by, _ := actorOf(ctx)
	a, err := s.Planner.Ask(ctx, by, in.Body.read())
	return s.showAnswer(ctx, a, err)
}

func previewRevision(ctx context.Context, s *site, in *struct {
	ID   string `path:"id" doc:"The plan's id."`
	Body moveBody
}) (*oneAnswer, error) {
	by, _ := actorOf(ctx)
	a, err := s.Planner.AskMove(ctx, by, uptime.PlanID(in.ID), in.Body.read())
	return s.showAnswer(ctx, a, err)
}

type receiptList struct {
	Body struct {
		Notices []proofBody   `json:"notices" nullable:"false" doc:"One for each time that it was told of, oldest first."`
		Items   []receiptBody `json:"items" nullable:"false" doc:"One for each notice and recipient."`
	}
}

func listReceipts(ctx context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The plan's id."`
}) (*receiptList, error) {
	p, err := s.Plans.Plan(ctx, uptime.PlanID(in.ID))
	if err != nil {
		return nil, err
	}
	proofs, err := s.proofsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	receipts, err := s.Plans.Receipts(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := &receiptList{}
	out.Body.Notices, out.Body.Items = []proofBody{}, []receiptBody{}
	for _, one := range proofs {
		out.Body.Notices = append(out.Body.Notices, showProof(one))
	}
	for _, r := range receipts {
		out.Body.Items = append(out.Body.Items, receiptBody{r.Notice, string(r.Subscriber), r.Zone, string(r.State), instant(r.Settled)})
	}
	return out, nil
}

// proofsOf are what the ledger knows of a plan's notices, oldest first.
func (s *site) proofsOf(ctx context.Context, p uptime.Plan) ([]uptime.Proof, error) {
	return s.Plans.Proofs(ctx, map[uptime.PlanID]time.Time{p.ID: planned.Deadline(p.Rules.Notices, p.Now().From)})
}
