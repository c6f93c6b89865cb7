package incidents

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// Tests named after a row of the documents show what the row promises; see
// docs/coverage.md.

// openStore is a database of a test's own.
func openStore(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "upheld.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// An incident of tier 1 is closed with its review in public, or with the reason
// for having none on record; one of tier 2 needs neither.
func TestI17ATier1IncidentIsNotClosedWithoutAReview(t *testing.T) {
	db := openStore(t)
	for name, test := range map[string]struct {
		tier   uptime.Tier
		learn  func(*desk, uptime.IncidentID) error
		closes bool
	}{
		"nothing was learned": {1, func(*desk, uptime.IncidentID) error { return nil }, false},
		"a draft of a review": {1, func(d *desk, id uptime.IncidentID) error {
			_, err := d.Review(t.Context(), editor, id, "A disk was full.", false, 0)
			return err
		}, false},
		"a published review": {1, func(d *desk, id uptime.IncidentID) error {
			_, err := d.Review(t.Context(), editor, id, "A disk was full.", true, 0)
			return err
		}, true},
		"a recorded waiver": {1, func(d *desk, id uptime.IncidentID) error {
			_, err := d.Waive(t.Context(), editor, id, "The cause is that of last week.", 0)
			return err
		}, true},
		"tier 2": {2, func(*desk, uptime.IncidentID) error { return nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.Service = NewService(d.options(db))
			i, err := d.Open(t.Context(), editor, outage(func(in *Opening) { in.Tier = test.tier }), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.after(time.Hour).Say(t.Context(), editor, i.ID, Word{Phase: uptime.Resolved, Body: "It is over."}, 0, nil); err != nil {
				t.Fatal(err)
			}
			if err := test.learn(d, i.ID); err != nil {
				t.Fatal(err)
			}
			_, err = d.Close(t.Context(), editor, i.ID, 0)
			if !test.closes {
				faulty(t, err, "reason")
			} else if err != nil {
				t.Error(err)
			}
			if kept, err := db.Incident(t.Context(), i.ID); err != nil || kept.ClosedAt.IsZero() == test.closes {
				t.Errorf("closed at %v, %v", kept.ClosedAt, err)
			}
		})
	}
}

// What is raised on a Sunday reaches who is on call at once, though the channel
// rests until Monday: that is owed to the tier.
func TestE14Tier1OnASundayPagesWhoIsOnCallAtOnce(t *testing.T) {
	sunday := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	for tier, at := range map[uptime.Tier]time.Time{1: sunday, 2: sunday.Add(20 * time.Hour)} {
		db, d := openStore(t), newDesk(t)
		d.now = sunday
		o := d.options(db)
		o.Rules = func() notice.Rules {
			r := rules()
			r.Channels = []notice.Channel{{Name: "on-call", Quiet: &notice.Quiet{From: 0, To: 23 * time.Hour, Except: 1}}}
			return r
		}
		if _, err := NewService(o).Open(t.Context(), editor, outage(func(in *Opening) { in.Tier = tier }), nil); err != nil {
			t.Fatal(err)
		}
		due := func(now time.Time) int {
			found, err := db.Claim(t.Context(), uptime.Claim{Lane: uptime.LaneOperators, Now: now, Lease: time.Millisecond, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			return len(found)
		}
		if before := due(at.Add(-time.Millisecond)); before != 0 {
			t.Errorf("tier %d: %d messages are due before %v", tier, before, at)
		}
		if n := due(at); n != 1 {
			t.Errorf("tier %d: %d messages are due at %v", tier, n, at)
		}
	}
}

// Work that was announced while 24 hours of notice were promised is held to them
// when a later version promises a week; what is announced then is held to that.
func TestI1WhatBeganBeforeAChangeKeepsItsOldTarget(t *testing.T) {
	db, d := openStore(t), newPlanDesk(t)
	d.o.Ledger = db
	brisbane, err := time.LoadLocation("Australia/Brisbane")
	if err != nil {
		t.Fatal(err)
	}
	promise := func(number string, from time.Time, hours int) {
		d.rules.Catalogue.Policies = []uptime.Policy{{
			ID: "ours", Number: number, EffectiveFrom: from,
			Commitments: []uptime.Commitment{{
				ID: "E8", Policy: "ours", Kind: uptime.OfNotice, Strength: uptime.Firm,
				Notice: &uptime.NoticeTerms{Of: []uptime.PlanKind{uptime.MaintenanceWork}, Rule: uptime.NoticeRule{Commitment: "E8", Amount: hours, Unit: uptime.Hours, Zone: brisbane}},
			}},
		}}
	}
	promise("1", noon.AddDate(-1, 0, 0), 24)
	before, err := d.Announce(t.Context(), editor, lawful(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	promise("2", noon, 7*24)
	d.at(noon.Add(time.Minute))
	if _, err := d.Announce(t.Context(), editor, lawful(nil), nil); err == nil || !strings.Contains(err.Error(), "E8") {
		t.Errorf("50 hours ahead where a week is promised: %v", err)
	}
	moved, err := d.Revise(t.Context(), editor, before.ID, Move{From: before.Now().From.Add(time.Hour)}, 0, nil)
	if err != nil {
		t.Errorf("what was announced before is held to the new version: %v", err)
	}
	kept, err := db.Plan(t.Context(), before.ID)
	if err != nil || len(kept.Rules.Notices) != 1 || kept.Rules.Notices[0].Amount != 24 || len(planned.Broken(kept)) != 0 || moved.Sequence() != 1 {
		t.Errorf("%+v, %v", kept.Rules, err)
	}
}
