package store

import (
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

// What was decided is sealed: a row of the log that somebody changes behind the
// program's back makes the verification fail, at that row. See docs/coverage.md.
func TestI6OneChangedRowMakesVerificationFail(t *testing.T) {
	db := openFile(t)
	audited(t, db, 4)
	if check, err := db.VerifyAudit(t.Context()); err != nil || check.Broken != 0 || check.Entries != 4 {
		t.Fatalf("before: %+v, %v", check, err)
	}
	unguarded(t, db)
	if err := db.writer.Exec("UPDATE audit SET detail = 'Nothing happened' WHERE seq = 3").Error; err != nil {
		t.Fatal(err)
	}
	check, err := db.VerifyAudit(t.Context())
	if err != nil || check.Broken != 3 || check.Problem == "" {
		t.Errorf("after: %+v, %v", check, err)
	}
	// Nor does it help to go on as if nothing had been changed.
	if err := db.Apply(t.Context(), uptime.Changes{Audit: make([]uptime.AuditEntry, 2)}); err != nil {
		t.Fatal(err)
	}
	if check, err = db.VerifyAudit(t.Context()); err != nil || check.Broken != 3 || check.Entries != 6 {
		t.Errorf("later: %+v, %v", check, err)
	}
}
