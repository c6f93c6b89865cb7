package incidents

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

func TestWorkIsAnnouncedWithOneNoticeAndOnTheRecord(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	if p.Phase != uptime.Scheduled || p.Draft() || p.Version != 1 || p.Sequence() != 0 || p.Kind != uptime.MaintenanceWork {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff([]uptime.RegionID{"nz"}, p.Regions); diff != "" {
		t.Errorf("regions of its component (-want +got):\n%s", diff)
	}
	r := p.Now()
	if !r.At.Equal(noon) || r.Author != editor.ID || r.By != editor.Name || len(r.Broken) > 0 || len(p.Rules.Notices) != 1 || len(p.Rules.Blackouts) != 1 {
		t.Errorf("revision %+v, rules %+v", r, p.Rules)
	}
	n := d.last()
	if n.Reason != uptime.PlanAnnounced || n.Plan != p.ID || n.Audience == nil || n.Audience.News != uptime.NewsMaintenance || n.Audience.Held != "" {
		t.Errorf("notice %+v", n)
	}
	if n.Summary != "Database upgrade: planned for Wed 4 Mar 2026 00:00 to 02:00 AEST" {
		t.Error(n.Summary)
	}
	if f := n.Content.Facts; f[notice.FactAhead] != "50 h" && f[notice.FactAhead] != "2 days 2 h" || f[notice.FactPromised] != "24 h" {
		t.Errorf("facts %v", f)
	}
	if c := n.Content.Plan; c.Now().Author != "" || c.Now().By != "" || c.Title != p.Title {
		t.Errorf("what is sent names its author: %+v", c)
	}
	if e := d.book.audit[0]; e.Action != "plan.announce" || e.Object != string(p.ID) || e.Actor != editor || e.Detail == "" {
		t.Errorf("audit %+v", e)
	}
}

func TestRegionsAreThoseOfTheComponents(t *testing.T) {
	for name, test := range map[string]struct {
		components []uptime.ComponentID
		given      []uptime.RegionID
		want       []uptime.RegionID
	}{
		"the union, in the catalogue's order": {[]uptime.ComponentID{"sign-in", "api"}, nil, []uptime.RegionID{"au", "nz"}},
		"one that serves all":                 {[]uptime.ComponentID{"sign-in", "mail"}, nil, nil},
		"given, some of those":                {[]uptime.ComponentID{"sign-in", "api"}, []uptime.RegionID{"au", "au"}, []uptime.RegionID{"au"}},
		"given, of one that serves all":       {[]uptime.ComponentID{"sign-in", "mail"}, []uptime.RegionID{"uk"}, []uptime.RegionID{"uk"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlanDesk(t).announced(func(w *Work) { w.Components, w.Regions = test.components, test.given })
			if diff := cmp.Diff(test.want, p.Regions); diff != "" {
				t.Errorf("regions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsEnteredIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Work)
		want   []string
	}{
		"nothing":               {func(w *Work) { *w = Work{Publish: true} }, []string{"title", "body", "components", "from"}},
		"two lines":             {func(w *Work) { w.Title = "a\nb" }, []string{"title"}},
		"unknown kind":          {func(w *Work) { w.Kind = "party" }, []string{"kind"}},
		"unknown component":     {func(w *Work) { w.Components = []uptime.ComponentID{"none"} }, []string{"components"}},
		"unknown region":        {func(w *Work) { w.Regions = []uptime.RegionID{"moon"} }, []string{"regions"}},
		"a region not served":   {func(w *Work) { w.Regions = []uptime.RegionID{"nz", "uk"} }, []string{"regions"}},
		"no end":                {func(w *Work) { w.To = time.Time{} }, []string{"to"}},
		"ends before it begins": {func(w *Work) { w.To = w.From }, []string{"to"}},
		"too long":              {func(w *Work) { w.To = w.From.Add(7*24*time.Hour + 1) }, nil}, // less than is kept
		"longer than a week":    {func(w *Work) { w.To = w.From.Add(7*24*time.Hour + time.Second) }, []string{"to"}},
		"in the past":           {func(w *Work) { w.From = noon.Add(-time.Second) }, []string{"from"}},
		"emergency long ago":    {func(w *Work) { w.From, w.Emergency = noon.Add(-6*time.Minute), true }, []string{"from"}},
		"far away":              {func(w *Work) { w.From = noon.AddDate(3, 0, 1); w.To = w.From.Add(time.Hour) }, []string{"from"}},
		"a draft of long ago": {func(w *Work) {
			w.Publish, w.From = false, time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 11*3600))
			w.To = w.From.Add(time.Hour)
		}, []string{"from"}},
		"a change with a window": {func(w *Work) { w.Kind = uptime.PriceChange }, []string{"to"}},
		"override of two lines":  {func(w *Work) { w.Override = "a\nb" }, []string{"override"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newPlanDesk(t)
			d.rules.Catalogue.Policies = nil
			_, err := d.Announce(t.Context(), editor, lawful(test.change), nil)
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			faulty(t, err, test.want...)
			if d.book.applied > 0 {
				t.Error("it is written all the same")
			}
		})
	}
}

func TestWhoMayPlan(t *testing.T) {
	d := newPlanDesk(t)
	draft := d.announced(func(w *Work) { w.Publish = false })
	public := d.announced(nil)
	ctx := t.Context()
	for name, test := range map[string]struct {
		need uptime.Role
		do   func(by uptime.Actor) error
	}{
		"a draft": {uptime.Responder, func(by uptime.Actor) error {
			_, err := d.Announce(ctx, by, lawful(func(w *Work) { w.Publish = false }), nil)
			return err
		}},
		"announcing": {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Announce(ctx, by, lawful(nil), nil); return err }},
		"publishing": {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Publish(ctx, by, draft.ID, "", 0, nil); return err }},
		"revising": {uptime.Publisher, func(by uptime.Actor) error {
			_, err := d.Revise(ctx, by, public.ID, Move{From: public.Now().From.Add(time.Hour)}, 0, nil)
			return err
		}},
		"a word":     {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Say(ctx, by, public.ID, "", "x", false, 0, nil); return err }},
		"finishing":  {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Finish(ctx, by, public.ID, "", 0, nil); return err }},
		"cancelling": {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Cancel(ctx, by, public.ID, "", 0, nil); return err }},
		"stopping":   {uptime.Publisher, func(by uptime.Actor) error { _, err := d.StopSeries(ctx, by, "none", 0); return err }},
		"repeating":  {uptime.Publisher, func(by uptime.Actor) error { _, err := d.Repeat(ctx, by, uptime.Series{}, nil); return err }},
		"asking":     {uptime.Viewer, func(by uptime.Actor) error { _, err := d.Ask(ctx, by, lawful(nil)); return err }},
		"asking of a move": {uptime.Viewer, func(by uptime.Actor) error {
			_, err := d.AskMove(ctx, by, public.ID, Move{From: public.Now().From.Add(time.Hour)})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, by := range []uptime.Actor{{Name: "Nobody"}, viewer, responder, editor} {
				err := test.do(by)
				if got, want := errors.Is(err, uptime.ErrForbidden), by.Role < test.need; got != want {
					t.Errorf("%s %s: %v", by.Role, by.Name, err)
				}
			}
		})
	}
}

