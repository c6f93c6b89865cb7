package probes

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/upheld/upheld/internal/config"
)

const referenceHead = `<!-- Generated from package probes by ` + "`go test ./probes -update`" + `. -->

# Probes

What a monitor can look at, and what it can expect. The settings of a type
stand beside those that every monitor has (type, interval, timeout, confirm:
see the reference of the configuration). What is not listed is refused.

A look ends with the monitor's timeout, whatever the target does. It comes to
one of four outcomes, with a code that says why:

- **pass**: what was expected was seen.
- **slow**: it was seen, but something is about to go wrong or takes too long
  (too_slow, certificate_expiring, packet_loss, alert_firing). The monitor is degraded.
- **fail**: the target did not do what is expected of it.
- **unseen**: the look told nothing of the target, because the fault was ours
  (no_resources, resolver_failed, not_allowed, probe_fault), nothing was owed
  yet (not_yet_due), or the Alertmanager that we listen to is silent (not_told). It never counts against the target, nor for it: without
  other looks the time becomes unknown.

The metadata services of clouds (169.254.169.254 and its like) are refused as
targets in every form, also behind a name or a redirect.
`

// Reference is the reference of all types in Markdown, made from the tags that
// the settings are read with.
func Reference() []byte {
	var out strings.Builder
	out.WriteString(referenceHead)
	for _, t := range Types() {
		fmt.Fprintf(&out, "\n## `%s`\n\n%s\n\n```yaml\n%s```\n\n", t.Name, t.Summary, t.Example)
		if t.Notes != "" {
			out.WriteString(t.Notes + "\n")
		}
		out.WriteString("| setting | takes | default | meaning |\n|---|---|---|---|\n")
		describe(&out, "", reflect.TypeOf(t.New()).Elem())
	}
	return []byte(out.String())
}

// describe writes a row for each setting, and those of a group below it.
func describe(out *strings.Builder, prefix string, group reflect.Type) {
	for i := range group.NumField() {
		field := group.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			if inner.Kind() == reflect.Slice {
				name += "[]"
			}
			inner = inner.Elem()
		}
		fallback := field.Tag.Get("default")
		if strings.Contains(field.Tag.Get("jsonschema"), "required") {
			fallback = "*required*"
		}
		if isGroup(inner) {
			fmt.Fprintf(out, "| `%s%s` | settings | %s | %s |\n", prefix, name, fallback, field.Tag.Get("doc"))
			describe(out, prefix+name+".", inner)
			continue
		}
		fmt.Fprintf(out, "| `%s%s` | %s | %s | %s |\n", prefix, strings.TrimSuffix(name, "[]"), takes(field.Type), fallback, field.Tag.Get("doc"))
	}
}

// isGroup tells whether a type has settings of its own, rather than a text that
// it is read from.
func isGroup(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// takes says in words what a setting is given as.
func takes(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[config.Duration]():
		return "length of time"
	case reflect.TypeFor[config.Percent]():
		return "percentage"
	case reflect.TypeFor[config.Zone]():
		return "time zone"
	case reflect.TypeFor[StatusRange]():
		return "status"
	case reflect.TypeFor[Redirects]():
		return "number, true or false"
	case reflect.TypeFor[Size]():
		return "size"
	case reflect.TypeFor[config.Labels]():
		return "labels, each with a value or a list of values"
	}
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + takes(t.Elem())
	case reflect.Map:
		return "table of " + takes(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "number"
	case reflect.Interface:
		return "single values"
	}
	return "text"
}
