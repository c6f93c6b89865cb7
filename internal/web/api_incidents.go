package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/uptime"
)

// Incidents are run through this (*incidents.Service).
type Incidents interface {
	Open(ctx context.Context, by uptime.Actor, in incidents.Opening, once *uptime.Once) (uptime.Incident, error)
	Say(ctx context.Context, by uptime.Actor, id uptime.IncidentID, w incidents.Word, expect int64, once *uptime.Once) (uptime.Incident, error)
	Publish(ctx context.Context, by uptime.Actor, id uptime.IncidentID, silent bool, expect int64, once *uptime.Once) (uptime.Incident, error)
	Correct(ctx context.Context, by uptime.Actor, id uptime.IncidentID, c incidents.Correction, expect int64, once *uptime.Once) (uptime.Incident, error)
	Amend(ctx context.Context, by uptime.Actor, id uptime.IncidentID, updateID, body string, expect int64) (uptime.Incident, error)
	Review(ctx context.Context, by uptime.Actor, id uptime.IncidentID, body string, publish bool, expect int64) (uptime.Incident, error)
	Waive(ctx context.Context, by uptime.Actor, id uptime.IncidentID, reason string, expect int64) (uptime.Incident, error)
	Close(ctx context.Context, by uptime.Actor, id uptime.IncidentID, expect int64) (uptime.Incident, error)
	Discard(ctx context.Context, by uptime.Actor, id uptime.IncidentID, expect int64) (uptime.Incident, error)
	PreviewOpen(ctx context.Context, by uptime.Actor, in incidents.Opening) (incidents.Preview, error)
	PreviewSay(ctx context.Context, by uptime.Actor, id uptime.IncidentID, w incidents.Word) (incidents.Preview, error)
	PreviewPublish(ctx context.Context, by uptime.Actor, id uptime.IncidentID, silent bool) (incidents.Preview, error)
	PreviewReview(ctx context.Context, by uptime.Actor, id uptime.IncidentID, body string) (incidents.Preview, error)
	SaveTemplate(ctx context.Context, by uptime.Actor, t uptime.Template) (uptime.Template, error)
	DeleteTemplate(ctx context.Context, by uptime.Actor, id string) error
}

// About is one incident, at any version or at the one that If-Match names.
type About struct {
	ID string `path:"id" doc:"The incident's id."`
	Match
}

func (a About) id() uptime.IncidentID { return uptime.IncidentID(a.ID) }

// Match reads the version that a change was decided on.
type Match struct {
	IfMatch string `header:"If-Match" doc:"The version that was read, as its ETag: the answer is 412 if there is a newer one."`
}

// expect is the version of If-Match; 0: any.
func (m Match) expect() (int64, error) {
	if m.IfMatch == "" || m.IfMatch == "*" {
		return 0, nil
	}
	version, err := strconv.ParseInt(strings.Trim(m.IfMatch, `"`), 10, 64)
	if err != nil || version < 1 {
		return 0, errPrecondition
	}
	return version, nil
}

// Once reads what makes a POST happen once.
type Once struct {
	Key string `header:"Idempotency-Key" minLength:"1" maxLength:"255" pattern:"^[!-~]*$" doc:"Of your choice: a second request with it does nothing and is answered as the first was. Kept for 48 hours."`
}

// named is what the store knows the request by: who asks for what, and a digest
// of what.
func (o Once) named(ctx context.Context, now time.Time, operation string, body any) *uptime.Once {
	if o.Key == "" {
		return nil
	}
	text, _ := json.Marshal(body) // what was just read from JSON
	who, _ := actorOf(ctx)
	key := sha256.Sum256([]byte(who.Kind + "\x00" + who.ID + "\x00" + operation + "\x00" + o.Key))
	digest := sha256.Sum256(text)
	return &uptime.Once{Key: hex.EncodeToString(key[:]), Digest: hex.EncodeToString(digest[:]), At: now}
}

// oneIncident is the answer of everything that is about one.
type oneIncident struct {
	ETag     string `header:"ETag" doc:"The version, for If-Match."`
	Replayed string `header:"Idempotency-Replayed" doc:"true: it was done before, under this key."`
	Body     incidentBody
}

