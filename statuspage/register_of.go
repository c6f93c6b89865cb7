package statuspage

import "github.com/upheld/upheld/internal/uptime"

// standPromise says how one promise stands.
func (b *book) standPromise(c uptime.Commitment) uptime.Standing {
	if c.Kind == uptime.OfAvailability && c.Availability != nil {
		return b.availabilityOf(c, b.inForceSince(c.Policy))
	}
	return uptime.Standing{Commitment: c, Verdict: uptime.NotMeasured, Why: c.Why}
}
