package register

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// AddEvidence adds a dated fact (Publisher). ID, AddedAt, Author and Withdrawn are
// not the caller's to give. Its record is that of a register in force, or the id
// of a promise of kind register or promise. Once may be nil; a repeated request
// answers what the first one added, and sets Once.Result, which is otherwise left
// as it was.
func (s *Service) AddEvidence(ctx context.Context, by uptime.Actor, in uptime.Evidence, once *uptime.Once) (uptime.Evidence, error) {
	if err := allow(by, uptime.Publisher); err != nil {
		return uptime.Evidence{}, err
	}
	if once != nil {
		if e, err := s.repeated(ctx, once); !errors.Is(err, errFirst) {
			return e, err
		}
	}
	id, err := s.id()
	if err != nil {
		return uptime.Evidence{}, err
	}
	e, err := s.read(in)
	if err != nil {
		return uptime.Evidence{}, err
	}
	e.ID, e.Author = id, by.ID
	changes := uptime.Changes{
		Evidence: []uptime.Evidence{e},
		Audit:    s.entry(by, "evidence.add", e.ID, fmt.Sprintf("%s: %s", e.Record, e.Title)),
	}
	if once != nil {
		key := *once
		key.Result = id
		changes.Once = &key
	}
	err = s.write(ctx, func(context.Context) (uptime.Changes, error) { return changes, nil })
	if errors.Is(err, uptime.ErrRepeated) && once != nil { // by the same client, at the same time
		return s.repeated(ctx, once)
	}
	if err != nil {
		return uptime.Evidence{}, err
	}
	return e, nil
}

// read checks what was entered of evidence.
func (s *Service) read(in uptime.Evidence) (uptime.Evidence, error) {
	now := s.now()
	var f fields
	e := uptime.Evidence{
		Public: in.Public, AddedAt: now,
		Record: f.record(in.Record, s.o.Rules().Catalogue.Commitments(now)),
		Title:  f.line("title", in.Title, "what was done", true),
		By:     f.line("by", in.By, "who did it", false),
		URL:    f.link("url", in.URL),
		Note:   f.text("note", in.Note, "", false),
	}
	e.At, e.ExpiresAt = f.dates(in.At, in.ExpiresAt, now)
	return e, f.err()
}

// errFirst says that nothing was done under a key yet.
var errFirst = errors.New("not done yet")

// repeated is the evidence that was added under a key.
func (s *Service) repeated(ctx context.Context, once *uptime.Once) (uptime.Evidence, error) {
	done, err := s.o.Store.OnceResult(ctx, once.Key)
	switch {
	case errors.Is(err, uptime.ErrNotFound):
		return uptime.Evidence{}, errFirst
	case err != nil:
		return uptime.Evidence{}, err
	case done.Digest != once.Digest:
		return uptime.Evidence{}, fmt.Errorf("use a new key for a new request: %w", uptime.ErrKeyReused)
	}
	once.Result = done.Result
	return s.standing(ctx, done.Result)
}

// standing is the evidence with that id that stands, or uptime.ErrNotFound.
func (s *Service) standing(ctx context.Context, id string) (uptime.Evidence, error) {
	all, err := s.o.Store.Evidence(ctx)
	if err != nil {
		return uptime.Evidence{}, err
	}
	i := slices.IndexFunc(all, func(e uptime.Evidence) bool { return e.ID == id })
	if i < 0 {
		return uptime.Evidence{}, fmt.Errorf("evidence %q: %w", id, uptime.ErrNotFound)
	}
	return all[i], nil
}

// WithdrawEvidence takes a fact out of every verdict (Publisher); it stays on
// record. What was withdrawn before is uptime.ErrNotFound.
func (s *Service) WithdrawEvidence(ctx context.Context, by uptime.Actor, id string) error {
	if err := allow(by, uptime.Publisher); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context) (uptime.Changes, error) {
		e, err := s.standing(ctx, id)
		if err != nil {
			return uptime.Changes{}, err
		}
		e.Withdrawn = s.now()
		return uptime.Changes{
			Evidence: []uptime.Evidence{e},
			Audit:    s.entry(by, "evidence.withdraw", id, fmt.Sprintf("%s: %s", e.Record, e.Title)),
		}, nil
	})
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
// they were opened, the newest first. Who may read them is the caller's to ask.
func (s *Service) Entries(ctx context.Context) ([]uptime.NonCompliance, error) {
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

// Evidence is what stands, the newest first. Who may read what is not public is
// the caller's to ask.
func (s *Service) Evidence(ctx context.Context) ([]uptime.Evidence, error) {
	all, err := s.o.Store.Evidence(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b uptime.Evidence) int { return b.At.Compare(a.At) })
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