func (s *site) answerIncident(ctx context.Context, i uptime.Incident, err error) (*oneIncident, error) {
	if err != nil {
		return nil, err
	}
	stated, err := s.Records.StatementsOf(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	return &oneIncident{ETag: etag(i.Version), Body: showIncident(i, stated, s.Now())}, nil
}

// etag is a version as a header has it.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// changing is a handler of a change to one incident.
func changing[I any](change func(ctx context.Context, s *site, by uptime.Actor, in *I) (uptime.Incident, error)) func(context.Context, *site, *I) (*oneIncident, error) {
	return func(ctx context.Context, s *site, in *I) (*oneIncident, error) {
		by, _ := actorOf(ctx)
		i, err := change(ctx, s, by, in)
		return s.answerIncident(ctx, i, err)
	}
}

// telling is a handler of a change that a key can make happen once. The key is
// answered with what the service makes of it.
func telling[I any](change func(ctx context.Context, s *site, by uptime.Actor, in *I) (uptime.Incident, *uptime.Once, error)) func(context.Context, *site, *I) (*oneIncident, error) {
	return func(ctx context.Context, s *site, in *I) (*oneIncident, error) {
		by, _ := actorOf(ctx)
		i, once, err := change(ctx, s, by, in)
		out, err := s.answerIncident(ctx, i, err)
		if err == nil && once != nil && once.Result != "" {
			out.Replayed = "true"
		}
		return out, err
	}
}

func incidentOperations() []operation {
	const incident = apiPrefix + "/incidents/{id}"
	tags := []string{"Incidents"}
	row := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: tags}
	}
	opened := row("open-incident", http.MethodPost, apiPrefix+"/incidents", "Open an incident, as a draft or for all to see")
	opened.DefaultStatus = http.StatusCreated
	about := func(id, method, path, summary string) huma.Operation {
		o := row(id, method, incident+path, summary)
		o.Errors = []int{http.StatusPreconditionFailed}
		return o
	}
	return []operation{
		op(viewer, row("list-incidents", http.MethodGet, apiPrefix+"/incidents", "List incidents, drafts as well"), listIncidents),
		op(viewer, row("get-incident", http.MethodGet, incident, "Read an incident"), getIncident),
		op(responder, opened, telling(openIncident)),
		op(responder, row("preview-opening", http.MethodPost, apiPrefix+"/incidents/preview", "What opening it would send, and to whom"), previewOpening),
		op(responder, about("update-incident", http.MethodPost, "/updates", "Say something new"), telling(updateIncident)),
		op(responder, row("preview-update", http.MethodPost, incident+"/updates/preview", "What the update would send, and to whom"), previewUpdate),
		op(responder, about("correct-incident", http.MethodPatch, "", "Correct its title, tier or impact"), changing(correctIncident)),
		op(publisher, about("publish-incident", http.MethodPost, "/publish", "Show a draft to all"), telling(publishIncident)),
		op(publisher, about("amend-update", http.MethodPut, "/updates/{update}", "Put another text in the place of an update's; the former one stays readable"), changing(amendUpdate)),
		op(publisher, about("write-postmortem", http.MethodPut, "/postmortem", "Write down what was learned"), changing(writePostmortem)),
		op(publisher, about("waive-postmortem", http.MethodPost, "/waive", "Say why there is no postmortem"), changing(waivePostmortem)),
		op(publisher, about("close-incident", http.MethodPost, "/close", "Close it: nothing changes after that"), changing(closeIncident)),
		op(responder, about("discard-incident", http.MethodPost, "/discard", "Throw a draft away"), changing(discardIncident)),
		op(viewer, row("list-templates", http.MethodGet, apiPrefix+"/templates", "List the texts to start from"), listTemplates),
		op(publisher, row("save-template", http.MethodPut, apiPrefix+"/templates/{id}", "Write a text to start from"), saveTemplate),
		op(publisher, row("delete-template", http.MethodDelete, apiPrefix+"/templates/{id}", "Remove a text to start from"), deleteTemplate),
	}
}

type listIncidentsInput struct {
	Cursor
	Open      bool   `query:"open" doc:"Only those that last."`
	Draft     bool   `query:"draft" doc:"Only drafts."`
	Component string `query:"component" doc:"Only those that affect this component, by its id."`
}

func listIncidents(ctx context.Context, s *site, in *listIncidentsInput) (*list[incidentBody], error) {
	filter := uptime.IncidentFilter{Open: in.Open, Draft: in.Draft, Component: uptime.ComponentID(in.Component)}
	found, err := s.Records.Incidents(ctx, filter, in.more())
	if err != nil {
		return nil, in.lost(err)
	}
	return pageOf(found, in.Limit, func(i uptime.Incident) (incidentBody, string) {
		return showIncident(i, nil, s.Now()), string(i.ID)
	}), nil
}

func getIncident(ctx context.Context, s *site, in *struct {
	ID string `path:"id" doc:"The incident's id."`
}) (*oneIncident, error) {
	i, err := s.Records.Incident(ctx, uptime.IncidentID(in.ID))
	return s.answerIncident(ctx, i, err)
}

type openInput struct {
	Once
	Body openingBody
}

func openIncident(ctx context.Context, s *site, by uptime.Actor, in *openInput) (uptime.Incident, *uptime.Once, error) {
	opening, err := in.Body.read()
	if err != nil {
		return uptime.Incident{}, nil, err
	}
	once := in.named(ctx, s.Now(), "open-incident", in.Body)
	i, err := s.Incidents.Open(ctx, by, opening, once)
	return i, once, err
}

type updateInput struct {
	About
	Once
	Body wordBody
}

