package register

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/upheld/upheld/internal/uptime"
)

// Learn records the versions of policies that are new, at the start and when the
// configuration changes. It refuses, without recording any, a version whose text
// is another than the one that is recorded under its number, and one that nobody
// has approved: what was promised when must stay readable.
func (s *Service) Learn(ctx context.Context, versions []uptime.PolicyVersion) error {
	return s.write(ctx, func(ctx context.Context) (uptime.Changes, error) {
		known, err := s.o.Store.PolicyVersions(ctx)
		if err != nil {
			return uptime.Changes{}, fmt.Errorf("reading the versions of policies: %w", err)
		}
		var changes uptime.Changes
		var wrong []error
		for _, v := range versions {
			i := slices.IndexFunc(known, func(k uptime.PolicyVersion) bool { return k.Policy == v.Policy && k.Number == v.Number })
			switch {
			case i >= 0 && known[i].Digest == v.Digest:
			case i >= 0:
				wrong = append(wrong, fmt.Errorf("policy %s: the text of version %s is another than the one that is on record since %s: "+
					"give what has changed a number and a date of its own, or take the old text back",
					v.Policy, v.Number, known[i].SeenAt.UTC().Format("2 January 2006")))
			case v.ApprovedBy == "":
				wrong = append(wrong, fmt.Errorf("policy %s: nobody has approved version %s: name in approved_by who did", v.Policy, v.Number))
			default:
				v.SeenAt = s.now()
				known = append(known, v)
				changes.Policies = append(changes.Policies, v)
				changes.Audit = append(changes.Audit, s.entry(uptime.Actor{Kind: "system", Name: "upheld"}, "policy.learn", string(v.Policy),
					fmt.Sprintf("version %s, in force from %s, approved by %s", v.Number, v.EffectiveFrom.UTC().Format("2006-01-02"), v.ApprovedBy))...)
			}
		}
		if len(wrong) > 0 {
			return uptime.Changes{}, errors.Join(wrong...)
		}
		return changes, nil
	})
}
