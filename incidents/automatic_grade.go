package incidents

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// TierOf is the tier of an outage of a component (golden family tier, rules
// T1-OUTAGE, T2-FEATURE and T3-NONESSENTIAL).
func TierOf(importance uptime.Importance) uptime.Tier {
	switch importance {
	case uptime.Critical:
		return 1
	case uptime.Important:
		return 2
	case uptime.NonEssential:
	}
	return 3
}

// ImpactOf is the impact that an automatic incident of a tier has.
func ImpactOf(tier uptime.Tier) uptime.Impact {
	switch tier {
	case 1:
		return uptime.ImpactCritical
	case 2:
		return uptime.ImpactMajor
	}
	return uptime.ImpactMinor
}

// raise gives the incident a tier if that is graver than its own, and publishes
// it where the policy says so. A tier or an impact that a person has chosen
// stays.
func (d *decision) raise(incident *uptime.Incident, tier uptime.Tier) (raised bool) {
	if tier >= incident.Tier || !d.graded(*incident) {
		return false
	}
	if incident.Impact == ImpactOf(incident.Tier) {
		incident.Impact = ImpactOf(tier)
	}
	incident.Tier = tier
	if incident.Draft() && d.terms.Policy.Publishes(tier) {
		incident.PublishedAt = d.now
	}
	return true
}

// graded tells whether an incident has the tier that follows from its
// components: if not, a person has chosen it.
func (d *decision) graded(incident uptime.Incident) bool {
	gravest := uptime.Tier(0)
	for _, id := range incident.Components {
		part := d.scene.Part(id)
		tier := TierOf(part.Component.Importance)
		if d.event.Kind == Regraded && id == d.event.Component.ID {
			tier = TierOf(d.event.Was)
		}
		switch {
		case !part.Watched:
		case tier < incident.Tier:
			return false
		case gravest == 0 || tier < gravest:
			gravest = tier
		}
	}
	return gravest == 0 || gravest == incident.Tier
}

func titleOf(c uptime.Component) string { return c.Name + " outage" }

// titled tells whether an incident has a title that was made by us.
func (d *decision) titled(incident uptime.Incident) bool {
	return isCount(incident.Title) ||
		len(incident.Components) > 0 && incident.Title == titleOf(d.scene.Part(incident.Components[0]).Component)
}

const countBefore, countAfter = "Outage of ", " components"

func countOf(components int) string { return fmt.Sprint(countBefore, components, countAfter) }

func isCount(title string) bool {
	rest, is := strings.CutPrefix(title, countBefore)
	number, ends := strings.CutSuffix(rest, countAfter)
	_, err := strconv.ParseUint(number, 10, 32)
	return is && ends && err == nil
}