func updateIncident(ctx context.Context, s *site, by uptime.Actor, in *updateInput) (uptime.Incident, *uptime.Once, error) {
	word, err := in.Body.read()
	if err != nil {
		return uptime.Incident{}, nil, err
	}
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, nil, err
	}
	once := in.named(ctx, s.Now(), "update-incident/"+in.ID, in.Body)
	i, err := s.Incidents.Say(ctx, by, in.id(), word, expect, once)
	return i, once, unmatched(expect, err)
}

// unmatched is a conflict as what it is to whoever named a version.
func unmatched(expect int64, err error) error {
	if expect > 0 && errors.Is(err, uptime.ErrConflict) {
		return errPrecondition
	}
	return err
}

type correctInput struct {
	About
	Body struct {
		Title  string `json:"title,omitempty" doc:"One line."`
		Tier   int    `json:"tier,omitempty" minimum:"1" maximum:"3"`
		Impact string `json:"impact,omitempty" enum:"none,minor,major,critical"`
		Reason string `json:"reason,omitempty" doc:"Why; needed for another tier."`
	}
}

func correctIncident(ctx context.Context, s *site, by uptime.Actor, in *correctInput) (uptime.Incident, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, err
	}
	i, err := s.Incidents.Correct(ctx, by, in.id(), incidents.Correction{
		Title: in.Body.Title, Tier: uptime.Tier(in.Body.Tier), Impact: uptime.Impact(in.Body.Impact), Reason: in.Body.Reason,
	}, expect, nil)
	return i, unmatched(expect, err)
}

type publishInput struct {
	About
	Once
	Body *publishingBody // may be missing
}

type publishingBody struct {
	Silent bool `json:"silent,omitempty" doc:"Show it and tell nobody."`
}

func publishIncident(ctx context.Context, s *site, by uptime.Actor, in *publishInput) (uptime.Incident, *uptime.Once, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, nil, err
	}
	how := publishingBody{}
	if in.Body != nil {
		how = *in.Body
	}
	once := in.named(ctx, s.Now(), "publish-incident/"+in.ID, how)
	i, err := s.Incidents.Publish(ctx, by, in.id(), how.Silent, expect, once)
	return i, once, unmatched(expect, err)
}

type amendInput struct {
	About
	Update string `path:"update" doc:"The update's id."`
	Body   struct {
		Body string `json:"body" doc:"The text as it shall be, in Markdown."`
	}
}

func amendUpdate(ctx context.Context, s *site, by uptime.Actor, in *amendInput) (uptime.Incident, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, err
	}
	i, err := s.Incidents.Amend(ctx, by, in.id(), in.Update, in.Body.Body, expect)
	return i, unmatched(expect, err)
}

type postmortemInput struct {
	About
	Body struct {
		Body    string `json:"body" doc:"In Markdown."`
		Publish bool   `json:"publish,omitempty" doc:"Show it, and tell those who asked for news."`
	}
}

func writePostmortem(ctx context.Context, s *site, by uptime.Actor, in *postmortemInput) (uptime.Incident, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, err
	}
	i, err := s.Incidents.Review(ctx, by, in.id(), in.Body.Body, in.Body.Publish, expect)
	return i, unmatched(expect, err)
}

type waiveInput struct {
	About
	Body struct {
		Reason string `json:"reason" doc:"Why there is none; one line, shown on the page."`
	}
}

func waivePostmortem(ctx context.Context, s *site, by uptime.Actor, in *waiveInput) (uptime.Incident, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, err
	}
	i, err := s.Incidents.Waive(ctx, by, in.id(), in.Body.Reason, expect)
	return i, unmatched(expect, err)
}

func closeIncident(ctx context.Context, s *site, by uptime.Actor, in *About) (uptime.Incident, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, err
	}
	i, err := s.Incidents.Close(ctx, by, in.id(), expect)
	return i, unmatched(expect, err)
}

func discardIncident(ctx context.Context, s *site, by uptime.Actor, in *About) (uptime.Incident, error) {
	expect, err := in.expect()
	if err != nil {
		return uptime.Incident{}, err
	}
	i, err := s.Incidents.Discard(ctx, by, in.id(), expect)
	return i, unmatched(expect, err)
}

type previewOpeningInput struct{ Body openingBody }

func previewOpening(ctx context.Context, s *site, in *previewOpeningInput) (*previewBody, error) {
	opening, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	by, _ := actorOf(ctx)
	p, err := s.Incidents.PreviewOpen(ctx, by, opening)
	return s.showPreview(ctx, p, err)
}

type previewUpdateInput struct {
	ID   string `path:"id" doc:"The incident's id."`
	Body wordBody
}

func previewUpdate(ctx context.Context, s *site, in *previewUpdateInput) (*previewBody, error) {
	word, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	by, _ := actorOf(ctx)
	p, err := s.Incidents.PreviewSay(ctx, by, uptime.IncidentID(in.ID), word)
	return s.showPreview(ctx, p, err)
}
