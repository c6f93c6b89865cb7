package incidents

import (
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

func TestAPreviewIsWhatWouldBeDoneAndDoesNothing(t *testing.T) {
	d := newDesk(t)
	p, err := d.PreviewOpen(t.Context(), responder, outage(nil))
	if err != nil || p.Notice.Reason != uptime.WentDown || p.Subscribers != 101 || len(p.Channels) != 1 || len(p.Changes.Incidents) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if d.ledger.applied != 0 {
		t.Fatal("it was done")
	}
	i := d.opened(nil)
	word := Word{Phase: uptime.Resolved, Body: "Done."}
	p, err = d.PreviewSay(t.Context(), responder, i.ID, word)
	if err != nil {
		t.Fatal(err)
	}
	d.said(i.ID, word)
	if done := d.notice(); done.ID != p.Notice.ID || done.Summary != p.Notice.Summary || done.Content.Update.Body != p.Notice.Content.Update.Body {
		t.Errorf("previewed %+v, done %+v", p.Notice, done)
	}
	p, err = d.PreviewOpen(t.Context(), responder, outage(func(in *Opening) { in.Silent = true }))
	if err != nil || p.Subscribers != 0 || p.Notice.Audience.Held != uptime.HeldSilent {
		t.Errorf("silent: %+v, %v", p, err)
	}
	draft := d.opened(func(in *Opening) { in.Publish = false })
	p, err = d.PreviewPublish(t.Context(), responder, draft.ID, false)
	if err != nil || p.Subscribers != 101 || p.Notice.Reason != uptime.WentDown {
		t.Errorf("publishing: %+v, %v", p, err)
	}
	p, err = d.PreviewReview(t.Context(), responder, i.ID, "Learned.")
	if err != nil || p.Notice.Reason != uptime.ReviewOut {
		t.Errorf("review: %+v, %v", p, err)
	}
	_, err = d.PreviewSay(t.Context(), responder, i.ID, Word{Phase: "gone"})
	faulty(t, err, "body", "phase")
}
