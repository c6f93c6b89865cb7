//go:build slow

package app

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"github.com/upheld/upheld/internal/uptime"
)

// known is a plan as the API tells it.
type known struct {
	ID       string
	Phase    string
	Sequence int
	Excluded []struct{ From, To time.Time }
	Broken   []struct{ Commitment, Violation string }
}

func (k known) excluded() string {
	var out []string
	for _, s := range k.Excluded {
		out = append(out, s.From.Format("02T15:04")+"/"+s.To.Format("02T15:04"))
	}
	return strings.Join(out, " ")
}

// Whatever becomes of announced work, each change is a notice of its own with the
// calendar entry one version on, and what it excludes is what was announced in
// time, throughout.
func TestEachChangeOfAnnouncedWorkIsTold(t *testing.T) {
	k := newKeeper(t)
	const reader = "reader@example.com"
	k.subscribeTo(k.office, reader, []string{"maintenance"})
	evening := func(day, hour, minute int) time.Time { // of December, by the promise's clock
		return time.Date(2026, 12, day, hour, minute, 0, 0, k.zone())
	}
	type change struct {
		path string
		body map[string]any
		want string // excluded
	}
	move := func(from, to time.Time, override string) map[string]any {
		body := map[string]any{"from": from, "to": to, "reason": "It must be."}
		if override != "" {
			body["override"] = override
		}
		return body
	}
	utc := func(from, to time.Time) string {
		return from.UTC().Format("02T15:04") + "/" + to.UTC().Format("02T15:04")
	}
	for _, story := range []struct {
		name      string
		from, to  time.Time
		emergency bool
		override  string
		want      string
		changes   []change
	}{
		{name: "rescheduled with notice", from: evening(9, 18, 0), to: evening(9, 19, 0), want: utc(evening(9, 18, 0), evening(9, 19, 0)), changes: []change{
			{"/revise", move(evening(10, 18, 0), evening(10, 19, 0), ""), utc(evening(10, 18, 0), evening(10, 19, 0))},
		}},
		{name: "extended late", from: evening(8, 18, 0), to: evening(8, 19, 0), want: utc(evening(8, 18, 0), evening(8, 19, 0)), changes: []change{
			{"+20h", nil, ""},
			{"/revise", move(evening(8, 18, 0), evening(8, 20, 0), "It takes longer than we thought."), utc(evening(8, 18, 0), evening(8, 19, 0))},
		}},
		{name: "moved, and moved back", from: evening(11, 18, 0), to: evening(11, 19, 0), want: utc(evening(11, 18, 0), evening(11, 19, 0)), changes: []change{
			{"/revise", move(evening(12, 18, 0), evening(12, 19, 0), ""), utc(evening(12, 18, 0), evening(12, 19, 0))},
			{"/revise", move(evening(11, 18, 0), evening(11, 19, 0), ""), utc(evening(11, 18, 0), evening(11, 19, 0))},
		}},
		{name: "called off", from: evening(13, 18, 0), to: evening(13, 19, 0), want: utc(evening(13, 18, 0), evening(13, 19, 0)), changes: []change{
			{"/cancel", map[string]any{"reason": "The disks did not come."}, ""},
		}},
		{name: "an emergency", from: evening(8, 18, 30), to: evening(8, 19, 30), emergency: true, override: "An attack is under way.", want: ""},
	} {
		t.Run(story.name, func(t *testing.T) {
			before := len(k.office.to(reader))
			var p known
			k.call(k.token, http.MethodPost, "/plans", map[string]any{
				"title": story.name, "body": "Work.", "components": []string{"search"}, "from": story.from, "to": story.to,
				"emergency": story.emergency, "override": story.override, "publish": true,
			}, &p)
			k.told(t, reader, before+1, p, story.want)
			told := 1
			for _, c := range story.changes {
				if ahead, is := strings.CutPrefix(c.path, "+"); is {
					by, err := time.ParseDuration(ahead)
					if err != nil {
						t.Fatal(err)
					}
					k.within(10*time.Second, "nothing is under way", func() bool {
						return k.came(k.token, uptime.DeliveryQueued)+k.came(k.token, uptime.DeliverySending) == 0
					})
					k.clock.turn(by) // past the reminder of a day before, which comes too late to be told
					continue
				}
				was := p.Sequence
				k.call(k.token, http.MethodPost, "/plans/"+p.ID+c.path, c.body, &p)
				if p.Sequence != was+1 {
					t.Errorf("%s: sequence %d follows %d", c.path, p.Sequence, was)
				}
				told++
				k.told(t, reader, before+told, p, c.want)
			}
		})
	}
}

// told wants so many letters, the newest with the plan's entry as it is now, and
// the page's own calendar to say the same.
func (k *keeper) told(t *testing.T, reader string, letters int, p known, excluded string) {
	t.Helper()
	k.within(20*time.Second, fmt.Sprintf("letter %d comes", letters), func() bool { return len(k.office.to(reader)) >= letters })
	if n := len(k.office.to(reader)); n != letters {
		t.Fatalf("%d letters, want %d", n, letters)
	}
	if got := p.excluded(); got != excluded {
		t.Errorf("sequence %d excludes %q, want %q", p.Sequence, got, excluded)
	}
	mailed := invitations(t, k.office.to(reader)[letters-1])
	if len(mailed) != 1 {
		t.Fatalf("the letter has %d entries", len(mailed))
	}
	entry(t, mailed[0], p)
	k.within(25*time.Second, "the page's calendar has it", func() bool {
		status, text := k.get("/maintenance/" + p.ID + ".ics")
		if status != http.StatusOK {
			return false
		}
		calendar, err := ical.NewDecoder(strings.NewReader(text)).Decode()
		if err != nil || len(calendar.Events()) != 1 {
			t.Fatalf("%v in %s", err, text)
		}
		e := calendar.Events()[0]
		if e.Props.Get(ical.PropSequence).Value != strconv.Itoa(p.Sequence) {
			return false
		}
		entry(t, e, p)
		return e.Props.Get(ical.PropUID).Value == mailed[0].Props.Get(ical.PropUID).Value
	})
}

// entry wants an entry to be the plan's, as it is now.
func entry(t *testing.T, e ical.Event, p known) {
	t.Helper()
	status := "CONFIRMED"
	if p.Phase == "cancelled" {
		status = "CANCELLED"
	}
	if got := e.Props.Get(ical.PropSequence).Value; got != strconv.Itoa(p.Sequence) {
		t.Errorf("SEQUENCE:%s, want %d", got, p.Sequence)
	}
	if got := e.Props.Get(ical.PropStatus).Value; got != status {
		t.Errorf("STATUS:%s, want %s", got, status)
	}
	if uid := e.Props.Get(ical.PropUID).Value; !strings.HasPrefix(uid, p.ID+"@") {
		t.Errorf("UID:%s", uid)
	}
}
