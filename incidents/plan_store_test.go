package incidents

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// The life of a plan with the ledger that is used.
func TestTheStoreKeepsWhatIsPlanned(t *testing.T) {
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
	d := newPlanDesk(t)
	for i := range d.rules.Catalogue.Policies[0].Commitments { // a zone is kept by its name
		c := &d.rules.Catalogue.Policies[0].Commitments[i]
		if c.Hours != nil {
			c.Hours.Blackouts[0].Zone, err = time.LoadLocation("Australia/Brisbane")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	d.o.Ledger = db
	step := func(name string, answered uptime.Plan, err error) uptime.Plan {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kept, err := db.Plan(ctx, answered.ID)
		if err != nil || kept.Version != answered.Version || kept.Phase != answered.Phase || len(kept.Revisions) != len(answered.Revisions) || len(kept.Updates) != len(answered.Updates) {
			t.Errorf("%s: answered %+v, kept %+v, %v", name, answered, kept, err)
		}
		return kept
	}
	once := &uptime.Once{Key: "u-publ/announce/1", Digest: "a", At: noon}
	p, err := d.Announce(ctx, editor, lawful(func(w *Work) { w.Publish = false }), once)
	p = step("draft", p, err)
	if again, err := d.Announce(ctx, editor, lawful(nil), once); err != nil || again.ID != p.ID {
		t.Errorf("repeated: %s, %v", again.ID, err)
	}
	answered, err := d.Redraft(ctx, editor, p.ID, lawful(func(w *Work) { w.Title = "Other work" }), p.Version)
	p = step("redraft", answered, err)
	answered, err = d.Publish(ctx, editor, p.ID, "", 0, nil)
	p = step("publish", answered, err)
	answered, err = d.Revise(ctx, editor, p.ID, Move{From: noon.Add(20 * time.Hour), Override: "It burns"}, 0, nil)
	if p = step("revise", answered, err); len(p.Now().Broken) == 0 || p.Now().Override != "It burns" || p.Sequence() != 1 {
		t.Errorf("%+v", p.Revisions)
	}
	answered, err = d.Say(ctx, editor, p.ID, "", "A word.", false, 0, nil)
	step("say", answered, err)
	d.at(noon.Add(21 * time.Hour))
	answered, err = d.Finish(ctx, editor, p.ID, "Done.", 0, nil)
	step("finish", answered, err)
	draft, err := d.Announce(ctx, responder, lawful(func(w *Work) { w.Publish = false }), nil)
	if err != nil {
		t.Fatal(err)
	}
	answered, err = d.Discard(ctx, responder, draft.ID, 0)
	step("discard", answered, err)
	if open, err := db.OpenPlans(ctx); err != nil || len(open) != 0 {
		t.Errorf("open %+v, %v", open, err)
	}
	notices, err := db.Notices(ctx, uptime.NoticeFilter{}, uptime.Cursor{Limit: 10})
	if err != nil || len(notices) != 4 {
		t.Errorf("%d notices, %v", len(notices), err)
	}
	if check, err := db.VerifyAudit(ctx); err != nil || check.Entries != 8 || check.Broken != 0 {
		t.Errorf("audit %+v, %v", check, err)
	}
}
