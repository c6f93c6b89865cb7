package rules

import (
	"strings"
	"time"
)

// alert is an alert in few words.
type alert struct {
	name        string
	severity    string // page, ticket or info; or a template that comes to one
	evaluations int    // that it must last before it fires
	expr        string
	summary     string
	description string // a sentence with the value, and what to do
	path        string // on the public page; "/" is its front; empty: nothing to see there
	comment     string
}

// alert makes a rule of it.
func (w writer) alert(a alert) Rule {
	rule := Rule{
		Alert: a.name, Expr: a.expr, For: time.Duration(a.evaluations) * w.Interval,
		Labels:      []Pair{{"severity", a.severity}},
		Annotations: []Pair{{"summary", a.summary}, {"description", a.description}},
	}
	if a.comment != "" {
		rule.Comment = []string{a.comment}
	}
	if w.page != "" && a.path != "" {
		rule.Annotations = append(rule.Annotations, Pair{"page", literal(w.page) + a.path})
	}
	if w.Runbooks != "" {
		rule.Annotations = append(rule.Annotations, Pair{"runbook_url", literal(w.Runbooks) + "#" + strings.ToLower(a.name)})
	}
	return rule
}

// metric selects a metric of the job, with more matchers if there are any.
func (w writer) metric(name string, matchers ...string) string {
	return name + "{" + strings.Join(append([]string{"job=" + label(w.Job)}, matchers...), ",") + "}"
}

// inState is 1 for each component in a state, with its tier, unless announced work
// goes on at it.
func (w writer) inState(state string) string {
	return "(\n" +
		"  max by (component) (" + w.metric("upheld_component_state", "state="+label(state)) + " == 1)\n" +
		"  unless on (component) " + w.metric("upheld_component_maintenance") + " == 1\n" +
		") * on (component) group_left (tier)\n" +
		"  max by (component, tier) (" + w.metric("upheld_component_info") + ")"
}

// promised is 1 for each promise of which a verdict is given.
func (w writer) promised(verdict string) string {
	return "max by (policy, commitment) (" + w.metric("upheld_commitment_verdict", "verdict="+label(verdict)) + ") == 1"
}

// symptoms is the group of what customers may notice.
func (w writer) symptoms() Group {
	alerts := []alert{{
		name: "UpheldComponentDown", evaluations: 2, path: "/components/{{ $labels.component }}",
		severity: `{{ if eq $labels.tier "1" }}page{{ else if eq $labels.tier "2" }}ticket{{ else }}info{{ end }}`,
		expr:     w.inState("down"),
		summary:  "{{ $labels.component }} is down.",
		description: "{{ $labels.component }}, of tier {{ $labels.tier }}, was seen down often enough to be believed, and no announced work goes on at it. " +
			"Its page tells since when and what was seen; begin there.",
		comment: "The tier decides: 1 pages, 2 is a ticket, 3 is for information.",
	}, {
		name: "UpheldComponentUnknown", evaluations: 30, path: "/components/{{ $labels.component }}",
		severity: `{{ if or (eq $labels.tier "1") (eq $labels.tier "2") }}ticket{{ else }}info{{ end }}`,
		expr:     w.inState("unknown"),
		summary:  "It is not known how {{ $labels.component }} is.",
		description: "Nothing was seen of {{ $labels.component }}, of tier {{ $labels.tier }}, for a while; customers are shown that, and no availability is counted. " +
			"See whether its monitors look (upheld probe MONITOR), or its job reports.",
	}}
	alerts = append(alerts, w.certificate()...)
	alerts = append(alerts, alert{
		name: "UpheldPromiseBroken", severity: "ticket", path: "/commitments",
		expr:        w.promised("breached"),
		summary:     "Promise {{ $labels.commitment }} of {{ $labels.policy }} is broken.",
		description: "The verdict on {{ $labels.commitment }} is breached. Open its entry of non-compliance in the console, say who answers for it and by when, and close it with what was done.",
	}, alert{
		name: "UpheldPromiseOverdue", severity: "ticket", path: "/commitments",
		expr:        w.promised("overdue"),
		summary:     "Promise {{ $labels.commitment }} of {{ $labels.policy }} is overdue.",
		description: "The date of {{ $labels.commitment }} is over and nothing shows that it was kept. Add the evidence in the console, or do what was promised.",
	})
	return w.group("upheld-symptoms", "What customers notice, or will.", alerts)
}

// certificate are two alerts of one name: in working hours, and before it is late.
func (w writer) certificate() []alert {
	left := "min by (component, monitor) (" + w.metric("probe_ssl_earliest_cert_expiry") + ") - time()"
	a := alert{
		name: "UpheldCertificateExpires", severity: "ticket", path: "/components/{{ $labels.component }}",
		expr:    left + " < 14 * 86400\nunless " + left + " < 3 * 86400",
		summary: "A certificate of {{ $labels.component }} expires soon.",
		description: "The certificate that monitor {{ $labels.monitor }} sees expires in {{ $value | humanizeDuration }}. " +
			"Renew it, and see that the server presents the new one.",
	}
	urgent := a
	urgent.severity, urgent.expr = "page", left+" < 3 * 86400"
	return []alert{a, urgent}
}

func (w writer) group(name, comment string, alerts []alert) Group {
	g := Group{Name: name, Interval: w.Interval, Comment: []string{comment}}
	for _, a := range alerts {
		g.Rules = append(g.Rules, w.alert(a))
	}
	return g
}
