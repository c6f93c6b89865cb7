package statuspage

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/uptime"
)

// Register is how every promise in force stands by the newest edition, in the
// order of Catalogue.Commitments. It is worked out once an edition, when it is
// first asked for; nobody changes what is returned.
func (p *Publisher) Register() []uptime.Standing {
	return p.current(context.Background()).book.register()
}

// inForceSince is when the oldest known version of a policy took effect.
func (b *book) inForceSince(id uptime.PolicyID) time.Time {
	var first time.Time
	sooner := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if p, known := b.policy(id); known {
		sooner(p.EffectiveFrom)
	}
	for _, v := range b.in.Kept.Versions {
		if v.Policy == id {
			sooner(v.EffectiveFrom)
		}
	}
	return first
}

func (b *book) policy(id uptime.PolicyID) (uptime.Policy, bool) {
	i := slices.IndexFunc(b.in.Catalogue.Policies, func(p uptime.Policy) bool { return p.ID == id })
	if i < 0 {
		return uptime.Policy{}, false
	}
	return b.in.Catalogue.Policies[i], true
}

// commitmentPath is where the working of a promise stands.
func commitmentPath(id uptime.CommitmentID) string {
	return commitmentsPath + "/" + url.PathEscape(string(id))
}

// commitmentsPath is the page of all promises.
const commitmentsPath = "/commitments"
