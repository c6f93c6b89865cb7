package register

import (
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// Work that was announced too late breaks the promise of notice. That opens one
// entry, which stays one however often it is looked at, after a restart, and once
// it is closed. See docs/coverage.md.
func TestI7ABrokenPromiseOpensOneEntryOnce(t *testing.T) {
	ctx := t.Context()
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "upheld.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	promise := uptime.Commitment{
		ID: "E8", Says: "You hear of work a day ahead.", Kind: uptime.OfNotice, Strength: uptime.Firm, Owner: "Chief technology officer",
		Notice: &uptime.NoticeTerms{Of: []uptime.PlanKind{uptime.MaintenanceWork}, Rule: uptime.NoticeRule{Commitment: "E8", Amount: 24, Unit: uptime.Hours}},
	}
	plan := uptime.Plan{
		ID: "storage", Kind: uptime.MaintenanceWork, Phase: uptime.Scheduled, PublishedAt: noon,
		Rules:     uptime.PlanRules{Notices: []uptime.NoticeRule{promise.Notice.Rule}},
		Revisions: []uptime.Revision{{At: noon, From: noon.Add(5 * time.Hour), To: noon.Add(6 * time.Hour), Override: "It burns."}},
	}
	plan.Revisions[0].Broken = planned.Broken(plan)
	now := noon
	begin := func() *Service {
		return New(Options{
			Store: db, Now: func() time.Time { return now }, Random: rand.Reader,
			Rules: func() notice.Rules { return notice.Rules{Channels: []notice.Channel{{Name: "ops"}}} },
		})
	}
	tick := func(s *Service) {
		t.Helper()
		now = now.Add(time.Minute)
		facts := commitment.Facts{Plans: []uptime.Plan{plan}, Began: noon.AddDate(0, -1, 0), Zone: time.UTC}
		if err := s.Tick(ctx, []uptime.Standing{commitment.Of(promise, facts, now)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	s := begin()
	tick(s)
	tick(s)
	s = begin()
	tick(s)
	entries, err := s.Entries(ctx)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%+v, %v", entries, err)
	}
	e := entries[0]
	if e.Commitment != "E8" || e.Owner != "Chief technology officer" || !e.DueAt.After(e.OpenedAt) || !e.ClosedAt.IsZero() {
		t.Errorf("%+v", e)
	}
	if told, err := db.Deliveries(ctx, uptime.DeliveryFilter{}, uptime.Cursor{Limit: 10}); err != nil || len(told) != 1 {
		t.Errorf("told %d times, %v", len(told), err)
	}
	if _, err := s.CloseEntry(ctx, admin, e.ID, "Windows are proposed by the planner now.", e.Version); err != nil {
		t.Fatal(err)
	}
	tick(s)
	if entries, err = s.Entries(ctx); err != nil || len(entries) != 1 || entries[0].Outcome == "" || entries[0].ClosedAt.IsZero() {
		t.Errorf("after it was closed: %+v, %v", entries, err)
	}
}
