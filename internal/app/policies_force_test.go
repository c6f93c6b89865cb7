package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// A version whose day has not come waits, and that before it stays in force; it
// begins by itself, and what was announced before keeps its own rules.
func TestAVersionOfAPolicyBeginsOnItsDay(t *testing.T) {
	clock := &hands{}
	clock.turn(time.Until(monday))
	u := beginBy(t, clock.now, "components:"+quick("Web", "http://127.0.0.1:1"))
	document := filepath.Join(filepath.Dir(u.path), "ours.yaml")
	publish := func(number, from string, hours int) {
		t.Helper()
		text := fmt.Sprintf(`profile: ours
title: Ours
statement: What we promise.
policy_version: {number: "%s", effective_from: %s, approved_by: The board}
commitments:
  - {id: O1, says: You hear of work in time., kind: notice, owner: Operations, of: [maintenance], min_notice: {value: %d, unit: h}}
`, number, from, hours)
		if err := os.WriteFile(document, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		u.write("page: {time_zone: UTC}\npolicies: [{file: ours.yaml}]\ncomponents:" + quick("Web", "http://127.0.0.1:1"))
		u.Reload()
	}
	promised := func() int {
		rules := u.catalogueInForce().PlanRules(uptime.MaintenanceWork, nil, nil, u.now())
		if len(rules.Notices) != 1 {
			return 0
		}
		return rules.Notices[0].Amount
	}
	publish("1", "2026-01-01", 24)
	u.within(10*time.Second, "the first version is in force", func() bool { return promised() == 24 })
	publish("2", "2026-12-08", 48)
	u.within(10*time.Second, "the second is known and waits", func() bool {
		versions, err := u.db.PolicyVersions(context.Background())
		return err == nil && len(versions) == 2
	})
	u.within(10*time.Second, "and the first stays in force", func() bool { return !u.policyIsDue() && promised() == 24 })
	clock.turn(24 * time.Hour)
	if !u.policyIsDue() {
		t.Fatal("its day has come, and it is not due")
	}
	u.Reload() // as the loop does
	u.within(10*time.Second, "the second version is in force", func() bool { return promised() == 48 })
}
