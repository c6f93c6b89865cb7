package register

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func TestABrokenPromiseOpensOneEntry(t *testing.T) {
	d := newDesk(t)
	standings := []uptime.Standing{broken("P23", "plan-7", "2026-11"), {Commitment: uptime.Commitment{ID: "P1"}, Verdict: uptime.NotMeasured}}
	d.tick(standings)
	if n := d.news(); len(n) != 2 || n[0].Reason != uptime.PromiseBroken || n[0].ID != "broken-P23.plan-7" ||
		n[0].Content.Facts[FactOwner] != "CTO" || !strings.Contains(n[0].Summary, "P23") {
		t.Errorf("told %+v", n)
	}
	e := d.shelf.entries["P23.plan-7"]
	if e.Commitment != "P23" || e.Case != "plan-7" || e.Owner != "CTO" || e.Version != 1 || !e.OpenedAt.Equal(noon) ||
		!e.DueAt.Equal(noon.AddDate(0, 0, 14)) || e.Summary != "it did not: plan-7" || !e.ClosedAt.IsZero() {
		t.Errorf("%+v", e)
	}
	applied := d.shelf.applied
	d.after(time.Minute).tick(standings)
	d.restart()
	d.after(time.Hour).tick(standings)
	d.silent("again, and after a restart")
	if len(d.shelf.entries) != 2 || d.shelf.applied != applied {
		t.Errorf("%d entries, written %d times more", len(d.shelf.entries), d.shelf.applied-applied)
	}
}

func TestAnEntryThatWasClosedIsNotOpenedAgain(t *testing.T) {
	d := newDesk(t)
	standings := []uptime.Standing{broken("P23", "plan-7")}
	d.tick(standings)
	if _, err := d.CloseEntry(t.Context(), admin, "P23.plan-7", "The form warns now.", 1); err != nil {
		t.Fatal(err)
	}
	d.news()
	d.after(time.Hour).tick(standings)
	d.silent("after it was closed")
	if e := d.shelf.entries["P23.plan-7"]; e.ClosedAt.IsZero() || e.Version != 2 {
		t.Errorf("%+v", e)
	}
}

func TestAnAimThatWasMissedOpensNoEntry(t *testing.T) {
	d := newDesk(t)
	for _, strength := range []uptime.Strength{uptime.Aim, uptime.Expectation} {
		s := broken("P18", "2026-11")
		s.Commitment.Strength = strength
		d.tick([]uptime.Standing{s})
	}
	d.silent("of an aim")
	if len(d.shelf.entries) != 0 {
		t.Errorf("%+v", d.shelf.entries)
	}
}

func TestAnEntryWithoutAnOwnerSaysSo(t *testing.T) {
	d := newDesk(t)
	s := broken("P10", "2026-11")
	s.Commitment.Owner = ""
	d.tick([]uptime.Standing{s})
	if e := d.shelf.entries["P10.2026-11"]; e.Owner != "owner not named" {
		t.Errorf("%+v", e)
	}
}

func TestManyOrOldCasesAreToldTogether(t *testing.T) {
	d := newDesk(t)
	var many []string
	for i := range 6 {
		many = append(many, fmt.Sprintf("plan-%d", i))
	}
	d.tick([]uptime.Standing{broken("P23", many...)})
	if n := d.one("six at once", uptime.PromiseBroken); !strings.Contains(n.Summary, "6 cases") {
		t.Errorf("%q", n.Summary)
	}
	old := broken("E36", "2023-12-31")
	old.Cases[0].At = noon.AddDate(-3, 0, 0)
	d.tick([]uptime.Standing{old, broken("P10", "2026-11")})
	n := d.news()
	if len(n) != 2 || n[0].ID != "broken-P10.2026-11" || !strings.Contains(n[1].Summary, "The record shows that the promise E36") {
		t.Errorf("%+v", n)
	}
	if len(d.shelf.entries) != 8 {
		t.Errorf("%d entries", len(d.shelf.entries))
	}
}

func TestMissedCopiesAreToldOnceADayAndSet(t *testing.T) {
	d := newDesk(t)
	s := broken("P12", "2026-11-19/syd", "2026-11-19/mel", "2026-11-18/syd", "nz")
	s.Commitment.Heartbeat = &uptime.HeartbeatTerms{Set: "backups", Ask: uptime.Daily}
	d.tick([]uptime.Standing{s})
	var told []string
	for _, n := range d.news() {
		told = append(told, string(n.Reason)+": "+n.Summary)
	}
	want := []string{
		"promise_broken: The promise P12 was broken: it did not: nz",
		"backup_missed: No copy of backups was made on 2026-11-18 at syd",
		"backup_missed: No copy of backups was made on 2026-11-19 at syd, mel",
	}
	if strings.Join(told, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(told, "\n"))
	}
	if len(d.shelf.entries) != 4 {
		t.Errorf("%d entries", len(d.shelf.entries))
	}
}

func TestEveryCaseHasAnEntryOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.StringMatching(`[A-Z][0-9]{1,2}(-[a-z]{1,3})?`).Draw(t, "promise")
		key := rapid.StringMatching(`[a-z0-9/ é.-]{1,12}`).Draw(t, "case")
		id, of := entryID(uptime.CommitmentID(c), key), c+"\x00"+key
		if known, there := seen[id]; there && known != of {
			t.Fatalf("%q and %q are both %s", known, of, id)
		}
		seen[id] = of
		if strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
			t.Fatalf("%q cannot stand in an address", id)
		}
	})
}

