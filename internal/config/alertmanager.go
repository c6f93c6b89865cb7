package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/invopop/jsonschema"
)

// Alertmanager is what is made of the alerts that an Alertmanager tells of.
// Monitors of that type pick theirs themselves.
type Alertmanager struct {
	Watchdog  Labels          `yaml:"watchdog" doc:"The labels of the alert that fires always. While it is not heard of, nobody has said that all is well. Unless given, alertname: Watchdog."`
	Incidents []AlertIncident `yaml:"incidents" doc:"Which alerts become incidents. All of one group that match make one."`
}

// AlertIncident is alerts that become incidents.
type AlertIncident struct {
	Name       string   `yaml:"name" jsonschema:"required,pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,maxLength=64" doc:"What it is called: small letters, digits and hyphens. It stands in the incidents' addresses; with another name, incidents that are open are no longer followed."`
	Match      Labels   `yaml:"match" jsonschema:"required" doc:"The labels that an alert must have, all of them, each with its value or one of a list."`
	Components []string `yaml:"components" jsonschema:"required,minItems=1" doc:"The ids of the components that are affected. The most important one decides the tier."`
	Publish    bool     `yaml:"publish" jsonschema:"default=false" doc:"Whether the public sees it at once, with what the alert's annotation summary says as its title. Unless it does, it opens as a draft that a person publishes."`
}

// Labels pick alerts: each label must have the value, or one of the values. A
// label that an alert does not have is the empty value.
type Labels map[string]Names

// usualWatchdog is the alert that always fires, as most collections of rules
// name it.
func usualWatchdog() Labels { return Labels{"alertname": {"Watchdog"}} }

const labelName = `^[a-zA-Z_][a-zA-Z0-9_]*$`

// JSONSchema describes Labels to editors.
func (Labels) JSONSchema() *jsonschema.Schema {
	least := uint64(1)
	return &jsonschema.Schema{
		Type: "object", MinProperties: &least,
		PropertyNames:        &jsonschema.Schema{Pattern: labelName},
		AdditionalProperties: Names{}.JSONSchema(),
	}
}

// Check refuses labels that pick nothing, or everything. Path is where they
// stand; refuse is told each problem with its place and what to do.
func (l Labels) Check(path string, refuse func(path, what, remedy string)) {
	asks := false
	for _, label := range slices.Sorted(maps.Keys(l)) {
		values, at := l[label], join(path, label)
		switch {
		case !regexp.MustCompile(labelName).MatchString(label):
			refuse(at, fmt.Sprintf("%q cannot be the name of a label", label), "use letters, digits and underscores, beginning with a letter")
		case len(values) == 0:
			refuse(at, "lists no value, so no alert has it", `write a value, or "" for alerts without the label`)
		}
		asks = asks || len(values) == 0 || !slices.Contains(values, "")
	}
	switch {
	case len(l) == 0:
		refuse(path, "names no label", "write one that the alerts have, as service: checkout")
	case !asks:
		refuse(path, "is true of alerts that have none of the labels", "add a label with a value, as service: checkout")
	}
}

// alertmanager checks what becomes of alerts. Components are the ids of the
// components, with their paths.
func (c checker) alertmanager(a *Alertmanager, components map[string]string) {
	if !c.given("alertmanager.watchdog") {
		a.Watchdog = usualWatchdog()
	}
	c.labels("alertmanager.watchdog", a.Watchdog)
	first := map[string]string{}
	for i, rule := range a.Incidents {
		path := fmt.Sprintf("alertmanager.incidents[%d]", i)
		at := path + ".name"
		switch other, taken := first[rule.Name]; {
		case !c.given(at) || !c.sound(at):
		case !isID(rule.Name):
			c.refuse(at, c.quote(at, rule.Name)+" cannot be a name here", fmt.Sprintf("use small letters, digits and hyphens between them, at most %d", maxID))
		case taken:
			c.refuse(at, fmt.Sprintf("%s is the name in line %d already", c.quote(at, rule.Name), locate(c.places, other).line), "give one of them another name")
		default:
			first[rule.Name] = path
		}
		if c.given(path + ".match") {
			c.labels(path+".match", rule.Match)
		}
		c.references(path+".components", rule.Components, components, "component")
	}
}

// labels checks labels where they were read.
func (c checker) labels(path string, l Labels) {
	if c.sound(path) {
		l.Check(path, func(at, what, remedy string) {
			if c.sound(at) {
				c.refuse(at, what, remedy)
			}
		})
	}
}
