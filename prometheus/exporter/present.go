package exporter

import (
	"math"

	"github.com/upheld/upheld/internal/uptime"
)

// writeCatalogue writes what the configuration says of what is watched.
func writeCatalogue(t *text, w *watched) {
	t.begin(family{name: "upheld_component_info", help: "A component and the tier of its outages by its importance, 1 to 3; always 1."})
	for i, c := range w.components {
		t.item(i)
		if c.tier != "" {
			t.sample(1, c.labels, c.tier)
		}
	}
	t.begin(family{name: "upheld_service_info", help: "A service and its name; always 1."})
	for _, s := range w.services {
		t.sample(1, s.labels, s.name)
	}
	t.begin(family{name: "upheld_service_target_ratio", help: "Availability that is promised of a service, 0 to 1; absent where nothing is."})
	for _, s := range w.services {
		if s.target > 0 {
			t.sample(s.target, s.labels)
		}
	}
	if w.page != "" {
		t.begin(family{name: "upheld_page_info", help: "The public page by its name and address; always 1."})
		t.sample(1, w.page)
	}
}

// writePresent writes how everything on the page stands.
func writePresent(t *text, w *watched, p Present) {
	writeComponents(t, w.components, p)
	writeServicesPresent(t, p.Services)
	if p.Record != nil {
		writeRecord(t, p.Record)
	}
}

func writeComponents(t *text, components []component, p Present) {
	t.begin(family{name: "upheld_component_state", help: "Whether the component is in this state (0 or 1), as the page shows it; of the states of one component exactly one is 1."})
	names := stateLabels()
	for i, c := range components {
		t.item(i)
		t.states(p.States[c.id], c.labels, names)
	}
	t.begin(family{name: "upheld_component_maintenance", help: "Whether announced work goes on on a component, within its window (0 or 1); absent of components that no open published plan names."})
	for i, c := range components {
		if on, named := p.Working[c.id]; named {
			t.item(i)
			t.sample(yes(on), c.labels)
		}
	}
}

// stateLabels are the labels of all states, written out.
func stateLabels() [len(states)]string {
	var out [len(states)]string
	for i, state := range states {
		out[i] = label("state", state.String())
	}
	return out
}

// states writes one sample for each state, of which the present one is 1. One that
// this program does not know is unknown.
func (t *text) states(present uptime.State, labels string, names [len(states)]string) {
	if int(present) >= len(states) {
		present = uptime.Unknown
	}
	for i, state := range states {
		t.sample(yes(present == state), labels, names[i])
	}
}

func writeServicesPresent(t *text, services []ServicePresent) {
	labels := make([]string, len(services))
	for i, s := range services {
		labels[i] = label("service", string(s.ID))
	}
	t.begin(family{name: "upheld_service_state", help: "Whether the service is in this state (0 or 1), as the page shows it; of the states of one service exactly one is 1."})
	names := stateLabels()
	for i, s := range services {
		t.states(s.State, labels[i], names)
	}
	t.begin(family{name: "upheld_service_errors_ratio", help: "Share of the service that is unavailable at this instant, 0 to 1, by the rules of the commitment figure; absent while it is unknown or excluded."})
	for i, s := range services {
		t.known(s.Errors, labels[i])
	}
	t.begin(family{name: "upheld_service_excluded", help: "Whether this instant is left out of the commitment figure of the service (0 or 1), because of work that was announced as promised."})
	for i, s := range services {
		t.sample(yes(s.Excluded), labels[i])
	}
}

// writeAccount writes what the record comes to.
func writeAccount(t *text, a Account) {
	t.begin(family{name: "upheld_service_availability_ratio", help: "Availability of a service over a window, 0 to 1, as the page shows it as the commitment figure; absent while nothing of the window is known."})
	for _, s := range a.Services {
		writeWindows(t, s.ID, s.Windows)
	}
	t.begin(family{name: "upheld_service_observed_ratio", help: "Share of a window that was observed of a service, 0 to 1, without the time that is excluded."})
	for _, s := range a.Services {
		writeWindows(t, s.ID, s.Observed)
	}
	t.begin(family{name: "upheld_service_burn_rate", help: "How many times faster than sustainable the error budget burns, by confirmed downtime; absent where nothing is promised or the window was not observed."})
	for _, s := range a.Services {
		writeWindows(t, s.ID, s.Burn)
	}
	t.begin(family{name: "upheld_service_error_budget_remaining_ratio", help: "Share of the error budget that is left in the window of the promise, 1 to 0; below 0 once it is overspent."})
	for _, s := range a.Services {
		t.known(s.BudgetRemaining, label("service", string(s.ID)))
	}
	t.begin(family{name: "upheld_service_error_budget_remaining_seconds", help: "Error budget that is left in the window of the promise, in seconds; below 0 once it is overspent."})
	for _, s := range a.Services {
		t.known(s.BudgetSeconds, label("service", string(s.ID)))
	}
	writePromises(t, a.Promises)
	if a.Findings != nil {
		t.begin(family{name: "upheld_findings", help: "Points in which the page and what is known differ, a number, by the check that found them."})
		for _, check := range checks {
			t.sample(float64(a.Findings[check]), label("check", string(check)))
		}
	}
}

func writeWindows(t *text, id uptime.ServiceID, windows []Window) {
	for _, w := range windows {
		t.known(w.Value, label("service", string(id)), label("window", w.Name))
	}
}

func writePromises(t *text, promises []Promise) {
	var policies []uptime.PolicyID // in the order of the configuration
	counts := map[uptime.PolicyID]map[uptime.Verdict]int{}
	for _, p := range promises {
		if counts[p.Policy] == nil {
			policies = append(policies, p.Policy)
			counts[p.Policy] = map[uptime.Verdict]int{}
		}
		counts[p.Policy][p.Verdict]++
	}
	t.begin(family{name: "upheld_commitments", help: "Promises of a policy that stand so, a number."})
	for _, policy := range policies {
		for _, verdict := range verdicts {
			t.sample(float64(counts[policy][verdict]), label("policy", string(policy)), label("verdict", string(verdict)))
		}
	}
	t.begin(family{name: "upheld_commitment_verdict", help: "Whether a promise stands so (0 or 1); of the verdicts on one promise at most one is 1."})
	for _, p := range promises {
		own := label("policy", string(p.Policy)) + "," + label("commitment", string(p.Commitment))
		for _, verdict := range verdicts {
			t.sample(yes(p.Verdict == verdict), own, label("verdict", string(verdict)))
		}
	}
}

// known writes a sample unless its value is not known.
func (t *text) known(value float64, labels ...string) {
	if !math.IsNaN(value) {
		t.sample(value, labels...)
	}
}