func TestSomebodyElseIsFirst(t *testing.T) {
	d := newDesk(t)
	standings := []uptime.Standing{broken("P23", "plan-7")}
	d.shelf.before = func() error { return uptime.ErrConflict }
	d.tick(standings)
	d.one("at the second attempt", uptime.PromiseBroken)

	d.shelf.lost = errors.New("the connection was lost") // it was written all the same
	if err := d.Tick(t.Context(), append(standings, broken("P10", "2026-11")), nil); err == nil {
		t.Error("the error was swallowed")
	}
	d.tick(append(standings, broken("P10", "2026-11")))
	if n := d.news(); len(n) != 1 || len(d.shelf.entries) != 2 {
		t.Errorf("told %d, %d entries", len(n), len(d.shelf.entries))
	}

	d.shelf.broken = errors.New("the disk is gone")
	if err := d.Tick(t.Context(), standings, nil); !errors.Is(err, d.shelf.broken) {
		t.Errorf("%v", err)
	}
}

func TestConflictsComeToAnEnd(t *testing.T) {
	d := newDesk(t)
	tries := 0
	var conflict func() error
	conflict = func() error {
		tries++
		d.shelf.before = conflict
		return uptime.ErrConflict
	}
	d.shelf.before = conflict
	if err := d.Tick(t.Context(), []uptime.Standing{broken("P23", "a")}, nil); !errors.Is(err, uptime.ErrConflict) || tries != attempts {
		t.Errorf("%v after %d", err, tries)
	}
}

// register is a register whose evidence is good until a day.
func register(id uptime.CommitmentID, strength uptime.Strength) uptime.Standing {
	return uptime.Standing{Commitment: uptime.Commitment{
		ID: id, Kind: uptime.OfRegister, Strength: strength, Owner: "CTO",
		Register: &uptime.RegisterTerms{Record: "penetration_test", Remind: []int{60, 30, 7}},
	}}
}

func TestDatedThingsAreRemindedOfOnceAtEachPoint(t *testing.T) {
	d := newDesk(t)
	d.shelf.evidence["e"] = uptime.Evidence{ID: "e", Record: "penetration_test", At: noon.AddDate(-1, 0, 0), ExpiresAt: noon.AddDate(0, 0, 61)}
	aim := []uptime.Standing{register("P6", uptime.Aim)}
	var told []string
	for range 70 * 4 {
		d.tick(aim)
		for _, n := range d.news() {
			told = append(told, fmt.Sprintf("%s %s", d.now.Format(time.DateOnly), n.ID))
		}
		d.after(6 * time.Hour)
	}
	want := "2026-11-21 due-P6-2027-01-20-60, 2026-12-21 due-P6-2027-01-20-30, 2027-01-13 due-P6-2027-01-20-7, 2027-01-20 due-P6-2027-01-20-overdue"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	applied := d.shelf.applied
	d.restart()
	d.tick(aim)
	d.tick(aim)
	d.silent("after a restart")
	if d.shelf.applied > applied+1 {
		t.Errorf("written %d times", d.shelf.applied-applied)
	}
}

func TestAStallIsFollowedByTheNewestReminderAlone(t *testing.T) {
	d := newDesk(t)
	d.shelf.evidence["e"] = uptime.Evidence{ID: "e", Record: "penetration_test", At: noon.AddDate(-1, 0, 0), ExpiresAt: noon.AddDate(0, 0, 5)}
	d.tick([]uptime.Standing{register("P6", uptime.Firm)})
	if n := d.one("five days before", uptime.PromiseDue); !strings.HasSuffix(n.ID, "-7") || n.Content.Facts[FactDue] != "2026-11-25" {
		t.Errorf("%+v", n)
	}
	d.after(6 * 24 * time.Hour).tick([]uptime.Standing{register("P6", uptime.Firm)})
	d.silent("what is overdue and firm is told by its entry")
}

func TestAReminderThatCouldNotBeWrittenComesLater(t *testing.T) {
	d := newDesk(t)
	d.shelf.evidence["e"] = uptime.Evidence{ID: "e", Record: "penetration_test", At: noon.AddDate(-1, 0, 0), ExpiresAt: noon.AddDate(0, 0, 5)}
	d.shelf.before = func() error { return errors.New("the disk is full") }
	if err := d.Tick(t.Context(), []uptime.Standing{register("P6", uptime.Firm)}, nil); err == nil {
		t.Error("the error was swallowed")
	}
	d.tick([]uptime.Standing{register("P6", uptime.Firm)})
	d.one("once it can be written", uptime.PromiseDue)
}

func TestWhatIsOverdueForYearsIsNotToldAgain(t *testing.T) {
	d := newDesk(t)
	d.shelf.evidence["e"] = uptime.Evidence{ID: "e", Record: "penetration_test", At: noon.AddDate(-4, 0, 0), ExpiresAt: noon.AddDate(-3, 0, 0)}
	d.tick([]uptime.Standing{register("P6", uptime.Aim)})
	d.silent("three years later")
}
