package register

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// Piece is evidence as somebody adds it: an uptime.Evidence of which ID, AddedAt,
// Author and Withdrawn are not theirs to give.
type Piece = uptime.Evidence

// AddEvidence adds a dated fact (Publisher). Its record is that of a register in
// force, or the id of a promise of kind register or promise.
func (s *Service) AddEvidence(ctx context.Context, by uptime.Actor, in Piece) (uptime.Evidence, error) {
	if err := allow(by, uptime.Publisher); err != nil {
		return uptime.Evidence{}, err
	}
	id, err := s.id()
	if err != nil {
		return uptime.Evidence{}, err
	}
	now := s.now()
	var f fields
	e := uptime.Evidence{
		ID: id, Public: in.Public, AddedAt: now, Author: by.ID,
		Record: f.record(in.Record, s.o.Rules().Catalogue.Commitments(now)),
		Title:  f.line("title", in.Title, "what was done", true),
		By:     f.line("by", in.By, "who did it", false),
		URL:    f.link("url", in.URL),
		Note:   f.text("note", in.Note, "", false),
	}
	e.At, e.ExpiresAt = f.dates(in.At, in.ExpiresAt, now)
	if err := f.err(); err != nil {
		return uptime.Evidence{}, err
	}
	return e, s.write(ctx, func(context.Context) (uptime.Changes, error) {
		return uptime.Changes{
			Evidence: []uptime.Evidence{e},
			Audit:    s.entry(by, "evidence.add", e.ID, fmt.Sprintf("%s: %s", e.Record, e.Title)),
		}, nil
	})
}

// WithdrawEvidence takes a fact out of every verdict (Publisher); it stays on
// record. The reason is needed, and stands in the audit log. What was withdrawn
// before is uptime.ErrNotFound.
func (s *Service) WithdrawEvidence(ctx context.Context, by uptime.Actor, id, reason string) (uptime.Evidence, error) {
	if err := allow(by, uptime.Publisher); err != nil {
		return uptime.Evidence{}, err
	}
	var f fields
	reason = f.line("reason", reason, "why it does not stand", true)
	if err := f.err(); err != nil {
		return uptime.Evidence{}, err
	}
	var e uptime.Evidence
	err := s.write(ctx, func(ctx context.Context) (uptime.Changes, error) {
		all, err := s.o.Store.Evidence(ctx)
		if err != nil {
			return uptime.Changes{}, err
		}
		i := slices.IndexFunc(all, func(e uptime.Evidence) bool { return e.ID == id })
		if i < 0 {
			return uptime.Changes{}, fmt.Errorf("evidence %q: %w", id, uptime.ErrNotFound)
		}
		e = all[i]
		e.Withdrawn = s.now()
		return uptime.Changes{
			Evidence: []uptime.Evidence{e},
			Audit:    s.entry(by, "evidence.withdraw", id, fmt.Sprintf("%s: %s: %s", e.Record, e.Title, reason)),
		}, nil
	})
	return e, err
}

// CloseEntry ends an entry of non-compliance (Admin). The outcome says what was
// done, and is needed. Expect is the version that the caller saw, 0 for any; one
// that is closed is not closed again.
func (s *Service) CloseEntry(ctx context.Context, by uptime.Actor, id, outcome string, expect int64) (uptime.NonCompliance, error) {
	if err := allow(by, uptime.Admin); err != nil {
		return uptime.NonCompliance{}, err
	}
	var f fields
	outcome = f.text("outcome", outcome, "what was done, so that it does not happen again", true)
	if err := f.err(); err != nil {
		return uptime.NonCompliance{}, err
	}
	var entry uptime.NonCompliance
	err := s.write(ctx, func(ctx context.Context) (uptime.Changes, error) {
		all, err := s.o.Store.NonCompliances(ctx)
		if err != nil {
			return uptime.Changes{}, err
		}
		i := slices.IndexFunc(all, func(e uptime.NonCompliance) bool { return e.ID == id })
		if i < 0 {
			return uptime.Changes{}, fmt.Errorf("entry %q: %w", id, uptime.ErrNotFound)
		}
		entry = all[i]
		if expect > 0 && expect != entry.Version {
			return uptime.Changes{}, fmt.Errorf("entry %s is at version %d and not at %d: read it again: %w",
				id, entry.Version, expect, uptime.ErrConflict)
		}
		if !entry.ClosedAt.IsZero() {
			return uptime.Changes{}, Invalid{{Field: "outcome", Text: "cannot be given: the entry was closed before, and stays as it is"}}
		}
		change := uptime.NonComplianceChange{Expect: entry.Version}
		entry.ClosedAt, entry.Outcome, entry.ClosedBy = s.now(), outcome, by.ID
		entry.Version++
		change.Entry = entry
		return uptime.Changes{
			NonCompliances: []uptime.NonComplianceChange{change},
			Audit:          s.entry(by, "non_compliance.close", id, strings.Join(strings.Fields(outcome), " ")),
		}, nil
	})
	return entry, err
}

// Entries are the entries of non-compliance, the open ones first, then by when
// they were opened, the newest first (Viewer).
func (s *Service) Entries(ctx context.Context, by uptime.Actor) ([]uptime.NonCompliance, error) {
	if err := allow(by, uptime.Viewer); err != nil {
		return nil, err
	}
	all, err := s.o.Store.NonCompliances(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b uptime.NonCompliance) int {
		if open := a.ClosedAt.IsZero(); open != b.ClosedAt.IsZero() {
			if open {
				return -1
			}
			return 1
		}
		return b.OpenedAt.Compare(a.OpenedAt)
	})
	return all, nil
}

// Evidence is what stands, the newest first (Viewer).
func (s *Service) Evidence(ctx context.Context, by uptime.Actor) ([]uptime.Evidence, error) {
	if err := allow(by, uptime.Viewer); err != nil {
		return nil, err
	}
	all, err := s.o.Store.Evidence(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b uptime.Evidence) int { return b.At.Compare(a.At) })
	return all, nil
}

// Alerts are those that last, the oldest first (Viewer).
func (s *Service) Alerts(ctx context.Context, by uptime.Actor) ([]uptime.Alert, error) {
	if err := allow(by, uptime.Viewer); err != nil {
		return nil, err
	}
	all, err := s.o.Store.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b uptime.Alert) int { return a.Since.Compare(b.Since) })
	return all, nil
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

func (s *Service) entry(by uptime.Actor, action, object, detail string) []uptime.AuditEntry {
	return []uptime.AuditEntry{{At: s.now(), Actor: by, Action: action, Object: object, Detail: detail}}
}

// id is 80 random bits in 16 letters and digits.
func (s *Service) id() (string, error) {
	var bits [10]byte
	if _, err := io.ReadFull(s.o.Random, bits[:]); err != nil {
		return "", fmt.Errorf("making an id: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(bits[:])), nil
}
