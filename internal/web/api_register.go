package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/internal/uptime"
)

// registerOperations are what is kept of promises by people: evidence, and what
// is done about those that were broken.
func registerOperations() []operation {
	row := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: apiPrefix + path, Summary: summary, Tags: []string{"Promises"}}
	}
	added := row("add-evidence", http.MethodPost, "/evidence", "Add evidence of something that was promised")
	added.DefaultStatus = http.StatusCreated
	closed := row("close-entry", http.MethodPost, "/noncompliance/{id}/close", "Close an entry with what was done")
	closed.Errors = []int{http.StatusPreconditionFailed}
	return []operation{
		op(viewer, row("list-evidence", http.MethodGet, "/evidence", "List the evidence that stands"), listEvidence),
		op(publisher, added, addEvidence),
		op(publisher, row("withdraw-evidence", http.MethodPost, "/evidence/{id}/withdraw", "Take evidence back; that it was there stays in the audit log"), withdrawEvidence),
		op(viewer, row("list-entries", http.MethodGet, "/noncompliance", "List the promises that were broken, and what is done about each"), listEntries),
		op(admin, closed, closeEntry),
	}
}

type evidenceBody struct {
	ID        string     `json:"id"`
	Record    string     `json:"record" doc:"What it is evidence of: a register's word such as penetration_test, or a promise's id."`
	Title     string     `json:"title"`
	By        string     `json:"by,omitempty" doc:"Who did it."`
	At        time.Time  `json:"at"`
	ExpiresAt *time.Time `json:"expires_at" doc:"null: by the register's own period, or never."`
	URL       string     `json:"url,omitempty"`
	Note      string     `json:"note,omitempty"`
	Public    bool       `json:"public" doc:"Shown on the page with its title; otherwise with its date alone."`
	AddedAt   time.Time  `json:"added_at"`
	Author    string     `json:"author,omitempty"`
}

func showEvidence(e uptime.Evidence) evidenceBody {
	return evidenceBody{
		e.ID, e.Record, e.Title, e.By, e.At.UTC(), instant(e.ExpiresAt), e.URL, e.Note, e.Public, e.AddedAt.UTC(), e.Author,
	}
}

type evidenceList struct {
	Body struct {
		Items []evidenceBody `json:"items" nullable:"false"`
	}
}

func listEvidence(ctx context.Context, s *site, in *struct {
	Record string `query:"record" doc:"Only what is evidence of this."`
}) (*evidenceList, error) {
	all, err := s.Register.Evidence(ctx)
	if err != nil {
		return nil, err
	}
	out := &evidenceList{}
	out.Body.Items = []evidenceBody{}
	for _, e := range all {
		if in.Record == "" || in.Record == e.Record {
			out.Body.Items = append(out.Body.Items, showEvidence(e))
		}
	}
	return out, nil
}

type addEvidenceInput struct {
	Once
	Body struct {
		Record    string     `json:"record" doc:"What it is evidence of: a register's word such as penetration_test, or a promise's id."`
		Title     string     `json:"title" doc:"One line."`
		By        string     `json:"by,omitempty" doc:"Who did it."`
		At        time.Time  `json:"at" doc:"When it was done."`
		ExpiresAt *time.Time `json:"expires_at,omitempty"`
		URL       string     `json:"url,omitempty" doc:"Where it can be read."`
		Note      string     `json:"note,omitempty"`
		Public    bool       `json:"public,omitempty" doc:"Show its title on the page, and not its date alone."`
	}
}

type oneEvidence struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true: it was done before, under this key."`
	Body     evidenceBody
}

func addEvidence(ctx context.Context, s *site, in *addEvidenceInput) (*oneEvidence, error) {
	by, _ := actorOf(ctx)
	b := in.Body
	once := in.named(ctx, s.Now(), "add-evidence", b)
	e, err := s.Register.AddEvidence(ctx, by, uptime.Evidence{
		Record: b.Record, Title: b.Title, By: b.By, At: b.At, ExpiresAt: orZero(b.ExpiresAt), URL: b.URL, Note: b.Note, Public: b.Public,
	}, once)
	out := &oneEvidence{Body: showEvidence(e)}
	if err == nil && once != nil && once.Result != "" {
		out.Replayed = "true"
	}
	return out, err
}

func withdrawEvidence(ctx context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The evidence's id."`
}) (*struct{}, error) {
	by, _ := actorOf(ctx)
	return nil, s.Register.WithdrawEvidence(ctx, by, in.ID)
}

type entryBody struct {
	ID         string     `json:"id"`
	Commitment string     `json:"commitment"`
	Case       string     `json:"case" doc:"Of which case: a month, a plan's id, a day."`
	Summary    string     `json:"summary"`
	Owner      string     `json:"owner,omitempty"`
	OpenedAt   time.Time  `json:"opened_at"`
	DueAt      *time.Time `json:"due_at"`
	ClosedAt   *time.Time `json:"closed_at"`
	Outcome    string     `json:"outcome,omitempty" doc:"What was done."`
	ClosedBy   string     `json:"closed_by,omitempty"`
	Version    int64      `json:"version"`
}

func showEntry(n uptime.NonCompliance) entryBody {
	return entryBody{
		n.ID, string(n.Commitment), n.Case, n.Summary, n.Owner, n.OpenedAt.UTC(), instant(n.DueAt), instant(n.ClosedAt), n.Outcome, n.ClosedBy, n.Version,
	}
}

type entryList struct {
	Body struct {
		Items []entryBody `json:"items" nullable:"false"`
	}
}

func listEntries(ctx context.Context, s *site, in *struct {
	Open bool `query:"open" doc:"Only those that nobody has closed."`
}) (*entryList, error) {
	all, err := s.Register.Entries(ctx)
	if err != nil {
		return nil, err
	}
	out := &entryList{}
	out.Body.Items = []entryBody{}
	for _, n := range all {
		if !in.Open || n.ClosedAt.IsZero() {
			out.Body.Items = append(out.Body.Items, showEntry(n))
		}
	}
	return out, nil
}

type oneEntry struct {
	ETag string `header:"ETag" doc:"The version, for If-Match."`
	Body entryBody
}

func closeEntry(ctx context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The entry's id."`
	Match
	Body struct {
		Outcome string `json:"outcome" doc:"What was done; one line."`
	}
}) (*oneEntry, error) {
	expect, err := in.expect()
	if err != nil {
		return nil, err
	}
	by, _ := actorOf(ctx)
	n, err := s.Register.CloseEntry(ctx, by, in.ID, in.Body.Outcome, expect)
	return &oneEntry{ETag: etag(n.Version), Body: showEntry(n)}, unmatched(expect, err)
}
