package app

import (
	"context"
	"time"

	"github.com/upheld/upheld/internal/config"
	"github.com/upheld/upheld/internal/uptime"
)

// learnPolicies records the policies of a configuration, each version once, puts
// those in force whose time has come, and says what there is to remark on them.
func (a *App) learnPolicies(ctx context.Context, file *config.File, plan Plan) error {
	if err := a.register.Learn(ctx, plan.Versions); err != nil {
		return err
	}
	kept, err := a.db.PolicyVersions(ctx)
	if err != nil {
		return err
	}
	var next time.Time
	now := a.now()
	for i, p := range plan.Catalogue.Policies {
		if !p.EffectiveFrom.After(now) {
			continue
		}
		if next.IsZero() || p.EffectiveFrom.Before(next) {
			next = p.EffectiveFrom
		}
		before, known := versionAt(kept, p.ID, now)
		if !known {
			continue // nothing was promised before it
		}
		older, err := olderPolicy(file, file.Policies[i], before, now)
		if err != nil { // by an older program it could
			a.log.Warn("a version of a policy cannot be read any more; until the next is in force nothing of it is promised",
				"policy", p.ID, "version", before.Number, "next", p.EffectiveFrom, "error", err)
			continue
		}
		plan.Catalogue.Policies[i] = older
	}
	a.mu.Lock()
	a.nextPolicy = next
	a.mu.Unlock()
	for _, remark := range plan.Remarks {
		a.log.Warn("a remark on the configuration", "remark", remark)
	}
	return nil
}

// versionAt is the version of a policy that was in force at an instant.
func versionAt(kept []uptime.PolicyVersion, id uptime.PolicyID, at time.Time) (newest uptime.PolicyVersion, known bool) {
	for _, v := range kept {
		if v.Policy == id && !v.EffectiveFrom.After(at) && (!known || v.EffectiveFrom.After(newest.EffectiveFrom)) {
			newest, known = v, true
		}
	}
	return newest, known
}

// olderPolicy reads a version that was kept, with what the configuration says of
// the document now.
func olderPolicy(file *config.File, use config.PolicyUse, v uptime.PolicyVersion, now time.Time) (uptime.Policy, error) {
	known, err := civilOf(file)
	if err != nil {
		return uptime.Policy{}, err
	}
	if use.Document, err = config.ParsePolicy(string(v.Policy), []byte(v.Text), namesOf(file, known)); err != nil {
		return uptime.Policy{}, err
	}
	use.Text = []byte(v.Text)
	return translation{file: file, use: use, civil: known, now: now, remark: func(string) {}}.policy()
}

// policyIsDue tells whether a version that waited for its day has come into
// force since the configuration was read.
func (a *App) policyIsDue() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.nextPolicy.IsZero() && !a.now().Before(a.nextPolicy)
}
