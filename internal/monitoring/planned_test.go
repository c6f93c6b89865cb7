package monitoring

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/incidents"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// planning is an engine with a planner beside it, on one database.
func planning(t *testing.T, path string, w Watch) (running, *incidents.Planner) {
	t.Helper()
	catalogue := catalogueOf(w)
	rules := func() notice.Rules {
		return notice.Rules{Catalogue: catalogue, Public: true, Channels: []notice.Channel{{Name: "ops"}}}
	}
	r := beginCatalogue(t, path, Options{Rules: rules}, catalogue, w)
	return r, incidents.NewPlanner(incidents.PlannerOptions{
		Ledger: r.db, Rules: rules, Now: r.Now, Random: rand.Reader, Applied: func(uptime.Changes) { r.PlansChanged() },
	})
}

var paula = uptime.Actor{Kind: "user", ID: "paula", Name: "Paula", Role: uptime.Publisher}

func reasonsOf(notices []uptime.Notice) (reasons []uptime.NoticeReason) {
	for _, n := range notices {
		reasons = append(reasons, n.Reason)
	}
	return reasons
}

// Work from minute 60 to 90, announced at the start. What it is on is down from
// 65 to 94, and the process is not there from 75 to 80, or from 50 to 110.
func TestWorkBeginsOverrunsAndIsCompleted(t *testing.T) {
	for name, test := range map[string]struct {
		stop, start int
		want        []uptime.NoticeReason
		late        bool
	}{
		"stopped within": {75, 80, []uptime.NoticeReason{"scheduled", "starts_soon", "started", "went_down", "overruns", "went_down", "update", "recovered", "completed"}, false},
		"not there":      {50, 110, []uptime.NoticeReason{"scheduled", "starts_soon", "started", "completed"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "upheld.db")
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
				bad := during(broken(), [2]time.Time{at(65), at(94)})
				w := Watch{Monitor: monitorOf("api", 30*time.Second, 10*time.Second), Prober: &target{answer: bad}}
				r, planner := planning(t, path, w)
				time.Sleep(time.Second)
				p, err := planner.Announce(t.Context(), paula, incidents.Work{
					Title: "Work", Body: "b", Components: []uptime.ComponentID{"api"}, From: at(61), To: at(90), Publish: true,
				}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if p, err = planner.Revise(t.Context(), paula, p.ID, incidents.Move{From: at(61).Add(time.Minute), To: at(90)}, 0, nil); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Until(at(test.stop)))
				r.stop()
				time.Sleep(time.Until(at(test.start)))
				r, _ = planning(t, path, w)
				time.Sleep(time.Until(at(120)))
				p, err = r.db.Plan(t.Context(), p.ID)
				if err != nil {
					t.Fatal(err)
				}
				if p.Phase != uptime.Completed || !p.StartedAt.Equal(at(62)) {
					t.Errorf("%+v", p)
				}
				if ended := p.FinishedAt.Sub(at(90)); !test.late && (ended < 4*time.Minute || ended > 5*time.Minute) || test.late && ended != 0 {
					t.Errorf("it ended %v after its window", ended)
				}
				all, err := incidentsOf(t, r.db)
				if err != nil || !test.late && (len(all) != 1 || !all[0].StartedAt.Equal(at(90))) || test.late && len(all) != 0 {
					t.Errorf("incidents %+v, %v", all, err)
				}
				want := append([]uptime.NoticeReason{"scheduled", "rescheduled"}, test.want[1:]...)
				got := reasonsOf(noticesOf(t, r.db))
				// The end of the window is the business of two loops, in either order.
				if i := slices.Index(got, "overruns"); i > 0 && got[i-1] == "went_down" && i+1 < len(got) && got[i+1] == "update" {
					got[i-1], got[i] = got[i], got[i-1]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
				r.stop()
			})
		})
	}
}

func TestOccurrencesOfASeriesAreAnnouncedOnceOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		w := Watch{Monitor: monitorOf("api", 10*time.Minute, time.Minute), Prober: &target{answer: always(pass())}}
		r, planner := planning(t, path, w)
		first := time.Now().Add(150 * time.Minute)
		s, err := planner.Repeat(t.Context(), paula, uptime.Series{
			Title: "Patches", Body: "b", Components: []uptime.ComponentID{"api"}, Rule: "FREQ=DAILY", Zone: time.UTC,
			Start: first, Length: time.Hour, Ahead: 2 * time.Hour,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Minute)
		open, err := r.db.OpenPlans(t.Context())
		if err != nil || len(open) != 1 {
			t.Fatalf("%+v, %v", open, err)
		}
		if _, err := planner.Cancel(t.Context(), paula, open[0].ID, "Not this time", 0, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		r.stop()
		r, planner = planning(t, path, w)
		time.Sleep(10 * time.Minute)
		if _, err := planner.StopSeries(t.Context(), paula, s.ID, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if diff := cmp.Diff([]uptime.NoticeReason{"scheduled", "cancelled"}, reasonsOf(noticesOf(t, r.db))); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		r.stop()
	})
}

// contested is a ledger in which somebody else is first, once.
type contested struct {
	*store.DB
	first atomic.Bool
}

func (c *contested) Apply(ctx context.Context, changes uptime.Changes) error {
	if len(changes.Plans) > 0 && changes.Plans[0].Expect > 0 && c.first.CompareAndSwap(false, true) {
		p := changes.Plans[0].Plan
		word := uptime.PlanUpdate{ID: "by-hand", Phase: uptime.Scheduled, Body: "A word.", At: p.StartedAt}
		p.Phase, p.StartedAt = uptime.Scheduled, time.Time{}
		if err := c.DB.Apply(ctx, uptime.Changes{Plans: []uptime.PlanChange{{Plan: p, Expect: p.Version - 1, Updates: []uptime.PlanUpdate{word}}}}); err != nil {
			return err
		}
	}
	return c.DB.Apply(ctx, changes)
}

// Somebody else being first is read and decided anew, in the same round.
func TestAPlanThatSomebodyElseChangedIsDecidedAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upheld.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		ledger := &contested{DB: db}
		w := Watch{Monitor: monitorOf("api", time.Minute, 10*time.Second), Prober: &target{answer: always(pass())}}
		r := beginCatalogue(t, path, Options{Store: ledger}, catalogueOf(w), w)
		p := workOn(time.Now(), 5, 10, "api")
		p.ID, p.Phase, p.StartedAt = "work", uptime.Scheduled, time.Time{}
		if err := db.Apply(t.Context(), uptime.Changes{Plans: []uptime.PlanChange{{Plan: p, Revisions: p.Revisions}}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5*time.Minute + 5*time.Second)
		p, err = db.Plan(t.Context(), "work")
		if err != nil || p.Phase != uptime.InProgress || p.Version != 3 || len(p.Updates) != 2 {
			t.Errorf("%+v, %v", p, err)
		}
		r.stop()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
