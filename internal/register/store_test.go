package register

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// The register with the store that is used.
func TestTheStoreKeepsTheRegister(t *testing.T) {
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
	now, catalogue := noon, newDesk(t).catalogue
	s := New(Options{
		Store: db, Now: func() time.Time { return now }, Random: rand.Reader,
		Rules: func() notice.Rules {
			return notice.Rules{Catalogue: catalogue, Channels: []notice.Channel{{Name: "ops"}}}
		},
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Learn(ctx, []uptime.PolicyVersion{version("1", "a")}))
	must(s.Learn(ctx, []uptime.PolicyVersion{version("1", "a")}))
	if err := s.Learn(ctx, []uptime.PolicyVersion{version("1", "b")}); err == nil {
		t.Error("another text was taken")
	}
	once := &uptime.Once{Key: "k", Digest: "a", At: noon}
	e, err := s.AddEvidence(ctx, publisher, piece(func(e *uptime.Evidence) { e.ExpiresAt = noon.AddDate(0, 0, 20) }), once)
	must(err)
	if again, err := s.AddEvidence(ctx, publisher, piece(nil), once); err != nil || again.ID != e.ID {
		t.Errorf("%+v, %v", again, err)
	}
	standings := []uptime.Standing{broken("P23", "plan-7"), register("P6", uptime.Aim)}
	must(s.Tick(ctx, standings, []uptime.Burn{burning(fast, fires)}))
	must(s.Tick(ctx, standings, []uptime.Burn{burning(fast, fires)}))
	if list, err := db.Deliveries(ctx, uptime.DeliveryFilter{}, uptime.Cursor{Limit: 50}); err != nil || len(list) != 3 {
		t.Errorf("%d deliveries, %v", len(list), err)
	}
	if alerts, err := db.Alerts(ctx); err != nil || len(alerts) != 1 {
		t.Errorf("%+v, %v", alerts, err)
	}
	if _, err := s.CloseEntry(ctx, admin, "P23.plan-7", "Done.", 1); err != nil {
		t.Error(err)
	}
	if _, err := s.CloseEntry(ctx, admin, "P23.plan-7", "Done.", 1); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("%v", err)
	}
	must(s.WithdrawEvidence(ctx, publisher, e.ID))
	now = now.Add(time.Minute)
	must(s.Tick(ctx, standings, []uptime.Burn{burning(fast, calm)}))
	now = now.Add(5 * time.Minute)
	must(s.Tick(ctx, standings, []uptime.Burn{burning(fast, calm)}))
	if alerts, err := db.Alerts(ctx); err != nil || len(alerts) != 0 {
		t.Errorf("%+v, %v", alerts, err)
	}
	if list, err := db.Deliveries(ctx, uptime.DeliveryFilter{}, uptime.Cursor{Limit: 50}); err != nil || len(list) != 4 {
		t.Errorf("%d deliveries, %v", len(list), err)
	}
	entries, err := s.Entries(ctx)
	if err != nil || len(entries) != 1 || entries[0].ClosedAt.IsZero() || entries[0].Outcome != "Done." {
		t.Errorf("%+v, %v", entries, err)
	}
}
