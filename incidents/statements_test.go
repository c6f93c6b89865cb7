package incidents

import (
	"testing"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

type states = map[uptime.ComponentID]uptime.State

// span is a statement in minutes since noon; -1: it lasts.
type span struct {
	component uptime.ComponentID
	state     uptime.State
	from, to  int
}

func TestStatementsFollowTheWords(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for name, test := range map[string]struct {
		words []Word
		want  []span
	}{
		"it lasts":           {nil, []span{{"sign-in", uptime.Down, 0, -1}}},
		"the same again":     {[]Word{{States: states{"sign-in": uptime.Down}}}, []span{{"sign-in", uptime.Down, 0, -1}}},
		"it changes":         {[]Word{{States: states{"sign-in": uptime.Partial}, At: at(10)}}, []span{{"sign-in", uptime.Down, 0, 10}, {"sign-in", uptime.Partial, 10, -1}}},
		"it changes at once": {[]Word{{States: states{"sign-in": uptime.Partial}, At: at(0)}}, []span{{"sign-in", uptime.Partial, 0, -1}}},
		"taken back":         {[]Word{{States: states{"sign-in": uptime.Up}, At: at(10)}}, []span{{"sign-in", uptime.Down, 0, 10}}},
		"taken back at once": {[]Word{{States: states{"sign-in": uptime.Up}, At: at(0)}}, []span{{"sign-in", uptime.Down, 0, 0}}},
		"and said again": {[]Word{{States: states{"sign-in": uptime.Up}, At: at(0)}, {States: states{"sign-in": uptime.Degraded}, At: at(0)}},
			[]span{{"sign-in", uptime.Degraded, 0, -1}}},
		"another component": {[]Word{{Components: []uptime.ComponentID{"sign-in", "api"}, States: states{"api": uptime.Degraded}, At: at(10)}},
			[]span{{"api", uptime.Degraded, 10, -1}, {"sign-in", uptime.Down, 0, -1}}},
		"no longer affected": {[]Word{{Components: []uptime.ComponentID{"api"}, At: at(10)}}, []span{{"sign-in", uptime.Down, 0, 10}}},
		"resolved":           {[]Word{{Phase: uptime.Resolved, At: at(10)}}, []span{{"sign-in", uptime.Down, 0, 10}}},
		"resolved earlier than said": {[]Word{{States: states{"sign-in": uptime.Partial}, At: at(20)}, {Phase: uptime.Resolved, At: at(10)}},
			[]span{{"sign-in", uptime.Down, 0, 10}, {"sign-in", uptime.Partial, 20, 20}}},
		"the end is corrected to earlier": {[]Word{{Phase: uptime.Resolved, At: at(20)}, {At: at(10)}}, []span{{"sign-in", uptime.Down, 0, 10}}},
		"the end is corrected to later":   {[]Word{{Phase: uptime.Resolved, At: at(20)}, {At: at(30)}}, []span{{"sign-in", uptime.Down, 0, 30}}},
		"what ended before stays": {[]Word{{States: states{"sign-in": uptime.Up}, At: at(10)}, {Phase: uptime.Resolved, At: at(20)}, {At: at(30)}},
			[]span{{"sign-in", uptime.Down, 0, 10}}},
		"false alarm": {[]Word{{States: states{"sign-in": uptime.Partial}, At: at(10)}, {Phase: uptime.FalseAlarm, At: at(20)}},
			[]span{{"sign-in", uptime.Down, 0, 0}, {"sign-in", uptime.Partial, 10, 10}}},
		"false alarm afterwards": {[]Word{{Phase: uptime.Resolved, At: at(10)}, {Phase: uptime.FalseAlarm}}, []span{{"sign-in", uptime.Down, 0, 0}}},
		"it lasts again": {[]Word{{Phase: uptime.Resolved, At: at(10)}, {Phase: uptime.Investigating, States: states{"sign-in": uptime.Degraded}, At: at(20)}},
			[]span{{"sign-in", uptime.Down, 0, 10}, {"sign-in", uptime.Degraded, 20, -1}}},
		"it lasts again at once": {[]Word{{Phase: uptime.Resolved, At: at(0)}, {Phase: uptime.Investigating, States: states{"sign-in": uptime.Degraded}, At: at(0)}},
			[]span{{"sign-in", uptime.Degraded, 0, -1}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			i := d.opened(func(in *Opening) { in.States = states{"sign-in": uptime.Down} })
			d.after(time.Hour)
			for _, w := range test.words {
				d.said(i.ID, w)
			}
			var got []span
			for _, s := range d.statements(i.ID) {
				to := -1
				if !s.To.IsZero() {
					to = int(s.To.Sub(noon).Minutes())
				}
				got = append(got, span{s.Component, s.State, int(s.From.Sub(noon).Minutes()), to})
			}
			if len(got) != len(test.want) {
				t.Fatalf("%v, want %v", got, test.want)
			}
			for n, want := range test.want {
				if got[n] != want {
					t.Errorf("%v, want %v", got, test.want)
				}
			}
		})
	}
}

func TestStatementsOfOneComponentNeverOverlap(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	closed := []uptime.Statement{{Incident: "i", Component: "api", State: uptime.Down, From: at(0), To: at(20)}}
	all := stated(closed, "i", "api", uptime.Partial, at(10))
	if len(all) != 2 || all[0] != closed[0] || !all[1].From.Equal(at(20)) {
		t.Errorf("said within one that ended: %v", all)
	}
	gone := []uptime.Statement{{Incident: "i", Component: "api", State: uptime.Down, From: at(0), To: at(0)}}
	all = stated(gone, "i", "api", uptime.Partial, at(0))
	if len(all) != 1 || all[0].State != uptime.Partial {
		t.Errorf("two under one key: %v", all)
	}
	if all = ended(gone, at(0), at(10)); !all[0].To.Equal(at(0)) {
		t.Errorf("one that was taken back stands again: %v", all)
	}
}

func TestANoticeTellsWhatComponentsAreOnceItIsSaid(t *testing.T) {
	d := newDesk(t)
	i := d.opened(func(in *Opening) { in.States = states{"sign-in": uptime.Down} })
	for _, step := range []struct{ said, measured, want uptime.State }{
		{uptime.Partial, uptime.Up, uptime.Partial},
		{uptime.Up, uptime.Up, uptime.Up},
		{uptime.Degraded, uptime.Down, uptime.Down},
		{uptime.Degraded, uptime.Unknown, uptime.Degraded},
		{uptime.Up, uptime.Unknown, uptime.Unknown},
	} {
		d.measured = states{"sign-in": step.measured}
		d.after(time.Minute).said(i.ID, Word{States: states{"sign-in": step.said}})
		if got := d.notice().Content.Components[0].State; got != step.want {
			t.Errorf("said %v, measured %v: told %v, want %v", step.said, step.measured, got, step.want)
		}
	}
}