// 20 hours ahead is refused, with the start that keeps every promise; that start
// is taken; and with a reason the first one would have been.
func TestWhatBreaksAPromiseIsRefusedWithTheEarliestStart(t *testing.T) {
	d := newPlanDesk(t)
	d.now = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) // 10 in the morning of AEST
	soon := lawful(func(w *Work) { w.From = d.now.Add(20 * time.Hour); w.To = w.From.Add(time.Hour) })
	_, err := d.Announce(t.Context(), editor, soon, nil)
	var breaks BreaksPromise
	if !errors.As(err, &breaks) || !breaks.Room || len(breaks.Broken) != 1 || breaks.Broken[0].Commitment != "E8" {
		t.Fatalf("%v", err)
	}
	faulty(t, err, "from")
	if !strings.Contains(err.Error(), "E8") || !strings.Contains(err.Error(), "the earliest start that keeps every promise is Tue 24 Nov 2026 17:00 AEST") {
		t.Error(err)
	}
	if len(d.book.plans) != 0 || len(d.book.notices) != 0 {
		t.Error("what was refused is written")
	}
	taken := soon
	taken.From, taken.To = breaks.Earliest, breaks.Earliest.Add(time.Hour)
	if p := d.kept(d.Announce(t.Context(), editor, taken, nil)); len(p.Now().Broken) != 0 {
		t.Errorf("the start that was offered breaks %+v", p.Now().Broken)
	}
	soon.Override = "The certificate expires"
	p := d.kept(d.Announce(t.Context(), editor, soon, nil))
	if r := p.Now(); len(r.Broken) != 1 || r.Override != "The certificate expires" || r.By != "Paula" {
		t.Errorf("%+v", r)
	}
	if n := d.last(); n.Content.Plan.Now().By != "Paula" {
		t.Error("who broke the promise is not named")
	}
	if e := d.book.audit[len(d.book.audit)-1]; !strings.Contains(e.Detail, "E8") || !strings.Contains(e.Detail, "The certificate expires") {
		t.Errorf("audit %+v", e)
	}
}

