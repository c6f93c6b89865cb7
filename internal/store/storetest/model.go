package storetest

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// fewer lets rapid check less often than it would: each check is many commits.
func fewer(t *testing.T, checks int) {
	const name = "rapid.checks"
	given := flag.Lookup(name).Value.String()
	if given != flag.Lookup(name).DefValue {
		return // somebody wants it so
	}
	must(t, flag.Set(name, strconv.Itoa(checks)))
	t.Cleanup(func() { must(t, flag.Set(name, given)) })
}

// lane is a model of one lane of the outbox, and the outbox itself, which must
// do the same.
type lane struct {
	db    *store.DB
	name  uptime.Lane
	now   time.Duration
	rows  []*row
	hand  []uptime.Delivery // claimed by somebody who has neither settled nor died
	owed  int
	found map[string]int // deliveries that were accepted, by how often
}

// row is a delivery as it should be.
type row struct {
	id, recipient, incident string
	due                     time.Duration // or the end of the lease
	sending, settled        bool
	attempt, lost           int
}

const lease = 10 * time.Second

// testModel owes, claims, settles, dies and waits at random. Whatever comes,
// order holds for each recipient and incident, and nothing that is owed is lost.
func testModel(t *testing.T, address func(testing.TB) string) {
	fewer(t, 12)
	db := Open(t, address(t))
	must(t, db.Apply(t.Context(), joining(subscriber("r0"), subscriber("r1"), subscriber("r2"))))
	lanes := 0
	rapid.Check(t, func(r *rapid.T) {
		lanes++
		l := &lane{db: db, name: uptime.Lane(fmt.Sprintf("lane%d", lanes)), found: map[string]int{}}
		ctx := t.Context()
		owe := func(r *rapid.T) {
			who := fmt.Sprintf("r%d", rapid.IntRange(0, 2).Draw(r, "recipient"))
			incident := rapid.SampledFrom([]string{"", "i", "j"}).Draw(r, "incident")
			if incident != "" {
				incident += string(l.name)
			}
			l.owed++
			n := public(fmt.Sprintf("%s-%d", l.name, l.owed), uptime.IncidentID(incident), uptime.Audience{Only: uptime.SubscriberID(who), Lane: l.name})
			n.At = at(l.now)
			if err := db.Apply(ctx, owing(n)); err != nil {
				r.Fatal(err)
			}
			l.rows = append(l.rows, &row{
				id: uptime.DeliveryID(n.ID, uptime.Recipient{Kind: uptime.ToMail, ID: who}), recipient: who, incident: incident, due: l.now,
			})
		}
		r.Repeat(map[string]func(*rapid.T){
			"owe": owe, "owe more": owe,
			"claim": func(r *rapid.T) { l.claim(r, rapid.IntRange(1, 6).Draw(r, "limit")) },
			"settle": func(r *rapid.T) {
				if len(l.hand) == 0 {
					r.Skip()
				}
				i := rapid.IntRange(0, len(l.hand)-1).Draw(r, "which")
				d := l.hand[i]
				l.hand = slices.Delete(l.hand, i, i+1)
				again := l.now + time.Duration(rapid.IntRange(0, 20).Draw(r, "again"))*time.Second
				l.settle(r, d, rapid.SampledFrom([]string{"accepted", "dead", "again", "untried"}).Draw(r, "outcome"), again)
			},
			"die":  func(*rapid.T) { l.hand = nil },
			"wait": func(r *rapid.T) { l.now += time.Duration(rapid.IntRange(1, 15).Draw(r, "seconds")) * time.Second },
		})
		l.end(r)
	})
}

func (l *lane) get(id string) *row {
	return l.rows[slices.IndexFunc(l.rows, func(w *row) bool { return w.id == id })]
}

// may tells whether the row may be claimed, given those that are claimed with
// it.
func (l *lane) may(w *row, with map[string]bool) bool {
	if w.settled || w.due > l.now {
		return false
	}
	for _, o := range l.rows {
		if o.recipient == w.recipient && o.sending && o.due > l.now {
			return false // is being sent something
		}
	}
	for _, o := range l.rows[:slices.Index(l.rows, w)] {
		if w.incident != "" && o.recipient == w.recipient && o.incident == w.incident && !o.settled && !with[o.id] {
			return false
		}
	}
	return true
}

func (l *lane) claim(r *rapid.T, limit int) {
	got, err := l.db.Claim(r.Context(), uptime.Claim{Lane: l.name, Now: at(l.now), Lease: lease, Limit: limit})
	if err != nil {
		r.Fatal(err)
	}
	with := map[string]bool{}
	recipients := map[string]bool{}
	for i, d := range got {
		if i > 0 && got[i-1].Seq >= d.Seq {
			r.Fatalf("out of order: %v", told(got))
		}
		if w := l.get(d.ID); !l.may(w, with) {
			r.Fatalf("%s may not go now: %+v", d.ID, w)
		}
		with[d.ID], recipients[d.Recipient.ID] = true, true
	}
	// Nobody's are parted, and nothing is left that may go while there is room.
	for _, w := range l.rows {
		if !with[w.id] && l.may(w, with) && (recipients[w.recipient] || len(got) < limit) {
			r.Fatalf("%s was left: %+v; claimed %v for %v", w.id, w, told(got), of(got))
		}
	}
	for _, d := range got {
		w := l.get(d.ID)
		if w.attempt++; w.sending {
			w.lost++
		}
		if w.sending, w.due = true, l.now+lease; d.Attempt != w.attempt || d.Lost != w.lost || d.Unsure.IsZero() != (w.lost == 0) {
			r.Fatalf("claimed %+v, want %+v", d, w)
		}
	}
	l.hand = append(l.hand, got...)
}

func (l *lane) settle(r *rapid.T, d uptime.Delivery, outcome string, again time.Duration) {
	w := l.get(d.ID)
	s := accepted(d, l.now)
	switch outcome {
	case "dead":
		s.State = uptime.DeliveryDead
	case "again":
		s = retry(d, l.now, again)
	case "untried":
		s = retry(d, l.now, again)
		s.Untried = true
	}
	want := 0
	if !w.settled && w.sending && w.attempt == d.Attempt {
		want, w.sending = 1, false
		if w.settled = s.State != uptime.DeliveryQueued; !w.settled {
			w.due = again
		}
		if s.Untried {
			w.attempt--
		}
		if s.State == uptime.DeliveryAccepted {
			l.found[d.ID]++
		}
	}
	if n, err := l.db.Settle(r.Context(), []uptime.Settlement{s}); err != nil || n != want {
		r.Fatalf("%s of %+v settled %d (%v), want %d", outcome, d, n, err, want)
	}
}

// end takes everything that is left: each delivery comes to its end once.
func (l *lane) end(r *rapid.T) {
	for range 2 * len(l.rows) {
		l.now += time.Hour
		l.hand = nil
		l.claim(r, 100)
		for _, d := range l.hand {
			l.settle(r, d, "accepted", 0)
		}
		if len(l.hand) == 0 {
			break
		}
	}
	for _, w := range l.rows {
		if !w.settled || l.found[w.id] > 1 {
			r.Fatalf("in the end: %+v, accepted %d times", w, l.found[w.id])
		}
	}
}
