package incidents

import (
	"context"
	"fmt"

	"github.com/upheld/upheld/internal/uptime"
)

// PreviewOpen is what an opening would come to (Responder, also for what needs
// a Publisher to be done). The id of the incident will be another one.
func (s *Service) PreviewOpen(ctx context.Context, by uptime.Actor, in Opening) (Preview, error) {
	if err := allow(by, uptime.Responder); err != nil {
		return Preview{}, err
	}
	changes, _, err := s.opening(by, in)
	if err != nil {
		return Preview{}, err
	}
	return s.preview(ctx, changes)
}

// PreviewSay is what an update would come to (Responder).
func (s *Service) PreviewSay(ctx context.Context, by uptime.Actor, id uptime.IncidentID, w Word) (Preview, error) {
	return s.previewAct(ctx, by, id, w.say)
}

// PreviewPublish is what publishing a draft would come to (Responder).
func (s *Service) PreviewPublish(ctx context.Context, by uptime.Actor, id uptime.IncidentID, silent bool) (Preview, error) {
	return s.previewAct(ctx, by, id, publishing(silent))
}

// PreviewReview is what publishing a review would come to (Responder).
func (s *Service) PreviewReview(ctx context.Context, by uptime.Actor, id uptime.IncidentID, body string) (Preview, error) {
	return s.previewAct(ctx, by, id, func(k known) (move, error) { return review(k, body, true) })
}

func (s *Service) previewAct(ctx context.Context, by uptime.Actor, id uptime.IncidentID, step func(known) (move, error)) (Preview, error) {
	if err := allow(by, uptime.Responder); err != nil {
		return Preview{}, err
	}
	need := func(uptime.Incident) uptime.Role { return uptime.Responder }
	changes, _, err := s.decide(ctx, order{by: by, id: id, need: need}, step)
	if err != nil {
		return Preview{}, err
	}
	return s.preview(ctx, changes)
}

// preview counts whom a decision would reach.
func (s *Service) preview(ctx context.Context, changes uptime.Changes) (Preview, error) {
	p := Preview{Changes: changes}
	if len(changes.Outbox) == 0 {
		return p, nil
	}
	p.Notice = changes.Outbox[0]
	p.Channels = p.Notice.Channels
	if a := p.Notice.Audience; a != nil && a.Held == "" {
		n, err := s.o.Ledger.CountAudience(ctx, *a)
		if err != nil {
			return Preview{}, fmt.Errorf("counting who would be told: %w", err)
		}
		p.Subscribers = n
	}
	return p, nil
}
