package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

func audited(t *testing.T, db *DB, entries int) {
	t.Helper()
	for n := range entries {
		err := db.Apply(t.Context(), uptime.Changes{Audit: []uptime.AuditEntry{{
			At: time.UnixMilli(1_800_000_000_000 + int64(n)), Action: "incident.publish", Object: "i1", Detail: "Sign-in",
			Actor: uptime.Actor{Kind: "user", ID: "u1", Name: "Anna", Role: uptime.Admin, Address: "192.0.2.1"},
		}}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheAuditLogRefusesToBeChanged(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			db := open(t, address(t))
			audited(t, db, 3)
			statements := []string{
				"UPDATE audit SET detail = ''", "UPDATE audit SET hash = hash WHERE seq = 2", "DELETE FROM audit WHERE seq = 3", "DELETE FROM audit",
			}
			if name == "sqlite" {
				statements = append(statements, "INSERT OR REPLACE INTO audit SELECT seq, at, '', '', '', '', '', '', '', '', '', '' FROM audit WHERE seq = 2")
			} else {
				statements = append(statements, "TRUNCATE audit")
			}
			for _, s := range statements {
				if err := db.writer.Exec(s).Error; err == nil || !strings.Contains(err.Error(), "only ever added to") {
					t.Errorf("%s: %v", s, err)
				}
			}
			if c, err := db.VerifyAudit(t.Context()); err != nil || c.Entries != 3 || c.Broken != 0 {
				t.Errorf("afterwards: %+v (%v)", c, err)
			}
		})
	}
}

// unguarded is a log whose triggers somebody has taken away.
func unguarded(t *testing.T, db *DB) {
	t.Helper()
	drops := []string{"DROP TRIGGER audit_update", "DROP TRIGGER audit_delete", "DROP TRIGGER audit_replace"}
	if _, lite := db.dialect.(sqliteDialect); !lite {
		drops = []string{"DROP TRIGGER audit_kept ON audit", "DROP TRIGGER audit_whole ON audit"}
	}
	for _, drop := range drops {
		if err := db.writer.Exec(drop).Error; err != nil {
			t.Fatal(err)
		}
	}
}

// Each change of one field of one entry, and each entry that is taken out, put
// in or exchanged, breaks the chain at or right after it.
func TestAnyChangeOfTheAuditLogIsFound(t *testing.T) {
	columns := map[string]string{
		"seq": "seq + 100", "at": "at + 1", "actor_kind": "'token'", "actor_id": "'u2'", "actor_name": "'Otto'", "actor_role": "'viewer'",
		"actor_address": "''", "action": "action || '!'", "object": "'i2'", "detail": "''", "prev": "''", "hash": "upper(hash)",
	}
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			db := open(t, address(t))
			audited(t, db, 5)
			unguarded(t, db)
			broken := func(what string, seq int64) {
				t.Helper()
				c, err := db.VerifyAudit(t.Context())
				if err != nil || c.Broken != seq && c.Broken != seq+1 || c.Problem == "" {
					t.Errorf("%s: %+v (%v), want entry %d or %d to be broken", what, c, err, seq, seq+1)
				}
			}
			run := func(query string) {
				t.Helper()
				if err := db.writer.Exec(query).Error; err != nil {
					t.Fatalf("%s: %v", query, err)
				}
			}
			run("CREATE TABLE kept AS SELECT * FROM audit")
			restore := func() {
				t.Helper()
				run("DELETE FROM audit")
				run("INSERT INTO audit SELECT * FROM kept ORDER BY seq")
				if c, err := db.VerifyAudit(t.Context()); err != nil || c.Broken != 0 || c.Entries != 5 {
					t.Fatalf("restored: %+v (%v)", c, err)
				}
			}
			var known int
			query := `SELECT count(*) FROM pragma_table_info('audit')`
			if name == "postgres" {
				query = `SELECT count(*) FROM information_schema.columns WHERE table_name = 'audit'`
			}
			if err := db.reader.Raw(query).Row().Scan(&known); err != nil || known != len(columns) {
				t.Fatalf("the table has %d columns (%v), and %d are tried", known, err, len(columns))
			}
			for column, value := range columns {
				for _, seq := range []int64{2, 4} {
					run(fmt.Sprintf("UPDATE audit SET %s = %s WHERE seq = %d", column, value, seq))
					broken(column, seq)
					restore()
				}
			}
			run("DELETE FROM audit WHERE seq = 3")
			broken("one taken out", 3)
			restore()
			run("DELETE FROM audit WHERE seq = 1")
			broken("the first taken out", 1)
			restore()
			run("INSERT INTO audit SELECT 0, at, actor_kind, actor_id, actor_name, actor_role, actor_address, action, object, detail, '', hash FROM kept WHERE seq = 1")
			if c, err := db.VerifyAudit(t.Context()); err != nil || c.Problem == "" {
				t.Errorf("one put before: %+v (%v)", c, err)
			}
		})
	}
}

// More entries than are read at a time are one chain, and a role that nobody
// knows is a broken entry and no error.
func TestALongAuditLogIsCheckedInParts(t *testing.T) {
	db := openFile(t)
	entries := make([]uptime.AuditEntry, verifyRows+2)
	if err := db.Apply(t.Context(), uptime.Changes{Audit: entries}); err != nil {
		t.Fatal(err)
	}
	if c, err := db.VerifyAudit(t.Context()); err != nil || c.Broken != 0 || c.Entries != verifyRows+2 {
		t.Errorf("%+v (%v)", c, err)
	}
	unguarded(t, db)
	if err := db.writer.Exec("UPDATE audit SET actor_role = 'god' WHERE seq = ?", verifyRows+1).Error; err != nil {
		t.Fatal(err)
	}
	if c, err := db.VerifyAudit(t.Context()); err != nil || c.Broken != verifyRows+1 || c.Entries != verifyRows+2 {
		t.Errorf("%+v (%v)", c, err)
	}
}
