package uptime

import "testing"

// Upheld's own alerts come back from an Alertmanager that is told everything. A
// component that is down because of them would stay so for ever.
func TestAMatchAsksForOurOwnAlertsByNameAlone(t *testing.T) {
	service := LabelMatcher{Label: "service", Values: []string{"checkout"}}
	by := func(names ...string) LabelMatcher { return LabelMatcher{Label: "alertname", Values: names} }
	for _, c := range []struct {
		what  string
		match AlertMatch
		name  string
		want  bool
	}{
		{"another's alert", AlertMatch{service}, "CheckoutErrors", true},
		{"our own, by a label", AlertMatch{service}, "UpheldServiceBurnsFast", false},
		{"our own, by its name", AlertMatch{service, by("UpheldServiceBurnsFast")}, "UpheldServiceBurnsFast", true},
		{"our own of another name", AlertMatch{by("UpheldAbsent"), service}, "UpheldServiceBurnsFast", false},
		{"the watchdog", AlertMatch{by("Watchdog")}, "Watchdog", true},
		{"an alert without a name", AlertMatch{service}, "", true},
		{"no matcher", nil, "CheckoutErrors", false},
	} {
		labels := map[string]string{"service": "checkout"}
		if c.name != "" {
			labels["alertname"] = c.name
		}
		if got := c.match.Matches(labels); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}