func TestAPageInAnotherZoneNamesBothClocks(t *testing.T) {
	d := newPlanDesk(t)
	d.rules.Catalogue.Page.Zone = time.UTC
	_, err := d.Announce(t.Context(), editor, lawful(func(w *Work) { w.From, w.To = noon.Add(time.Hour), noon.Add(2*time.Hour) }), nil)
	if err == nil || !strings.Contains(err.Error(), "is Mon 2 Mar 2026 12:00 UTC (Mon 2 Mar 2026 22:00 AEST)") {
		t.Error(err)
	}
}

func TestADraftIsHeldToPromisesWhenItIsPublished(t *testing.T) {
	d := newPlanDesk(t)
	p := d.kept(d.Announce(t.Context(), responder, lawful(func(w *Work) { w.Publish = false }), nil))
	if !p.Draft() || len(d.book.notices) != 0 {
		t.Fatal("a draft is told")
	}
	p = d.kept(d.Redraft(t.Context(), responder, p.ID, lawful(func(w *Work) { w.Title, w.From = "Other work", w.From.Add(time.Minute) }), p.Version))
	if p.Title != "Other work" || len(p.Revisions) != 1 || p.Version != 2 {
		t.Errorf("%+v", p)
	}
	d.now = d.now.Add(40 * time.Hour)
	_, err := d.Publish(t.Context(), editor, p.ID, "", 0, nil)
	faulty(t, err, "from")
	p = d.kept(d.Publish(t.Context(), editor, p.ID, "It cannot wait", 0, nil))
	if r := p.Now(); p.Draft() || len(p.Revisions) != 1 || len(r.Broken) != 1 || r.Override == "" || !r.At.Equal(d.now) || !p.PublishedAt.Equal(d.now) {
		t.Errorf("%+v", p)
	}
	_, err = d.Publish(t.Context(), editor, p.ID, "", 0, nil)
	faulty(t, err, "phase")
	_, err = d.Redraft(t.Context(), editor, p.ID, lawful(nil), 0)
	faulty(t, err, "phase")
	_, err = d.Discard(t.Context(), editor, p.ID, 0)
	faulty(t, err, "phase")
	if diff := cmp.Diff([]uptime.NoticeReason{uptime.PlanAnnounced}, d.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestADiscardedDraftIsOverAndToldToNobody(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(func(w *Work) { w.Publish = false })
	p = d.kept(d.Discard(t.Context(), responder, p.ID, 0))
	if p.Open() || !p.Draft() || len(d.book.notices) != 0 {
		t.Errorf("%+v", p)
	}
	for _, err := range []error{
		second(d.Publish(t.Context(), editor, p.ID, "", 0, nil)), second(d.Discard(t.Context(), editor, p.ID, 0)),
		second(d.Revise(t.Context(), editor, p.ID, Move{From: noon.Add(time.Hour)}, 0, nil)),
	} {
		faulty(t, err, "phase")
	}
}

func second[T any](_ T, err error) error { return err }

func TestOfADraftNothingIsRevisedCalledOffFinishedOrSaid(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(func(w *Work) { w.Publish = false })
	for _, err := range []error{
		second(d.Revise(t.Context(), editor, p.ID, Move{From: noon.Add(90 * time.Hour)}, 0, nil)),
		second(d.Cancel(t.Context(), editor, p.ID, "", 0, nil)), second(d.Finish(t.Context(), editor, p.ID, "", 0, nil)),
		second(d.Say(t.Context(), editor, p.ID, "", "x", false, 0, nil)),
	} {
		faulty(t, err, "phase")
	}
}

func TestAnEmergencyOfAMomentAgoBeginsNow(t *testing.T) {
	d := newPlanDesk(t)
	emergency := lawful(func(w *Work) {
		w.From, w.To, w.Emergency, w.Override = noon.Add(-4*time.Minute), noon.Add(time.Hour), true, "It burns"
	})
	p := d.kept(d.Announce(t.Context(), editor, emergency, nil))
	if r := p.Now(); !r.From.Equal(noon) || len(r.Broken) == 0 || !p.Emergency {
		t.Errorf("%+v", p)
	}
	if spans := planned.Excluded(p); len(spans) != 0 {
		t.Errorf("an emergency excludes %v", spans)
	}
}

func TestARepeatedRequestIsOnePlan(t *testing.T) {
	d := newPlanDesk(t)
	once := &uptime.Once{Key: "k", Digest: "a", At: noon}
	p := d.kept(d.Announce(t.Context(), editor, lawful(nil), once))
	again, err := d.Announce(t.Context(), editor, lawful(nil), once)
	if err != nil || again.ID != p.ID || once.Result != string(p.ID) || len(d.book.plans) != 1 || len(d.book.notices) != 1 {
		t.Errorf("%s, %v, %d plans", again.ID, err, len(d.book.plans))
	}
	if _, err := d.Announce(t.Context(), editor, lawful(nil), &uptime.Once{Key: "k", Digest: "b"}); !errors.Is(err, uptime.ErrKeyReused) {
		t.Error(err)
	}
}

func TestSomebodyElseBeingFirstIsDecidedAnew(t *testing.T) {
	d := newPlanDesk(t)
	p := d.announced(nil)
	d.book.before = func() { d.kept(d.Say(context.Background(), editor, p.ID, "", "A word.", false, 0, nil)) }
	p = d.kept(d.Cancel(t.Context(), editor, p.ID, "Not needed", 0, nil))
	if p.Version != 3 || p.Phase != uptime.Cancelled || len(p.Updates) != 1 {
		t.Errorf("%+v", p)
	}
	if _, err := d.Say(t.Context(), editor, p.ID, "", "x", false, 1, nil); !errors.Is(err, uptime.ErrConflict) {
		t.Errorf("at an old version: %v", err)
	}
}

func TestAskingAnswersEverythingAndWritesNothing(t *testing.T) {
	d := newPlanDesk(t)
	d.o.Costs = func(components []uptime.ComponentID, window calendar.Span) []Cost {
		return []Cost{{Service: "s", Window: big.NewRat(int64(window.Duration().Seconds()), 1)}}
	}
	w := lawful(func(w *Work) { w.Title, w.Body, w.Publish = "", "", false })
	a, err := d.Ask(t.Context(), viewer, w)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Broken) != 0 || !a.Room || !a.Earliest.Equal(w.From) || !a.Deadline.Equal(noon.Add(26*time.Hour)) || a.Left != 26*time.Hour || !a.OwedBy.Equal(a.Deadline) {
		t.Errorf("%+v", a)
	}
	if len(a.Slots) != 5 || !a.Slots[0].From.Equal(w.From) || a.Slots[0].Duration() != 9*time.Hour {
		t.Errorf("slots %v", a.Slots)
	}
	if len(a.Forbidden) != 3 || len(a.Costs) != 1 || a.Costs[0].Window.Cmp(big.NewRat(7200, 1)) != 0 {
		t.Errorf("forbidden %v, costs %v", a.Forbidden, a.Costs)
	}
	if a.Owed != 101 || a.Notice.Reason != uptime.PlanAnnounced || len(a.Channels) != 1 || a.Channels[0].Held != "" {
		t.Errorf("owed %d, notice %+v", a.Owed, a.Notice)
	}
	w.From = noon.Add(20 * time.Hour)
	w.To = w.From.Add(time.Hour)
	a, err = d.Ask(t.Context(), viewer, w)
	if err != nil || len(a.Broken) != 1 || !a.Earliest.Equal(noon.Add(24*time.Hour)) || a.Left != -4*time.Hour {
		t.Errorf("%+v, %v", a, err)
	}
	p := d.announced(nil)
	applied := d.book.applied
	a, err = d.AskMove(t.Context(), viewer, p.ID, Move{From: noon.Add(2 * time.Hour)})
	if err != nil || len(a.Broken) != 1 || a.Plan.Sequence() != 1 || a.Notice.Reason != uptime.PlanRevised || !a.Room {
		t.Errorf("%+v, %v", a, err)
	}
	if d.book.applied != applied || len(d.book.notices) != 1 {
		t.Error("asking wrote something")
	}
}

func TestAChangeIsHeldToItsWeek(t *testing.T) {
	change := func(days int) func(*Work) {
		return func(w *Work) {
			w.Kind, w.Components = uptime.PriceChange, nil
			w.From, w.To = noon.AddDate(0, 0, days), time.Time{}
		}
	}
	d := newPlanDesk(t)
	_, err := d.Announce(t.Context(), editor, lawful(change(6)), nil)
	var breaks BreaksPromise
	if !errors.As(err, &breaks) || !breaks.Earliest.Equal(noon.AddDate(0, 0, 7)) {
		t.Errorf("%v", err)
	}
	p := d.announced(change(7))
	if last := p.Now(); !last.To.Equal(last.From) || d.last().Audience.Components != nil {
		t.Errorf("%+v, told to %+v", p, d.last().Audience)
	}
	d.now = d.now.AddDate(0, 0, 6)
	p = d.kept(d.Revise(t.Context(), editor, p.ID, Move{From: noon.AddDate(0, 0, 8)}, 0, nil)) // put off in time
	if len(p.Now().Broken) != 0 {
		t.Errorf("%+v", p.Now().Broken)
	}
	_, err = d.Revise(t.Context(), editor, p.ID, Move{From: noon.AddDate(0, 0, 7)}, 0, nil) // brought forward
	faulty(t, err, "from")
	d.at(noon.AddDate(0, 0, 8)).tick()
	p = d.book.plans[p.ID]
	if p.Phase != uptime.Completed || !p.FinishedAt.Equal(noon.AddDate(0, 0, 8)) || d.last().Reason != uptime.PlanStarted {
		t.Errorf("%+v, told %v", p, d.told())
	}
	for _, err := range []error{second(d.Finish(t.Context(), editor, p.ID, "", 0, nil)), second(d.Cancel(t.Context(), editor, p.ID, "", 0, nil))} {
		faulty(t, err, "phase")
	}
}
