package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/uptime"
)

// promise is what burn rules hold one service to.
type promise struct {
	service    uptime.Service
	target     uptime.Percent
	commitment uptime.CommitmentID // empty: the service's own target
	policy     uptime.PolicyID
	tier       uptime.Tier
}

// promisesOf are the promises that services are held to, one a service, in the
// order of the catalogue; beside tells in a line each of those that are left out.
//
// As on the page, a commitment takes the place of the service's own target. Of
// several the highest target decides: its budget is the smallest, so whatever
// burns another one too fast burns this one too fast as well.
func promisesOf(catalogue uptime.Catalogue, now time.Time) (promises []promise, beside []string) {
	commitments := slices.DeleteFunc(catalogue.Commitments(now), func(c uptime.Commitment) bool { return c.Availability == nil })
	known := map[uptime.ServiceID]bool{}
	for _, s := range catalogue.Services {
		known[s.ID] = true
		best, others := strictest(s, commitments)
		if best.target == 0 {
			continue
		}
		if s.Composition == uptime.WeightedMean {
			beside = append(beside, "Left out: service "+quote(string(s.ID))+" is a mean over its components, by which no promise is judged.")
			continue
		}
		best.tier = tierOf(catalogue, s)
		promises = append(promises, best)
		for _, c := range others {
			beside = append(beside, fmt.Sprintf("Left out: %s %% by %s, since service %s is held to %s %%, which burns first.",
				c.Availability.Target, quote(string(c.ID)), quote(string(s.ID)), best.target))
		}
	}
	for _, c := range commitments {
		if !known[c.Availability.Service] {
			beside = append(beside, "Left out: "+quote(string(c.ID))+" is about service "+quote(string(c.Availability.Service))+", which is not configured.")
		}
	}
	return promises, beside
}

// strictest is the promise with the highest target of a service, the first of
// equals, and the commitments that it comes before.
func strictest(s uptime.Service, commitments []uptime.Commitment) (best promise, others []uptime.Commitment) {
	best = promise{service: s, target: s.Target}
	var of []uptime.Commitment
	for _, c := range commitments {
		if c.Availability.Service == s.ID && c.Availability.Target != 0 {
			of = append(of, c)
		}
	}
	if len(of) == 0 {
		return best, nil
	}
	first := slices.MaxFunc(of, func(a, b uptime.Commitment) int { return cmp.Compare(a.Availability.Target, b.Availability.Target) })
	best.target, best.commitment, best.policy = first.Availability.Target, first.ID, first.Policy
	return best, slices.DeleteFunc(of, func(c uptime.Commitment) bool { return c.ID == first.ID })
}

// lowestTier is that of what is not essential.
const lowestTier uptime.Tier = 3

// tierOf is the tier of a service: that of its most important component.
func tierOf(catalogue uptime.Catalogue, s uptime.Service) uptime.Tier {
	tier := lowestTier
	for _, c := range catalogue.Components {
		if slices.Contains(s.Components, c.ID) {
			tier = min(tier, lowestTier-uptime.Tier(c.Importance))
		}
	}
	return tier
}

// budget is the share of time that may be bad, exactly: "0.0005" of 99.95 %.
func (p promise) budget() string {
	const decimals = 8 // a Percent has six of a hundredth
	return trimZeros(availability.Floor((uptime.Hundred - p.target).Rat(), decimals))
}

// labels are those of the promise in the rule file.
func (p promise) labels() []Pair {
	labels := []Pair{
		{"service", string(p.service.ID)},
		{"service_name", p.service.Name},
		{"target", p.target.String()},
		{"tier", strconv.Itoa(int(p.tier))},
	}
	if p.commitment != "" {
		labels = append(labels, Pair{"commitment", string(p.commitment)}, Pair{"policy", string(p.policy)})
	}
	return labels
}

// trimZeros takes trailing zeros off a decimal: "0.0500" is "0.05".
func trimZeros(number string) string {
	if !strings.Contains(number, ".") {
		return number
	}
	return strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
}
