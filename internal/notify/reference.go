package notify

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/upheld/upheld/internal/config"
)

const referenceHead = `<!-- Generated from package notify by ` + "`go test ./internal/notify -update`" + `. -->

# Channels

Where operators are told. The settings of a type stand beside those that every
channel has (type, id, name, route, quiet_hours, remind, group: see the
reference of the configuration). What is not listed is refused. Addresses and
secrets are best given as ` + "`${env:NAME}` or `${file:PATH}`" + `; they are never shown,
neither in errors nor in the log nor in the ledger.

What comes of a message stands in the ledger, with the other side's own words:

- **accepted**: it was taken (SMTP 250, HTTP 2xx).
- **sent**: it was handed over, and the other side gives no receipt (log).
- **queued**: it failed, and is tried again: after 5 s, 30 s, 2 min, 10 min,
  30 min, 2 h, 6 h and 12 h, not before what a ` + "`Retry-After`" + ` asks for.
- **bounced**, **dead**: it was refused for good, or given up. A person may send
  it again.

Every connection passes the egress guard and no proxy. The metadata services of
clouds are refused. Certificates are verified, and TLS is 1.2 or newer.
`

// Reference is the reference of all types in Markdown, made from the tags that
// the settings are read with.
func Reference() []byte {
	var out strings.Builder
	out.WriteString(referenceHead)
	for _, t := range Types() {
		fmt.Fprintf(&out, "\n## `%s`\n\n%s\n\n```yaml\n%s```\n\n%s", t.Name, t.Summary, t.Example, t.Notes)
		rows := describe(reflect.TypeOf(t.New()).Elem())
		if len(rows) == 0 {
			out.WriteString("It has no settings of its own.\n")
			continue
		}
		out.WriteString("| setting | takes | default | meaning |\n|---|---|---|---|\n" + strings.Join(rows, ""))
	}
	return []byte(out.String())
}

// describe makes a row of each setting.
func describe(settings reflect.Type) (rows []string) {
	for i := range settings.NumField() {
		field := settings.Field(i)
		if !field.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		fallback := field.Tag.Get("default")
		if strings.Contains(field.Tag.Get("jsonschema"), "required") {
			fallback = "*required*"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |\n", name, takes(field.Type), fallback, field.Tag.Get("doc")))
	}
	return rows
}

// takes says in words what a setting is given as.
func takes(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[config.Duration]():
		return "length of time"
	case t.Kind() == reflect.Slice:
		return "list of " + takes(t.Elem())
	case t.Kind() == reflect.Map:
		return "table of " + takes(t.Elem())
	}
	return "text"
}
