package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/internal/uptime"
)

// promiseOperations are what everybody may read of the promises. Nobody needs a
// token for what the page shows.
func promiseOperations() []operation {
	row := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: apiPrefix + path, Summary: summary, Tags: []string{"Promises"}}
	}
	return []operation{
		op(public, row("list-commitments", "/commitments", "Every promise, and how it stands now"), listCommitments),
		op(public, row("get-commitment", "/commitments/{id}", "One promise, with what its verdict rests on"), getCommitment),
		op(public, row("read-scorecard", "/scorecard", "The promises that are measured by the month, for twelve months, and how fast error budgets burn"), readScorecard),
		op(public, row("list-findings", "/honesty", "In what the page and what is known differ at this moment"), listFindings),
		op(public, row("list-policies", "/policies", "Every version of what was promised that was ever in force here"), listPolicies),
	}
}

type standingBody struct {
	ID       string        `json:"id"`
	Policy   string        `json:"policy"`
	Section  string        `json:"section,omitempty" doc:"Of the policy."`
	Says     string        `json:"says" doc:"The promise."`
	Kind     string        `json:"kind" enum:"availability,maintenance_hours,notice,clock,heartbeat,register,promise,contact,text,not_software"`
	Strength string        `json:"strength" enum:"commitment,aim,expectation" doc:"A missed aim is counted and shown, and is no breach."`
	Owner    string        `json:"owner,omitempty" doc:"Who answers for it."`
	Verdict  string        `json:"verdict" enum:"met,on_track,at_risk,breached,insufficient_data,overdue,not_measured"`
	Value    string        `json:"value,omitempty" doc:"The figure."`
	Why      string        `json:"why,omitempty" doc:"What is missing, or why it is not measured."`
	Since    *time.Time    `json:"since" doc:"When the verdict began to hold; null: not known."`
	Evidence []linkBody    `json:"evidence" nullable:"false" doc:"What it rests on, by path of this site."`
	Contacts []contactBody `json:"contacts,omitempty"`
	Text     string        `json:"text,omitempty" doc:"Shown beside the promise; Markdown."`
	Months   []monthBody   `json:"months" nullable:"false" doc:"The last twelve, oldest first; empty: it is not measured by the month."`
	Cases    []caseBody    `json:"cases" nullable:"false" doc:"In which it was broken, oldest first."`
}

type linkBody struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

type monthBody struct {
	Month    string    `json:"month" doc:"As 2026-11."`
	Verdict  string    `json:"verdict"`
	Value    string    `json:"value,omitempty"`
	Evidence *linkBody `json:"evidence,omitempty"`
}

type caseBody struct {
	Key     string    `json:"case" doc:"A month, a plan's id, a day."`
	At      time.Time `json:"at"`
	Summary string    `json:"summary"`
}

type contactBody struct {
	Role   string `json:"role"`
	Region string `json:"region,omitempty"`
	Phone  string `json:"phone,omitempty"`
	Mail   string `json:"mail,omitempty"`
	URL    string `json:"url,omitempty"`
	Hours  string `json:"hours,omitempty"`
}

func showStanding(s uptime.Standing) standingBody {
	c := s.Commitment
	out := standingBody{
		ID: string(c.ID), Policy: string(c.Policy), Section: c.Section, Says: c.Says, Kind: string(c.Kind), Strength: string(c.Strength),
		Owner: c.Owner, Verdict: string(s.Verdict), Value: s.Value, Why: reasonOf(s), Since: instant(s.Since), Text: c.Text,
		Evidence: []linkBody{}, Months: showMonths(s.Cells), Cases: []caseBody{},
	}
	for _, e := range s.Evidence {
		out.Evidence = append(out.Evidence, linkBody(e))
	}
	for _, one := range c.Contacts {
		out.Contacts = append(out.Contacts, contactBody(one))
	}
	for _, one := range s.Cases {
		out.Cases = append(out.Cases, caseBody{one.Key, one.At.UTC(), one.Summary})
	}
	return out
}

// reasonOf is why a promise stands as it does: where nothing more is known, the
// reason that the policy gives for not measuring it.
func reasonOf(s uptime.Standing) string {
	if s.Why == "" && s.Verdict == uptime.NotMeasured {
		return s.Commitment.Why
	}
	return s.Why
}

func showMonths(cells []uptime.Cell) []monthBody {
	out := make([]monthBody, len(cells))
	for i, c := range cells {
		out[i] = monthBody{Month: c.Month, Verdict: string(c.Verdict), Value: c.Value}
		if c.Evidence.Path != "" {
			evidence := linkBody(c.Evidence)
			out[i].Evidence = &evidence
		}
	}
	return out
}

// standings is how the promises stand; not found where nobody works it out.
func (s *site) standings() ([]uptime.Standing, error) {
	if s.Standings == nil {
		return nil, uptime.ErrNotFound
	}
	return s.Standings.Register(), nil
}

type commitmentList struct {
	Body struct {
		Items  []standingBody `json:"items" nullable:"false" doc:"In the order of the policies."`
		Counts map[string]int `json:"counts" doc:"How many of all promises have which verdict, whatever is asked for."`
	}
}

