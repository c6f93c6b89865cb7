package web

import (
	"context"

	"github.com/upheld/upheld/internal/uptime"
)

type templateBody struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Title  string `json:"title,omitempty"`
	Phase  string `json:"phase,omitempty"`
	Impact string `json:"impact,omitempty"`
	Body   string `json:"body"`
}

func showTemplate(t uptime.Template) templateBody {
	return templateBody{t.ID, t.Name, t.Title, string(t.Phase), string(t.Impact), t.Body}
}

type templateList struct {
	Body struct {
		Items []templateBody `json:"items" nullable:"false"`
	}
}

func listTemplates(ctx context.Context, s *site, _ *struct{}) (*templateList, error) {
	found, err := s.Records.Templates(ctx)
	if err != nil {
		return nil, err
	}
	out := &templateList{}
	out.Body.Items = []templateBody{}
	for _, t := range found {
		out.Body.Items = append(out.Body.Items, showTemplate(t))
	}
	return out, nil
}

type saveTemplateInput struct {
	ID   string `path:"id" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" maxLength:"64" doc:"Of your choice: small letters, digits and hyphens."`
	Body struct {
		Name   string `json:"name" doc:"One line."`
		Title  string `json:"title,omitempty"`
		Phase  string `json:"phase,omitempty" enum:"investigating,identified,monitoring,resolved"`
		Impact string `json:"impact,omitempty" enum:"none,minor,major,critical"`
		Body   string `json:"body" doc:"Markdown."`
	}
}

type oneTemplate struct{ Body templateBody }

func saveTemplate(ctx context.Context, s *site, in *saveTemplateInput) (*oneTemplate, error) {
	by, _ := actorOf(ctx)
	b := in.Body
	saved, err := s.Incidents.SaveTemplate(ctx, by, uptime.Template{
		ID: in.ID, Name: b.Name, Title: b.Title, Phase: uptime.IncidentPhase(b.Phase), Impact: uptime.Impact(b.Impact), Body: b.Body,
	})
	return &oneTemplate{showTemplate(saved)}, err
}

func deleteTemplate(ctx context.Context, s *site, in *struct {
	ID string `path:"id"`
}) (*struct{}, error) {
	by, _ := actorOf(ctx)
	return nil, s.Incidents.DeleteTemplate(ctx, by, in.ID)
}
