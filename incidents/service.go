package incidents

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/notice"
	"github.com/upheld/upheld/internal/uptime"
)

// Ledger is where incidents are kept.
type Ledger interface {
	// Incident is the incident with that id, be it a draft, or uptime.ErrNotFound.
	Incident(ctx context.Context, id uptime.IncidentID) (uptime.Incident, error)
	StatementsOf(ctx context.Context, id uptime.IncidentID) ([]uptime.Statement, error)
	Templates(ctx context.Context) ([]uptime.Template, error)
	CountAudience(ctx context.Context, a uptime.Audience) (int, error)
	// OnceResult is what was done under a key, or uptime.ErrNotFound.
	OnceResult(ctx context.Context, key string) (uptime.Once, error)
	// Apply makes all of the changes or none, see uptime.Changes.
	Apply(ctx context.Context, changes uptime.Changes) error
}

// Options are what a Service needs. All of them are needed but Applied.
type Options struct {
	Ledger Ledger
	Rules  func() notice.Rules // those in force
	// States are what components are measured to be, without anybody's word.
	States func() map[uptime.ComponentID]uptime.State
	Now    func() time.Time
	Random io.Reader // for ids that nobody guesses
	// Applied is called after every change, before the method returns.
	Applied func(uptime.Changes)
}

// Service is how people act on incidents. Each method makes one change: it is
// decided on what is true at that moment, and written whole, with what people
// are owed and an entry of the audit log, or not at all. When somebody else was
// first it is decided anew.
//
// Its errors are Invalid for what was entered and for what cannot be done now,
// uptime.ErrForbidden, uptime.ErrNotFound, uptime.ErrConflict (the version that
// was expected is no longer the newest), uptime.ErrKeyReused, or the ledger's.
//
// Expect is the version that the caller saw, 0 for any. Once may be nil; a
// repeated request answers the incident that the first one made or changed, as
// it is now, and sets Once.Result, which is otherwise left as it was.
type Service struct{ o Options }

// NewService makes a service of incidents.
func NewService(o Options) *Service { return &Service{o: o} }

// attempts is how often a change is decided on before somebody else being
// first every time is an error.
const attempts = 5

// Open writes an incident down, as a draft (Responder) or for the public
// (Publisher).
func (s *Service) Open(ctx context.Context, by uptime.Actor, in Opening, once *uptime.Once) (uptime.Incident, error) {
	need := uptime.Responder
	if in.Publish {
		need = uptime.Publisher
	}
	if err := allow(by, need); err != nil {
		return uptime.Incident{}, err
	}
	return s.run(ctx, once, func(context.Context) (uptime.Changes, uptime.Incident, error) {
		return s.opening(by, in)
	})
}

// Say adds an update, and changes what it changes (Responder for a draft,
// Publisher for what is public).
func (s *Service) Say(ctx context.Context, by uptime.Actor, id uptime.IncidentID, w Word, expect int64, once *uptime.Once) (uptime.Incident, error) {
	return s.act(ctx, order{by: by, id: id, expect: expect, once: once, need: byDraft}, w.say)
}

// Publish shows a draft to the public (Publisher). Silent tells nobody.
func (s *Service) Publish(ctx context.Context, by uptime.Actor, id uptime.IncidentID, silent bool, expect int64, once *uptime.Once) (uptime.Incident, error) {
	return s.act(ctx, order{by: by, id: id, expect: expect, once: once, need: publisher}, publishing(silent))
}

// Correct changes title, tier or impact, and tells nobody (Responder for a
// draft, Publisher for what is public).
func (s *Service) Correct(ctx context.Context, by uptime.Actor, id uptime.IncidentID, c Correction, expect int64, once *uptime.Once) (uptime.Incident, error) {
	return s.act(ctx, order{by: by, id: id, expect: expect, once: once, need: byDraft}, c.correct)
}

