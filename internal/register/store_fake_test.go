package register

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// noon is when these tests begin.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

var (
	admin     = uptime.Actor{Kind: "user", ID: "u-admin", Name: "Ada", Role: uptime.Admin}
	publisher = uptime.Actor{Kind: "user", ID: "u-publ", Name: "Grace", Role: uptime.Publisher}
	responder = uptime.Actor{Kind: "user", ID: "u-resp", Name: "Edsger", Role: uptime.Responder}
)

// shelf keeps the register in memory as a store keeps it: all of the changes or
// none, what is new under an id that is there staying as it is.
type shelf struct {
	versions []uptime.PolicyVersion
	evidence map[string]uptime.Evidence
	entries  map[string]uptime.NonCompliance
	alerts   map[string]uptime.Alert // by id and beginning
	once     map[string]uptime.Once
	notices  []uptime.Notice // each id once
	audit    []uptime.AuditEntry
	applied  int
	before   func() error // called once before anything is applied
	lost     error        // answered once although everything was applied
	broken   error        // answered to every read
}

func newShelf() *shelf {
	return &shelf{
		evidence: map[string]uptime.Evidence{}, entries: map[string]uptime.NonCompliance{},
		alerts: map[string]uptime.Alert{}, once: map[string]uptime.Once{},
	}
}

func (s *shelf) PolicyVersions(context.Context) ([]uptime.PolicyVersion, error) {
	return slices.Clone(s.versions), s.broken
}

func (s *shelf) Evidence(context.Context) ([]uptime.Evidence, error) {
	var out []uptime.Evidence
	for _, id := range sorted(s.evidence) {
		if e := s.evidence[id]; e.Withdrawn.IsZero() {
			out = append(out, e)
		}
	}
	return out, s.broken
}

func (s *shelf) NonCompliances(context.Context) ([]uptime.NonCompliance, error) {
	return slices.Collect(maps.Values(s.entries)), s.broken
}

func (s *shelf) Alerts(context.Context) ([]uptime.Alert, error) {
	var out []uptime.Alert
	for _, id := range sorted(s.alerts) {
		if a := s.alerts[id]; a.Until.IsZero() {
			out = append(out, a)
		}
	}
	return out, s.broken
}

func (s *shelf) OnceResult(_ context.Context, key string) (uptime.Once, error) {
	o, known := s.once[key]
	if !known {
		return o, uptime.ErrNotFound
	}
	return o, nil
}

func (s *shelf) Apply(_ context.Context, c uptime.Changes) error {
	if before := s.before; before != nil {
		s.before = nil
		if err := before(); err != nil {
			return err
		}
	}
	if c.Once != nil {
		if known, used := s.once[c.Once.Key]; used && known.Digest == c.Once.Digest {
			return uptime.ErrRepeated
		}
		s.once[c.Once.Key] = *c.Once
	}
	for _, change := range c.NonCompliances {
		if change.Expect > 0 && s.entries[change.Entry.ID].Version != change.Expect {
			return fmt.Errorf("applying changes: %w", uptime.ErrConflict)
		}
	}
	for _, v := range c.Policies {
		if slices.ContainsFunc(s.versions, func(k uptime.PolicyVersion) bool { return k.Policy == v.Policy && k.Number == v.Number }) {
			return fmt.Errorf("applying changes: %w", uptime.ErrConflict)
		}
	}
	s.keep(c)
	s.applied++
	lost := s.lost
	s.lost = nil
	return lost
}

func (s *shelf) keep(c uptime.Changes) {
	for _, change := range c.NonCompliances {
		if _, there := s.entries[change.Entry.ID]; !there || change.Expect > 0 {
			s.entries[change.Entry.ID] = change.Entry
		}
	}
	for _, e := range c.Evidence {
		s.evidence[e.ID] = e
	}
	for _, a := range c.Alerts {
		s.alerts[fmt.Sprintf("%s@%d", a.ID, a.Since.UnixMilli())] = a
	}
	for _, n := range c.Outbox {
		if !slices.ContainsFunc(s.notices, func(o uptime.Notice) bool { return o.ID == n.ID }) {
			s.notices = append(s.notices, n)
		}
	}
	s.versions = append(s.versions, c.Policies...)
	s.audit = append(s.audit, c.Audit...)
}

// desk is a register over a shelf, at a time that the test moves.
type desk struct {
	*Service
	t         *testing.T
	shelf     *shelf
	now       time.Time
	catalogue uptime.Catalogue
	told      int // notices that were looked at
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, shelf: newShelf(), now: noon}
	d.catalogue = uptime.Catalogue{
		Page: uptime.Page{Zone: time.UTC},
		Policies: []uptime.Policy{{ID: "p", Commitments: []uptime.Commitment{
			{ID: "P6", Kind: uptime.OfRegister, Register: &uptime.RegisterTerms{Record: "penetration_test"}},
			{ID: "E36", Kind: uptime.OfPromise, Promise: &uptime.PromiseTerms{Due: noon}},
			{ID: "P41", Kind: uptime.OfText, Text: "x"},
		}}},
	}
	d.restart()
	return d
}

// restart is a new process over what is kept.
func (d *desk) restart() {
	d.Service = New(Options{
		Store: d.shelf, Now: func() time.Time { return d.now }, Random: rand.Reader,
		Rules: func() notice.Rules {
			return notice.Rules{Catalogue: d.catalogue, Channels: []notice.Channel{{Name: "ops"}}}
		},
	})
}

func (d *desk) tick(standings []uptime.Standing, burns ...uptime.Burn) {
	d.t.Helper()
	if err := d.Tick(d.t.Context(), standings, burns); err != nil {
		d.t.Fatal(err)
	}
}

// after lets time pass.
func (d *desk) after(by time.Duration) *desk {
	d.now = d.now.Add(by)
	return d
}

// news are the reasons and ids of the notices since the last time.
func (d *desk) news() (out []uptime.Notice) {
	out = slices.Clone(d.shelf.notices[d.told:])
	d.told = len(d.shelf.notices)
	return out
}

func (d *desk) silent(when string) {
	d.t.Helper()
	if n := d.news(); len(n) > 0 {
		d.t.Errorf("%s: told %q (%s)", when, n[0].Summary, n[0].ID)
	}
}

func (d *desk) one(when string, reason uptime.NoticeReason) uptime.Notice {
	d.t.Helper()
	n := d.news()
	if len(n) != 1 || n[0].Reason != reason {
		d.t.Fatalf("%s: told %+v, want one %s", when, n, reason)
	}
	if n[0].Summary == "" || len(n[0].Channels) != 1 || n[0].Audience != nil {
		d.t.Errorf("%s: %+v", when, n[0])
	}
	return n[0]
}

// broken is a firm promise that was broken in these cases.
func broken(id uptime.CommitmentID, cases ...string) uptime.Standing {
	s := uptime.Standing{Commitment: uptime.Commitment{ID: id, Strength: uptime.Firm, Owner: "CTO", Says: "It works."}, Verdict: uptime.Breached}
	for _, key := range cases {
		s.Cases = append(s.Cases, uptime.Case{Key: key, At: noon.Add(-time.Hour), Summary: "it did not: " + key})
	}
	return s
}

func faulty(t *testing.T, err error, field string) {
	t.Helper()
	var invalid Invalid
	if !errors.As(err, &invalid) || len(invalid) != 1 || invalid[0].Field != field || invalid[0].Text == "" {
		t.Errorf("error %v, want one about %s", err, field)
	}
}
