package incidents

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// SaveTemplate writes a template: a new one without an id, else over the one
// that has it (Publisher). Names are unique without regard to case. Errors are
// those of the service.
func (s *Service) SaveTemplate(ctx context.Context, by uptime.Actor, t uptime.Template) (uptime.Template, error) {
	if err := allow(by, uptime.Publisher); err != nil {
		return uptime.Template{}, err
	}
	all, err := s.o.Ledger.Templates(ctx)
	if err != nil {
		return uptime.Template{}, err
	}
	if t.ID != "" && !slices.ContainsFunc(all, hasID(t.ID)) {
		return uptime.Template{}, fmt.Errorf("template %q: %w", t.ID, uptime.ErrNotFound)
	}
	if t, err = readTemplate(t, all); err != nil {
		return uptime.Template{}, err
	}
	if t.ID == "" {
		if t.ID, err = s.suffix(); err != nil {
			return uptime.Template{}, err
		}
	}
	return t, s.write(ctx, uptime.Changes{
		Templates: []uptime.Template{t}, Audit: s.entry(by, "template.save", t),
	})
}

// DeleteTemplate takes a template away (Publisher).
func (s *Service) DeleteTemplate(ctx context.Context, by uptime.Actor, id string) error {
	if err := allow(by, uptime.Publisher); err != nil {
		return err
	}
	all, err := s.o.Ledger.Templates(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, hasID(id))
	if at < 0 {
		return fmt.Errorf("template %q: %w", id, uptime.ErrNotFound)
	}
	return s.write(ctx, uptime.Changes{
		NoTemplates: []string{id}, Audit: s.entry(by, "template.delete", all[at]),
	})
}

func (s *Service) write(ctx context.Context, changes uptime.Changes) error {
	if err := s.o.Ledger.Apply(ctx, changes); err != nil {
		return err
	}
	s.applied(changes)
	return nil
}

func (s *Service) entry(by uptime.Actor, action string, t uptime.Template) []uptime.AuditEntry {
	return []uptime.AuditEntry{{At: whole(s.o.Now()), Actor: by, Action: action, Object: t.ID, Detail: t.Name}}
}

func hasID(id string) func(uptime.Template) bool {
	return func(t uptime.Template) bool { return t.ID == id }
}

// readTemplate checks what was entered. Only the name is needed: the rest is
// filled in when there is something to tell.
func readTemplate(t uptime.Template, all []uptime.Template) (uptime.Template, error) {
	var f fields
	t.Name = f.line("name", t.Name, "what the template is for")
	if slices.ContainsFunc(all, func(o uptime.Template) bool { return o.ID != t.ID && strings.EqualFold(o.Name, t.Name) }) {
		f.fault("name", "is taken by another template: choose another one")
	}
	if t.Title != "" {
		t.Title = f.line("title", t.Title, "what customers see")
	}
	switch t.Phase {
	case "", uptime.Investigating, uptime.Identified, uptime.Monitoring, uptime.Resolved, uptime.FalseAlarm:
	case uptime.PostmortemOut:
		f.fault("phase", "is postmortem: reviews have no templates")
	default:
		f.fault("phase", "is %q: use investigating, identified, monitoring, resolved or false_alarm, or leave it out", t.Phase)
	}
	if t.Impact != "" {
		f.impact(t.Impact)
	}
	t.Body = f.body(t.Body, false)
	return t, f.err()
}