// Amend replaces the text of an update, keeps the old one readable, and tells
// nobody (Responder for a draft, Publisher for what is public). What a monitor
// wrote stands.
func (s *Service) Amend(ctx context.Context, by uptime.Actor, id uptime.IncidentID, updateID, body string, expect int64) (uptime.Incident, error) {
	return s.act(ctx, order{by: by, id: id, expect: expect, need: byDraft}, func(k known) (move, error) { return amend(k, updateID, body) })
}

// Review writes what was learned: a draft (Responder), or for the public
// (Publisher), which is told once, by an update of phase postmortem.
func (s *Service) Review(ctx context.Context, by uptime.Actor, id uptime.IncidentID, body string, publish bool, expect int64) (uptime.Incident, error) {
	need := func(uptime.Incident) uptime.Role { return uptime.Responder }
	if publish {
		need = publisher
	}
	return s.act(ctx, order{by: by, id: id, expect: expect, need: need}, func(k known) (move, error) { return review(k, body, publish) })
}

// Waive says why there is no review (Publisher).
func (s *Service) Waive(ctx context.Context, by uptime.Actor, id uptime.IncidentID, reason string, expect int64) (uptime.Incident, error) {
	return s.act(ctx, order{by: by, id: id, expect: expect, need: publisher}, func(k known) (move, error) { return waive(k, reason) })
}

// Close ends the work on an incident that is over (Publisher); of Tier 1 only
// with a published review, or the reason for having none. Nothing of it changes
// afterwards.
func (s *Service) Close(ctx context.Context, by uptime.Actor, id uptime.IncidentID, expect int64) (uptime.Incident, error) {
	return s.act(ctx, order{by: by, id: id, expect: expect, need: publisher}, closes)
}

// Discard ends a draft, which the public then never sees (Responder).
func (s *Service) Discard(ctx context.Context, by uptime.Actor, id uptime.IncidentID, expect int64) (uptime.Incident, error) {
	return s.act(ctx, order{by: by, id: id, expect: expect, need: byDraft}, discard)
}

func publishing(silent bool) func(known) (move, error) {
	return func(k known) (move, error) { return publish(k, silent) }
}

func publisher(uptime.Incident) uptime.Role { return uptime.Publisher }

// byDraft is the role that a change of the incident needs: more once the public
// sees it.
func byDraft(i uptime.Incident) uptime.Role {
	if i.Draft() {
		return uptime.Responder
	}
	return uptime.Publisher
}

func allow(by uptime.Actor, need uptime.Role) error {
	if by.Role >= need {
		return nil
	}
	role := by.Role.String()
	if role == "" {
		role = "without a role"
	}
	return fmt.Errorf("%s is %s, and this needs a %s: %w", by.Name, role, need, uptime.ErrForbidden)
}

// suffix is 80 random bits in 16 letters and digits: a draft's address cannot
// be guessed.
func (s *Service) suffix() (string, error) { return suffix(s.o.Random) }

func suffix(random io.Reader) (string, error) {
	var bits [10]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(bits[:])), nil
}

// opening decides what an opening comes to.
func (s *Service) opening(by uptime.Actor, in Opening) (uptime.Changes, uptime.Incident, error) {
	suffix, err := s.suffix()
	if err != nil {
		return uptime.Changes{}, uptime.Incident{}, err
	}
	rules := s.o.Rules()
	k := known{catalogue: rules.Catalogue, by: by, now: whole(s.o.Now())}
	m, err := in.open(k, suffix)
	if err != nil {
		return uptime.Changes{}, uptime.Incident{}, err
	}
	k.incident.ID = m.incident.ID
	return s.decided(m, k, rules)
}

func (s *Service) decided(m move, k known, rules notice.Rules) (uptime.Changes, uptime.Incident, error) {
	changes := m.changes(k, rules, s.o.States())
	if len(changes.Incidents) == 0 {
		return changes, k.incident, nil
	}
	return changes, changes.Incidents[0].Incident, nil
}
