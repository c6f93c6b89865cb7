package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/uptime"
)

// beforePromises is what a program left that knew of people and of no plans: a
// subscriber, an incident that they were told of, and what still waits.
var beforePromises = []string{
	`INSERT INTO subscriber (id, kind, address, folded, everything, news, state, created, confirmed, source, consent_from, bounces, counted_from, reason, secrets)
		VALUES ('s1', 'mail', 'Ada@example.org', 'ada@example.org', true, 3, 'confirmed', 1000, 2000, 'form', 'h', 1, 0, '', '[]')`,
	`INSERT INTO incident (id, title, tier, impact, phase, components, automatic, started, detected, resolved, version, created, published)
		VALUES ('i1', 'Sign-in is down', 1, 'critical', 'resolved', '["sign-in"]', true, 1000, 2000, 3000, 2, 2000, 2000)`,
	`INSERT INTO notice (id, key, at, reason, incident, summary, content, audience) VALUES
		('n1', 'k1', 2000, 'went_down', 'i1', 'down', '{"Page":{"Name":"Example"},"Incident":{"ID":"i1"}}', '{"News":"incidents"}'),
		('n2', 'k2', 3000, 'recovered', 'i1', 'up', '{}', '{"News":"incidents"}')`,
	`INSERT INTO delivery (id, notice, lane, kind, recipient, thread, state, held, due, owed, attempt, lost, settled, error, reply, remote_id, digest, told_in)
		SELECT key || '.s1', seq, 'subscribers', 'mail', 'mail:s1', 'i1', CASE id WHEN 'n1' THEN 'accepted' ELSE 'queued' END, '',
			CASE id WHEN 'n2' THEN 3000 END, CASE id WHEN 'n2' THEN 3000 END, 0, 0, CASE id WHEN 'n1' THEN 2500 END, '', '', '', '', '' FROM notice`,
	`INSERT INTO signal (monitor, at, kind, code) VALUES ('job', 1500, 'succeeded', 0)`,
}

