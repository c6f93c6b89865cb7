package incidents

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// The life of an incident with the ledger that is used.
func TestTheStoreKeepsWhatPeopleDo(t *testing.T) {
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
	d := newDesk(t)
	d.Service = NewService(d.options(db))
	once := &uptime.Once{Key: "u-publ/open/1", Digest: "a", At: noon}
	i, err := d.Open(ctx, editor, outage(func(in *Opening) {
		in.Tier, in.StartedAt, in.States = 1, noon.Add(-time.Hour), states{"sign-in": uptime.Down}
	}), once)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.Open(ctx, editor, outage(nil), once); err != nil || again.ID != i.ID {
		t.Errorf("repeated: %s, %v", again.ID, err)
	}
	step := func(name string, answered uptime.Incident, err error) uptime.Incident {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kept, err := db.Incident(ctx, answered.ID)
		if err != nil || kept.Version != answered.Version || kept.Phase != answered.Phase || len(kept.Updates) != len(answered.Updates) {
			t.Errorf("%s: answered %+v, kept %+v, %v", name, answered, kept, err)
		}
		return kept
	}
	answered, err := d.after(time.Minute).Say(ctx, editor, i.ID, Word{Phase: uptime.Identified, Body: "Found.", States: states{"sign-in": uptime.Partial}}, i.Version, nil)
	i = step("say", answered, err)
	if _, err := d.Say(ctx, editor, i.ID, Word{Body: "x"}, 1, nil); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("at an old version: %v", err)
	}
	answered, err = d.Amend(ctx, editor, i.ID, i.Updates[1].ID, "Found it.", 0)
	i = step("amend", answered, err)
	if u := i.Updates[1]; u.Body != "Found it." || len(u.Amended) != 1 || u.Amended[0].Body != "Found." {
		t.Errorf("amended %+v", u)
	}
	answered, err = d.Say(ctx, editor, i.ID, Word{Phase: uptime.Resolved, Body: "Fixed.", At: noon.Add(-time.Minute)}, 0, nil)
	i = step("resolve", answered, err)
	statements, err := db.StatementsOf(ctx, i.ID)
	if err != nil || len(statements) != 2 || !statements[0].To.Equal(i.ResolvedAt) || !statements[1].To.Equal(statements[1].From) {
		t.Errorf("statements %+v, %v", statements, err)
	}
	answered, err = d.Review(ctx, editor, i.ID, "Learned.", true, 0)
	i = step("review", answered, err)
	answered, err = d.Close(ctx, editor, i.ID, 0)
	i = step("close", answered, err)
	if i.ClosedAt.IsZero() || i.Postmortem.Body != "Learned." {
		t.Errorf("closed %+v", i)
	}
	notices, err := db.Notices(ctx, uptime.NoticeFilter{Incident: i.ID}, uptime.Cursor{Limit: 10})
	if err != nil || len(notices) != 4 {
		t.Errorf("%d notices, %v", len(notices), err)
	}
	if check, err := db.VerifyAudit(ctx); err != nil || check.Entries != 6 || check.Broken != 0 {
		t.Errorf("audit %+v, %v", check, err)
	}
	if made, err := d.SaveTemplate(ctx, editor, uptime.Template{Name: "Outage"}); err != nil {
		t.Error(err)
	} else if err := d.DeleteTemplate(ctx, editor, made.ID); err != nil {
		t.Error(err)
	}
}
