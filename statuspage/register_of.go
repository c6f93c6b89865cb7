package statuspage

import (
	"slices"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/planned"
	"github.com/upheld/upheld/internal/uptime"
)

// standPromises says how every promise in force stands.
func (b *book) standPromises() []uptime.Standing {
	commitments := b.in.Catalogue.Commitments(b.now)
	if len(commitments) == 0 {
		return nil
	}
	facts := b.facts(commitments)
	out := make([]uptime.Standing, len(commitments))
	for i, c := range commitments {
		out[i] = commitment.Of(c, facts, b.now)
	}
	return out
}

// facts are what the promises are judged by.
func (b *book) facts(commitments []uptime.Commitment) commitment.Facts {
	f := commitment.Facts{
		Zone: b.zone, Began: b.began, Begins: make(map[uptime.MonitorID]time.Time),
		Versions: b.versions(), Regions: b.in.Catalogue.Regions,
		Plans: b.in.Plans, Broken: make(map[uptime.PlanID][]uptime.Broken, len(b.in.Plans)), Owed: b.in.Kept.Owed,
		Jobs: b.in.Catalogue.Jobs, Signals: b.in.Kept.Signals, Evidence: b.in.Kept.Evidence,
		Availability: make(map[uptime.CommitmentID]uptime.Standing),
	}
	for _, p := range b.in.Plans {
		f.Broken[p.ID] = planned.Broken(p)
	}
	for _, id := range monitorsOf(b.in.Catalogue.Jobs) {
		if began := b.jobBegan(id); !began.IsZero() {
			f.Begins[id] = began
		}
	}
	for _, c := range commitments {
		if c.Kind == uptime.OfAvailability && c.Availability != nil {
			f.Availability[c.ID] = b.availabilityOf(c, b.inForceSince(c.Policy))
		}
	}
	return f
}

// versions are all that is known of the policies: those that were ever kept, and
// those in force.
func (b *book) versions() []uptime.PolicyVersion {
	out := slices.Clone(b.in.Kept.Versions)
	for _, p := range b.in.Catalogue.Policies {
		out = append(out, uptime.PolicyVersion{Policy: p.ID, Number: p.Number, EffectiveFrom: p.EffectiveFrom})
	}
	return out
}

// findingFacts put what the page tells beside what is known.
func (b *book) findingFacts() commitment.HonestyFacts {
	f := commitment.HonestyFacts{Began: b.began, Incidents: b.in.Incidents, Plans: b.in.Plans, Standings: b.register()}
	for _, c := range b.in.Catalogue.Components {
		state, since := b.present(c)
		f.Components = append(f.Components, commitment.Seen{ID: c.ID, Name: c.Name, State: state, Since: since})
		f.Told = append(f.Told, commitment.Told{Subject: string(c.ID), Name: c.Name, At: b.checked(c), Every: b.interval(c.ID)})
	}
	f.Published = publishedBreaches(b.in.Kept.Entries, f.Standings)
	return f
}

func (b *book) findFindings() []uptime.Finding { return commitment.Findings(b.findingFacts(), b.now) }

// publishedBreaches are the months for which a breach was published, beside what
// they are worked out to be now.
func publishedBreaches(entries []uptime.NonCompliance, register []uptime.Standing) []commitment.Published {
	cells := make(map[uptime.CommitmentID]map[string]uptime.Verdict)
	for _, st := range register {
		if st.Commitment.Availability == nil {
			continue
		}
		own := make(map[string]uptime.Verdict, len(st.Cells))
		for _, c := range st.Cells {
			own[c.Month] = c.Verdict
		}
		cells[st.Commitment.ID] = own
	}
	var out []commitment.Published
	for _, e := range entries {
		if again, known := cells[e.Commitment][e.Case]; known {
			out = append(out, commitment.Published{
				Commitment: e.Commitment, Period: e.Case, Verdict: uptime.Breached, Again: again, PublishedWhen: e.OpenedAt,
			})
		}
	}
	return out
}
