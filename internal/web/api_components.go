package web

import (
	"context"

	"github.com/upheld/upheld/internal/uptime"
)

type componentBody struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Group      string      `json:"group,omitempty"`
	Importance string      `json:"importance"`
	Tags       []string    `json:"tags" nullable:"false"`
	DependsOn  []string    `json:"depends_on" nullable:"false"`
	State      string      `json:"state" doc:"As it is measured."`
	Stated     *statedBody `json:"stated,omitempty" doc:"What people say beside it, the worst of it; missing: nothing. The page shows the worse of the two."`
}

// statedBody is what is said of a component, and where.
type statedBody struct {
	State    string `json:"state" enum:"degraded,partial,down"`
	Incident string `json:"incident" doc:"The published incident that says so, by its id."`
}

type componentList struct {
	Body struct {
		Items []componentBody `json:"items" nullable:"false"`
	}
}

func listComponents(ctx context.Context, s *site, _ *struct{}) (*componentList, error) {
	stated, err := s.statedNow(ctx)
	if err != nil {
		return nil, err
	}
	out, states := &componentList{}, s.Desk.States()
	out.Body.Items = []componentBody{}
	for _, c := range s.Desk.Catalogue().Components {
		shown := componentBody{
			ID: string(c.ID), Name: c.Name, Group: c.Group, Importance: c.Importance.String(),
			Tags: words(c.Tags), DependsOn: words(c.DependsOn), State: states[c.ID].String(),
		}
		if said, is := stated[c.ID]; is {
			shown.Stated = &statedBody{said.State.String(), string(said.Incident)}
		}
		out.Body.Items = append(out.Body.Items, shown)
	}
	return out, nil
}

// statedNow is the worst that published incidents say of each component at this
// moment.
func (s *site) statedNow(ctx context.Context) (map[uptime.ComponentID]uptime.Statement, error) {
	open, err := s.Records.OpenIncidents(ctx)
	if err != nil {
		return nil, err
	}
	worst, now := map[uptime.ComponentID]uptime.Statement{}, s.Now()
	for _, i := range open {
		if i.Draft() {
			continue
		}
		said, err := s.Records.StatementsOf(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		for _, one := range said {
			lasts := !one.From.After(now) && (one.To.IsZero() || one.To.After(now))
			if before, is := worst[one.Component]; lasts && (!is || one.State.Worse(before.State)) {
				worst[one.Component] = one
			}
		}
	}
	return worst, nil
}
