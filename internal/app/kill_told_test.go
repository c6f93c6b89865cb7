//go:build slow

package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/upheld/upheld/internal/store"
	"github.com/upheld/upheld/internal/uptime"
)

// check compares what was acknowledged, what the ledger says and what arrived.
func (s *siege) check() {
	db, err := openAt(s.t.Context(), "sqlite:"+filepath.Join(s.folder, "data", databaseFile), slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	c := &comparison{t: s.t, ctx: s.t.Context(), db: db, arrived: s.arrivals(), mails: s.mails, first: map[string]map[string]int{}}
	for to, had := range c.arrived {
		c.first[to] = map[string]int{}
		for i, a := range slices.Backward(had) {
			c.first[to][a.digest] = i
		}
	}
	notices := c.notices()
	acknowledged := 0
	for _, a := range s.authors {
		for _, told := range a.told {
			c.story(told, notices)
			acknowledged += len(told.bodies)
		}
	}
	c.once(s.authors)
	c.ledger(notices)
	repeated := c.repeated()
	if audit, err := db.VerifyAudit(c.ctx); err != nil || audit.Broken != 0 || audit.Entries < int64(acknowledged) {
		s.t.Errorf("the audit log: %+v %v", audit, err)
	}
	if strings.Contains(s.wholeLog(), "DATA RACE") {
		s.t.Errorf("a race:\n%s", s.logged())
	}
	s.t.Logf("%d requests acknowledged, %d not answered at first, %d of these done all the same; %d notices, %d deliveries, %d messages, %d of them repeated",
		acknowledged, s.unanswered.Load(), s.replayed.Load(), len(notices), c.deliveries, c.messages, repeated)
}

// comparison is what was told at the end, twice: by the ledger and by those who
// were.
type comparison struct {
	t       *testing.T
	ctx     context.Context
	db      *store.DB
	arrived map[string][]arrival
	mails   map[string]string
	first   map[string]map[string]int // of each recipient, the place of the first message with a digest

	attempts             map[string]int // of the deliveries that carried a message, by its digest
	deliveries, messages int
}

// notices are all of them, oldest first.
func (c *comparison) notices() (all []uptime.NoticeRecord) {
	c.t.Helper()
	for cursor := (uptime.Cursor{Limit: 500}); ; cursor.After = all[len(all)-1].Notice.ID {
		part, err := c.db.Notices(c.ctx, uptime.NoticeFilter{}, cursor)
		if err != nil {
			c.t.Fatal(err)
		}
		if all = append(all, part...); len(part) < cursor.Limit {
			slices.Reverse(all)
			return all
		}
	}
}

// story wants the incident as it was acknowledged, each update once, and a
// notice to everybody of each.
func (c *comparison) story(told *story, notices []uptime.NoticeRecord) {
	c.t.Helper()
	i, err := c.db.Incident(c.ctx, uptime.IncidentID(told.id))
	if err != nil {
		c.t.Errorf("%s was acknowledged: %v", told.title, err)
		return
	}
	var bodies, noticed []string
	for _, u := range i.Updates {
		bodies = append(bodies, u.Body)
	}
	for _, n := range notices {
		if n.Notice.Incident == i.ID {
			noticed = append(noticed, n.Notice.Content.Update.Body)
		}
	}
	if i.Title != told.title || i.Open() == told.over {
		c.t.Errorf("%s is %q, open: %t", told.title, i.Title, i.Open())
	}
	if diff := cmp.Diff(told.bodies, bodies); diff != "" {
		c.t.Errorf("%s, acknowledged and kept (-want +got):\n%s", told.title, diff)
	}
	if diff := cmp.Diff(told.bodies, noticed); diff != "" {
		c.t.Errorf("%s, acknowledged and owed (-want +got):\n%s", told.title, diff)
	}
}

// once wants one incident for each that was asked for.
func (c *comparison) once(authors []*author) {
	c.t.Helper()
	found := map[string]int{}
	for cursor := (uptime.Cursor{Limit: 500}); ; {
		part, err := c.db.Incidents(c.ctx, uptime.IncidentFilter{}, cursor)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, i := range part {
			if !i.Automatic {
				found[i.Title]++
			}
			cursor.After = string(i.ID)
		}
		if len(part) < cursor.Limit {
			break
		}
	}
	want := map[string]int{}
	for _, a := range authors {
		for _, told := range a.told {
			want[told.title] = 1
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		c.t.Errorf("incidents (-want +got):\n%s", diff)
	}
}

// ledger wants every notice to have reached everybody, those about one incident
// in the order in which they were owed, and the mail to say what it is of.
func (c *comparison) ledger(notices []uptime.NoticeRecord) {
	c.t.Helper()
	c.attempts = map[string]int{}
	last := map[[2]string]int{} // the place of the newest message to somebody about something
	for _, record := range notices {
		n := record.Notice
		told := c.of(n.ID)
		if len(told) != len(c.arrived) {
			c.t.Errorf("%s is owed to %d of %d", n.ID, len(told), len(c.arrived))
		}
		for _, d := range told {
			c.deliveries++
			at, came := c.first[d.Recipient.ID][d.Digest]
			if d.State != uptime.DeliveryAccepted || !came {
				c.t.Errorf("%s to %s is %s (held: %q, error: %q); it came: %t", n.ID, d.Recipient.ID, d.State, d.Held, d.Error, came)
				continue
			}
			if d.In == "" {
				c.attempts[d.Digest] = d.Attempt
			}
			thread := [2]string{d.Recipient.ID, string(n.Incident)}
			if before, known := last[thread]; known && at < before {
				c.t.Errorf("%s told %s before what was owed earlier", n.ID, d.Recipient.ID)
			}
			last[thread] = at
		}
	}
}

// of are the deliveries of a notice.
func (c *comparison) of(notice string) (all []uptime.Delivery) {
	c.t.Helper()
	all, err := c.db.Deliveries(c.ctx, uptime.DeliveryFilter{Notice: notice}, uptime.Cursor{Limit: 500})
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// repeated counts what came more than once. It wants that to be the same, and
// the ledger to know of as many attempts, and nobody to hear that something is
// over who has not heard of it.
func (c *comparison) repeated() (repeated int) {
	c.t.Helper()
	for to, had := range c.arrived {
		digests, times, titles := map[string]string{}, map[string]int{}, map[string]bool{}
		for _, a := range had {
			c.messages++
			if digest, known := digests[a.id]; known && digest != a.digest {
				c.t.Errorf("%s had two messages with the id %s", to, a.id)
			}
			digests[a.id] = a.digest
			if times[a.digest]++; times[a.digest] > 1 {
				repeated++
			}
			over := strings.Contains(a.text, "Resolved: Trouble ") || strings.Contains(a.text, `"reason":"recovered"`)
			for _, title := range titleIn.FindAllString(a.text, -1) {
				if over && !titles[title] {
					c.t.Errorf("%s heard that %q is over and never of it:\n%s", to, title, a.text)
				}
				titles[title] = true
			}
		}
		for digest, n := range times {
			if attempts := c.attempts[digest]; n > attempts {
				c.t.Errorf("%s had a message %d times, and the ledger knows of %d attempts", to, n, attempts)
			}
		}
	}
	return repeated
}

// arrival is a message as a recipient had it.
type arrival struct {
	id, digest string
	text       string // of the mail with its subject, or of the request
}

// arrivals are what each recipient had, in order.
func (s *siege) arrivals() map[string][]arrival {
	out := map[string][]arrival{}
	for _, l := range s.office.all() {
		if len(l.to) != 1 || s.mails[l.to[0]] == "" {
			s.t.Errorf("a letter went to %v", l.to)
			continue
		}
		to := s.mails[l.to[0]]
		out[to] = append(out[to], arrival{l.header.Get("Message-Id"), digestOf(l.raw), l.header.Get("Subject") + "\n" + unfolded(l.body)})
	}
	for to, h := range s.hooks {
		for _, got := range h.all() {
			out[to] = append(out[to], arrival{got.id, digestOf(got.body), string(got.body)})
		}
		if len(h.wrong) > 0 {
			s.t.Errorf("%s: a signature does not verify: %v", to, h.wrong[0])
		}
	}
	return out
}

// unfolded is a quoted-printable text without its soft breaks.
func unfolded(body string) string { return strings.ReplaceAll(body, "=\r\n", "") }

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