func listCommitments(_ context.Context, s *site, in *struct {
	Policy  string `query:"policy" doc:"Only those of this policy."`
	Kind    string `query:"kind" enum:"availability,maintenance_hours,notice,clock,heartbeat,register,promise,contact,text,not_software"`
	Verdict string `query:"verdict" enum:"met,on_track,at_risk,breached,insufficient_data,overdue,not_measured"`
}) (*commitmentList, error) {
	all, err := s.standings()
	if err != nil {
		return nil, err
	}
	out := &commitmentList{}
	out.Body.Items, out.Body.Counts = []standingBody{}, map[string]int{}
	for _, one := range all {
		out.Body.Counts[string(one.Verdict)]++
		if (in.Policy == "" || in.Policy == string(one.Commitment.Policy)) && (in.Kind == "" || in.Kind == string(one.Commitment.Kind)) &&
			(in.Verdict == "" || in.Verdict == string(one.Verdict)) {
			out.Body.Items = append(out.Body.Items, showStanding(one))
		}
	}
	return out, nil
}

type oneCommitment struct{ Body standingBody }

func getCommitment(_ context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The promise's id, as P23."`
}) (*oneCommitment, error) {
	one, err := s.standing(uptime.CommitmentID(in.ID))
	return &oneCommitment{showStanding(one)}, err
}

// standing is how one promise stands.
func (s *site) standing(id uptime.CommitmentID) (uptime.Standing, error) {
	all, err := s.standings()
	if err != nil {
		return uptime.Standing{}, err
	}
	i := slices.IndexFunc(all, func(one uptime.Standing) bool { return one.Commitment.ID == id })
	if i < 0 {
		return uptime.Standing{}, uptime.ErrNotFound
	}
	return all[i], nil
}

type scorecardBody struct {
	Body struct {
		Items []scoreBody `json:"items" nullable:"false"`
		Burns []burnBody  `json:"burns" nullable:"false" doc:"The rules that watch how fast error budgets burn."`
	}
}

type scoreBody struct {
	ID       string      `json:"id"`
	Policy   string      `json:"policy"`
	Says     string      `json:"says"`
	Kind     string      `json:"kind"`
	Strength string      `json:"strength"`
	Verdict  string      `json:"verdict"`
	Value    string      `json:"value,omitempty"`
	Months   []monthBody `json:"months" nullable:"false"`
}

type burnBody struct {
	Subject  string `json:"subject" doc:"The promise's id, or the service's where no policy has one."`
	Name     string `json:"name"`
	Rule     string `json:"rule" doc:"As 14.4 over 1h and 5m."`
	Severity string `json:"severity" enum:"page,ticket"`
	State    string `json:"state" enum:"fires,clear,insufficient" doc:"insufficient: too much is not known; it neither fires nor clears."`
	Summary  string `json:"summary,omitempty"`
}

func readScorecard(_ context.Context, s *site, _ *struct{}) (*scorecardBody, error) {
	all, err := s.standings()
	if err != nil {
		return nil, err
	}
	out := &scorecardBody{}
	out.Body.Items, out.Body.Burns = []scoreBody{}, []burnBody{}
	for _, one := range all {
		if c := one.Commitment; len(one.Cells) > 0 {
			out.Body.Items = append(out.Body.Items, scoreBody{
				string(c.ID), string(c.Policy), c.Says, string(c.Kind), string(c.Strength), string(one.Verdict), one.Value, showMonths(one.Cells),
			})
		}
	}
	for _, b := range s.Standings.Burns() {
		out.Body.Burns = append(out.Body.Burns, burnBody{b.Subject, b.Name, b.Rule, b.Severity, string(b.State), b.Summary})
	}
	return out, nil
}

type findingList struct {
	Body struct {
		Open  int           `json:"open" doc:"How many there are."`
		Items []findingBody `json:"items" nullable:"false"`
	}
}

type findingBody struct {
	Check   string     `json:"check" enum:"down_without_incident,incident_while_up,maintenance_past_end,page_too_old,promise_unexplained,times_amended,verdict_differs"`
	Subject string     `json:"subject" doc:"Id of the component, incident, plan or promise."`
	Since   *time.Time `json:"since"`
	Text    string     `json:"text"`
}

func listFindings(_ context.Context, s *site, _ *struct{}) (*findingList, error) {
	if s.Standings == nil {
		return nil, uptime.ErrNotFound
	}
	out := &findingList{}
	out.Body.Items = []findingBody{}
	for _, f := range s.Standings.Findings() {
		out.Body.Items = append(out.Body.Items, findingBody{string(f.Check), f.Subject, instant(f.Since), f.Text})
	}
	out.Body.Open = len(out.Body.Items)
	return out, nil
}

type policyList struct {
	Body struct {
		Items []policyBody `json:"items" nullable:"false"`
	}
}

type policyBody struct {
	Policy        string    `json:"policy"`
	Number        string    `json:"version"`
	Title         string    `json:"title"`
	EffectiveFrom time.Time `json:"effective_from"`
	ApprovedBy    string    `json:"approved_by"`
	Digest        string    `json:"digest" doc:"SHA-256 of the text, in hex."`
	SeenAt        time.Time `json:"seen_at" doc:"When it was first read here."`
	Text          string    `json:"text,omitempty" doc:"The document as it was read, where it is asked for."`
}

func listPolicies(ctx context.Context, s *site, in *struct {
	Text bool `query:"text" doc:"With the documents themselves."`
}) (*policyList, error) {
	if s.Plans == nil {
		return nil, uptime.ErrNotFound
	}
	all, err := s.Plans.PolicyVersions(ctx)
	if err != nil {
		return nil, err
	}
	out := &policyList{}
	out.Body.Items = []policyBody{}
	for _, p := range all {
		shown := policyBody{string(p.Policy), p.Number, p.Title, p.EffectiveFrom.UTC(), p.ApprovedBy, p.Digest, p.SeenAt.UTC(), ""}
		if in.Text {
			shown.Text = p.Text
		}
		out.Body.Items = append(out.Body.Items, shown)
	}
	return out, nil
}
