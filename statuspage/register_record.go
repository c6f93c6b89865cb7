package statuspage

import (
	"context"
	"slices"
	"time"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/uptime"
)

// PromiseSource is what is kept of promises beside what was measured. Its errors
// leave the page as it was.
type PromiseSource interface {
	// Evidence lists the evidence that stands.
	Evidence(ctx context.Context) ([]uptime.Evidence, error)
	// SignalsOf lists what jobs have said in [from, to), oldest first.
	SignalsOf(ctx context.Context, monitors []uptime.MonitorID, from, to time.Time) ([]uptime.Signal, error)
	// NonCompliances lists the entries of broken promises, open and closed.
	NonCompliances(ctx context.Context) ([]uptime.NonCompliance, error)
	// Receipts lists what became of each notice about a plan for each subscriber
	// who was owed it.
	Receipts(ctx context.Context, plan uptime.PlanID) ([]uptime.Receipt, error)
	// PolicyVersions lists every version of every policy that was ever in force.
	PolicyVersions(ctx context.Context) ([]uptime.PolicyVersion, error)
}

// Kept is what is kept of promises.
type Kept struct {
	Evidence []uptime.Evidence
	Entries  []uptime.NonCompliance
	Versions []uptime.PolicyVersion
	Signals  []uptime.Signal // of the jobs that promises ask for, over HistoryDays
	// Owed are how many of those who were owed notice of a plan had it in time.
	Owed map[commitment.OwedKey]commitment.Owed
}

// promises is what was last read of the PromiseSource.
type promises struct {
	kept      Kept
	versioned []string        // digests of the policies for which the versions were read
	jobs      []uptime.Signal // up to settled
	settled   *Settled        // until when jobs were read
	owed      map[commitment.OwedKey]owedRead
}

// read reads what may have changed. What jobs said in the settled time is read
// with that alone.
func (p promises) read(ctx context.Context, source PromiseSource, catalogue *uptime.Catalogue, settled *Settled, soon time.Time) (promises, error) {
	if source == nil {
		return promises{}, nil
	}
	next := p
	var err error
	if next.kept.Evidence, err = source.Evidence(ctx); err != nil {
		return p, err
	}
	if next.kept.Entries, err = source.NonCompliances(ctx); err != nil {
		return p, err
	}
	if digests := digestsOf(catalogue.Policies); len(p.kept.Versions) == 0 || !slices.Equal(digests, p.versioned) || !next.versionsKnown(digests) {
		if next.kept.Versions, err = source.PolicyVersions(ctx); err != nil {
			return p, err
		}
		next.versioned = digests
	}
	monitors := monitorsOf(catalogue.Jobs)
	if len(monitors) == 0 {
		next.kept.Signals, next.jobs, next.settled = nil, nil, nil
		return next, nil
	}
	if p.settled != settled {
		if next.jobs, err = source.SignalsOf(ctx, monitors, settled.from, settled.Until); err != nil {
			return p, err
		}
		next.settled = settled
	}
	recent, err := source.SignalsOf(ctx, monitors, settled.Until, soon)
	if err != nil {
		return p, err
	}
	next.kept.Signals = slices.Concat(next.jobs, recent)
	return next, nil
}

// versionsKnown tells whether the versions that are kept have all of these
// digests: at the start the page may be made before they are written.
func (p promises) versionsKnown(digests []string) bool {
	return !slices.ContainsFunc(digests, func(d string) bool {
		return !slices.ContainsFunc(p.kept.Versions, func(v uptime.PolicyVersion) bool { return v.Digest == d })
	})
}

func digestsOf(policies []uptime.Policy) []string {
	out := make([]string, len(policies))
	for i, p := range policies {
		out[i] = p.Digest
	}
	return out
}

func monitorsOf(jobs []uptime.Job) []uptime.MonitorID {
	var out []uptime.MonitorID
	for _, j := range jobs {
		if !slices.Contains(out, j.Monitor) {
			out = append(out, j.Monitor)
		}
	}
	return out
}
