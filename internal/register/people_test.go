package register

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// piece is evidence as somebody enters it.
func piece(change func(*uptime.Evidence)) uptime.Evidence {
	e := uptime.Evidence{Record: "penetration_test", Title: " External test ", By: "Acme", At: noon.AddDate(0, 0, -3), Public: true}
	if change != nil {
		change(&e)
	}
	return e
}

func TestEvidenceIsAddedAndWithdrawn(t *testing.T) {
	d := newDesk(t)
	e, err := d.AddEvidence(t.Context(), publisher, piece(func(e *uptime.Evidence) {
		e.ID, e.Author, e.Withdrawn, e.AddedAt = "mine", "somebody", noon, noon.AddDate(-9, 0, 0)
		e.Note, e.URL = "a\r\nb\x07", "https://example.org/report"
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.ID) != 16 || e.Author != "u-publ" || !e.Withdrawn.IsZero() || !e.AddedAt.Equal(noon) || e.Title != "External test" || e.Note != "a\nb" {
		t.Errorf("%+v", e)
	}
	if a := d.shelf.audit[0]; a.Action != "evidence.add" || a.Object != e.ID || a.Actor != publisher || a.Detail != "penetration_test: External test" {
		t.Errorf("%+v", a)
	}
	newer, err := d.AddEvidence(t.Context(), publisher, piece(func(e *uptime.Evidence) { e.Record, e.At = "E36", noon.AddDate(0, 0, -1) }), nil)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := d.Evidence(t.Context()); err != nil || len(all) != 2 || all[0].ID != newer.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if err := d.after(time.Hour).WithdrawEvidence(t.Context(), publisher, e.ID); err != nil {
		t.Fatal(err)
	}
	if kept := d.shelf.evidence[e.ID]; !kept.Withdrawn.Equal(d.now) || kept.Title != "External test" {
		t.Errorf("%+v", kept)
	}
	if a := d.shelf.audit[2]; a.Action != "evidence.withdraw" || a.Object != e.ID {
		t.Errorf("%+v", a)
	}
	for _, id := range []string{e.ID, "unknown"} {
		if err := d.WithdrawEvidence(t.Context(), publisher, id); !errors.Is(err, uptime.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestEvidenceIsRefusedFieldByField(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*uptime.Evidence)
		field  string
	}{
		"of nothing":                 {func(e *uptime.Evidence) { e.Record = "" }, "record"},
		"of no register":             {func(e *uptime.Evidence) { e.Record = "tea" }, "record"},
		"of a text":                  {func(e *uptime.Evidence) { e.Record = "P41" }, "record"},
		"by a register's id":         {func(e *uptime.Evidence) { e.Record = "P6" }, ""},
		"without a title":            {func(e *uptime.Evidence) { e.Title = " \u200b" }, "title"},
		"a title of two lines":       {func(e *uptime.Evidence) { e.Title = "a\nb" }, "title"},
		"a long title":               {func(e *uptime.Evidence) { e.Title = strings.Repeat("é", MaxLine+1) }, "title"},
		"the longest title":          {func(e *uptime.Evidence) { e.Title = strings.Repeat("é", MaxLine) }, ""},
		"by nobody":                  {func(e *uptime.Evidence) { e.By = "" }, ""},
		"a name that turns the text": {func(e *uptime.Evidence) { e.By = "A\u202eb" }, "by"},
		"without a day":              {func(e *uptime.Evidence) { e.At = time.Time{} }, "at"},
		"tomorrow":                   {func(e *uptime.Evidence) { e.At = noon.AddDate(0, 0, 1) }, "at"},
		"by a clock that is ahead":   {func(e *uptime.Evidence) { e.At = noon.Add(30 * time.Second) }, ""},
		"in another century":         {func(e *uptime.Evidence) { e.At = noon.AddDate(-101, 0, 0) }, "at"},
		"expired before it was done": {func(e *uptime.Evidence) { e.ExpiresAt = e.At }, "expires_at"},
		"good for ever":              {func(e *uptime.Evidence) { e.ExpiresAt = time.Date(10000, 1, 1, 10, 0, 0, 0, time.UTC) }, "expires_at"},
		"expired since":              {func(e *uptime.Evidence) { e.ExpiresAt = noon.AddDate(0, 0, -1) }, ""},
		"a link of no page":          {func(e *uptime.Evidence) { e.URL = "javascript:alert(1)" }, "url"},
		"a link with a password":     {func(e *uptime.Evidence) { e.URL = "https://a:b@example.org/" }, "url"},
		"a long link":                {func(e *uptime.Evidence) { e.URL = "https://example.org/" + strings.Repeat("a", MaxURL) }, "url"},
		"a long note":                {func(e *uptime.Evidence) { e.Note = strings.Repeat("a", MaxText+1) }, "note"},
		"a note that is no text":     {func(e *uptime.Evidence) { e.Note = "\xff" }, "note"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			_, err := d.AddEvidence(t.Context(), publisher, piece(test.change), nil)
			if test.field != "" {
				faulty(t, err, test.field)
			} else if err != nil {
				t.Error(err)
			}
			if (err == nil) != (d.shelf.applied == 1) {
				t.Errorf("written %d times", d.shelf.applied)
			}
		})
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	_, err := newDesk(t).AddEvidence(t.Context(), publisher, uptime.Evidence{}, nil)
	var invalid Invalid
	if !errors.As(err, &invalid) || len(invalid) != 3 || !strings.Contains(err.Error(), "; ") {
		t.Errorf("%v", err)
	}
}

func TestEvidenceIsAddedOnceUnderAKey(t *testing.T) {
	d := newDesk(t)
	once := func() *uptime.Once { return &uptime.Once{Key: "k", Digest: "a", At: noon} }
	first := once()
	e, err := d.AddEvidence(t.Context(), publisher, piece(nil), first)
	if err != nil || first.Result != "" {
		t.Fatalf("%v, %+v", err, first)
	}
	again := once()
	if r, err := d.AddEvidence(t.Context(), publisher, piece(nil), again); err != nil || r.ID != e.ID || again.Result != e.ID || d.shelf.applied != 1 {
		t.Errorf("%+v, %v, %+v", r, err, again)
	}
	other := once()
	other.Digest = "b"
	if _, err := d.AddEvidence(t.Context(), publisher, piece(nil), other); !errors.Is(err, uptime.ErrKeyReused) {
		t.Errorf("%v", err)
	}
	// The same request twice at the same time: the other one is written first.
	race := &uptime.Once{Key: "r", Digest: "a"}
	var won uptime.Evidence
	d.shelf.before = func() error {
		won, err = d.AddEvidence(t.Context(), publisher, piece(nil), &uptime.Once{Key: "r", Digest: "a"})
		return err
	}
	if r, err := d.AddEvidence(t.Context(), publisher, piece(nil), race); err != nil || r.ID != won.ID || race.Result != won.ID || len(d.shelf.evidence) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAnEntryIsClosedWithItsOutcome(t *testing.T) {
	d := newDesk(t)
	d.tick([]uptime.Standing{broken("P23", "a", "b")})
	_, err := d.CloseEntry(t.Context(), admin, "P23.a", " \n", 1)
	faulty(t, err, "outcome")
	if _, err := d.CloseEntry(t.Context(), admin, "P23.a", "Done.", 2); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("at another version: %v", err)
	}
	if _, err := d.CloseEntry(t.Context(), admin, "P23.x", "Done.", 0); !errors.Is(err, uptime.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	e, err := d.after(time.Hour).CloseEntry(t.Context(), admin, "P23.a", "The form\nwarns now.", 1)
	if err != nil || e.Version != 2 || e.ClosedBy != "u-admin" || !e.ClosedAt.Equal(d.now) || e.Outcome != "The form\nwarns now." {
		t.Errorf("%+v, %v", e, err)
	}
	if a := d.shelf.audit[0]; a.Action != "non_compliance.close" || a.Object != "P23.a" || a.Detail != "The form warns now." {
		t.Errorf("%+v", a)
	}
	_, err = d.CloseEntry(t.Context(), admin, "P23.a", "Again.", 0)
	faulty(t, err, "outcome")
	if all, err := d.Entries(t.Context()); err != nil || len(all) != 2 || all[0].ID != "P23.b" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestOfTwoWhoCloseAnEntryOneIsFirst(t *testing.T) {
	d := newDesk(t)
	d.tick([]uptime.Standing{broken("P23", "a")})
	d.shelf.before = func() error {
		_, err := d.CloseEntry(t.Context(), admin, "P23.a", "First.", 1)
		return err
	}
	if _, err := d.CloseEntry(t.Context(), admin, "P23.a", "Second.", 1); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("%v", err)
	}
	if e := d.shelf.entries["P23.a"]; e.Outcome != "First." || e.Version != 2 {
		t.Errorf("%+v", e)
	}
}

func TestWhoMayChangeTheRegister(t *testing.T) {
	d := newDesk(t)
	d.tick([]uptime.Standing{broken("P23", "a")})
	for _, by := range []uptime.Actor{{Name: "nobody"}, responder, publisher, admin} {
		_, add := d.AddEvidence(t.Context(), by, piece(nil), nil)
		withdraw := d.WithdrawEvidence(t.Context(), by, "unknown")
		_, end := d.CloseEntry(t.Context(), by, "unknown", "Done.", 0)
		if errors.Is(add, uptime.ErrForbidden) != (by.Role < uptime.Publisher) || errors.Is(withdraw, uptime.ErrForbidden) != (by.Role < uptime.Publisher) {
			t.Errorf("%s: evidence: %v, %v", by.Name, add, withdraw)
		}
		if errors.Is(end, uptime.ErrForbidden) != (by.Role < uptime.Admin) {
			t.Errorf("%s closes: %v", by.Name, end)
		}
	}
}

func TestLinesThatAreTakenAreLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f fields
		line := f.line("title", rapid.String().Draw(t, "title"), "what", true)
		if f.err() == nil && (line == "" || strings.ContainsFunc(line, breaks) || len([]rune(line)) > MaxLine || line != strings.TrimSpace(line)) {
			t.Errorf("%q was taken", line)
		}
	})
}

func version(number, text string) uptime.PolicyVersion {
	return uptime.PolicyVersion{Policy: "customer-success", Number: number, Digest: text, Text: text, ApprovedBy: "COO", EffectiveFrom: noon}
}

func TestVersionsOfPoliciesAreLearntOnce(t *testing.T) {
	d := newDesk(t)
	learn := func(versions ...uptime.PolicyVersion) error { return d.Learn(t.Context(), versions) }
	if err := learn(version("1", "a")); err != nil {
		t.Fatal(err)
	}
	d.after(time.Hour)
	if err := learn(version("1", "a"), version("2", "b")); err != nil {
		t.Fatal(err)
	}
	if len(d.shelf.versions) != 2 || !d.shelf.versions[0].SeenAt.Equal(noon) || !d.shelf.versions[1].SeenAt.Equal(d.now) {
		t.Errorf("%+v", d.shelf.versions)
	}
	if len(d.shelf.audit) != 2 || d.shelf.audit[1].Action != "policy.learn" || d.shelf.audit[1].Actor.Kind != "system" {
		t.Errorf("%+v", d.shelf.audit)
	}
	applied := d.shelf.applied
	if err := learn(version("1", "a"), version("2", "b")); err != nil || d.shelf.applied != applied {
		t.Errorf("%v, written %d times", err, d.shelf.applied)
	}
}

func TestATextThatChangedUnderItsNumberIsRefused(t *testing.T) {
	d := newDesk(t)
	if err := d.Learn(t.Context(), []uptime.PolicyVersion{version("1", "a")}); err != nil {
		t.Fatal(err)
	}
	unapproved := version("3", "c")
	unapproved.ApprovedBy = ""
	err := d.Learn(t.Context(), []uptime.PolicyVersion{version("2", "b"), version("1", "changed"), unapproved})
	if err == nil || !strings.Contains(err.Error(), "customer-success: the text of version 1 ") || !strings.Contains(err.Error(), "a number") ||
		!strings.Contains(err.Error(), "approved version 3") {
		t.Errorf("%v", err)
	}
	if len(d.shelf.versions) != 1 {
		t.Errorf("%+v", d.shelf.versions)
	}
	if err := d.Learn(t.Context(), []uptime.PolicyVersion{version("4", "x"), version("4", "y")}); err == nil {
		t.Error("two texts under one number")
	}
}

func TestTwoProcessesThatLearnTheSame(t *testing.T) {
	d := newDesk(t)
	d.shelf.before = func() error { return d.Learn(t.Context(), []uptime.PolicyVersion{version("1", "a")}) }
	if err := d.Learn(t.Context(), []uptime.PolicyVersion{version("1", "a")}); err != nil || len(d.shelf.versions) != 1 {
		t.Errorf("%v, %+v", err, d.shelf.versions)
	}
}