func TestWhatWasThereBeforePromises(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			where, ctx := address(t), t.Context()
			before(t, where, 2, beforePromises...)
			db := open(t, where)
			if err := db.Ping(ctx); err != nil {
				t.Fatal(err)
			}
			ms := func(n int64) time.Time { return time.UnixMilli(n).UTC() }
			ada, err := db.Subscriber(ctx, "s1")
			want := uptime.Subscriber{
				ID: "s1", Kind: uptime.ToMail, Address: "Ada@example.org", News: []uptime.News{uptime.NewsIncidents, uptime.NewsMaintenance},
				State: uptime.SubscriberConfirmed, CreatedAt: ms(1000), ConfirmedAt: ms(2000), Source: "form", ConsentFrom: "h", Bounces: 1,
			}
			if diff := cmp.Diff(want, ada); diff != "" || err != nil {
				t.Errorf("the subscriber (-want +got):\n%s%v", diff, err)
			}
			records, err := db.Notices(ctx, uptime.NoticeFilter{Incident: "i1"}, uptime.Cursor{})
			if err != nil || len(records) != 2 || records[1].Notice.Content.Page.Name != "Example" || records[1].Notice.Plan != "" ||
				records[0].Counts[uptime.DeliveryQueued] != 1 || records[1].Counts[uptime.DeliveryAccepted] != 1 {
				t.Errorf("the ledger: %+v (%v)", records, err)
			}
			if signals, err := db.SignalsOf(ctx, []uptime.MonitorID{"job"}, ms(0), ms(2000)); err != nil || len(signals) != 1 {
				t.Errorf("signals: %v (%v)", signals, err)
			}
			// The tables can be written to as those of a new database, and what
			// waited goes out with what is new.
			ada.Zone = "Europe/Berlin"
			err = db.Apply(ctx, uptime.Changes{
				Subscribers: []uptime.SubscriberChange{{Subscriber: ada}},
				Plans:       []uptime.PlanChange{{Plan: uptime.Plan{ID: "p1", Version: 1, PublishedAt: ms(4000)}, Revisions: []uptime.Revision{{At: ms(4000)}}}},
				Outbox:      []uptime.Notice{{ID: "n3", At: ms(4000), Plan: "p1", Audience: &uptime.Audience{News: uptime.NewsMaintenance}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			claimed, err := db.Claim(ctx, uptime.Claim{Lane: uptime.LaneSubscribers, Now: ms(5000), Lease: time.Minute, Limit: 9})
			if err != nil || len(claimed) != 2 || claimed[0].Notice.ID != "n2" || claimed[1].Notice.Plan != "p1" {
				t.Errorf("claimed %+v (%v)", claimed, err)
			}
			receipts, err := db.Receipts(ctx, "p1")
			if err != nil || len(receipts) != 1 || receipts[0].Zone != "Europe/Berlin" {
				t.Errorf("receipts: %+v (%v)", receipts, err)
			}
		})
	}
}

func TestWhatWasAnnouncedRefusesToBeChanged(t *testing.T) {
	const plans, revisions, updates, policies = "stays announced", "revisions of a plan", "updates of a plan", "versions of a policy"
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			db := open(t, address(t))
			at := time.UnixMilli(1_800_000_000_000).UTC()
			one := func(id uptime.PlanID, published time.Time) uptime.PlanChange {
				return uptime.PlanChange{
					Plan:      uptime.Plan{ID: id, PublishedAt: published, Version: 1},
					Revisions: []uptime.Revision{{At: at, From: at, To: at}}, Updates: []uptime.PlanUpdate{{ID: string(id), At: at}},
				}
			}
			err := db.Apply(t.Context(), uptime.Changes{
				Plans: []uptime.PlanChange{one("seen", at), one("draft", time.Time{})}, Policies: []uptime.PolicyVersion{{Policy: "a", Number: "1"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			refused := [][2]string{
				{"UPDATE plan SET published = NULL", plans}, {"UPDATE plan SET published = published + 1", plans},
				{"UPDATE plan_revision SET ended = 0", revisions}, {"UPDATE plan_revision SET number = 7 WHERE plan = 'seen'", revisions},
				{"DELETE FROM plan_revision", revisions}, {"UPDATE plan_update SET body = 'x' WHERE plan = 'draft'", updates},
				{"DELETE FROM plan_update", updates}, {"UPDATE policy_version SET digest = 'x'", policies}, {"DELETE FROM policy_version", policies},
			}
			if name == "sqlite" {
				refused = append(refused, [2]string{"INSERT OR REPLACE INTO plan_revision SELECT plan, number, 0, 0, 0, 0, 0, '', '[]', '', '', '' FROM plan_revision", revisions})
				if err := db.writer.Exec("PRAGMA foreign_keys = OFF").Error; err != nil { // which would refuse it as well
					t.Fatal(err)
				}
				refused = append(refused, [2]string{"DELETE FROM plan WHERE id = 'seen'", plans})
			} else {
				refused = append(refused, [2]string{"TRUNCATE plan CASCADE", plans}, [2]string{"TRUNCATE plan_revision", revisions},
					[2]string{"TRUNCATE plan_update", updates}, [2]string{"TRUNCATE policy_version", policies}, [2]string{"DELETE FROM plan WHERE id = 'seen'", plans})
			}
			before := dump(t, db)
			for _, r := range refused {
				if err := db.writer.Exec(r[0]).Error; err == nil || !strings.Contains(err.Error(), r[1]) {
					t.Errorf("%s: %v, want %q", r[0], err, r[1])
				}
			}
			if diff := cmp.Diff(before, dump(t, db)); diff != "" {
				t.Errorf("afterwards (-before +after):\n%s", diff)
			}
			// What nobody was told of may go.
			for _, s := range []string{"UPDATE plan_revision SET ended = 0 WHERE plan = 'draft'", "DELETE FROM plan_revision WHERE plan = 'draft'"} {
				if err := db.writer.Exec(s).Error; err != nil {
					t.Errorf("%s: %v", s, err)
				}
			}
		})
	}
}

// Fifty thousand deliveries of one notice are counted from an index, without a
// look at their rows.
func TestProofsAreCountedFromAnIndex(t *testing.T) {
	db := openFile(t)
	var steps []struct{ Detail string }
	query := strings.Replace(proofSQL, "%s", "(CAST(? AS TEXT), CAST(? AS BIGINT))", 1)
	if err := db.reader.Raw("EXPLAIN QUERY PLAN "+query, "p1", 0).Scan(&steps).Error; err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, s := range steps {
		told += s.Detail + "\n"
	}
	if searched := strings.Count(told, "SEARCH d USING COVERING INDEX delivery_count (notice=? AND state=?"); searched != 6 ||
		strings.Count(told, "SEARCH d") != searched || !strings.Contains(told, "SEARCH n USING INDEX notice_plan (plan=?)") ||
		strings.Contains(told, "TEMP B-TREE") {
		t.Errorf("it is counted so:\n%s", told)
	}
}
