package rules

import (
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"
)

const layout = `
{{- range .Head}}{{comment "" .}}{{end}}
groups:
{{- range .Groups}}

{{range .Comment}}{{comment "  " .}}{{end}}  - name: {{quote .Name}}
    interval: {{span .Interval}}
    rules:
{{- range .Rules}}
{{range .Comment}}{{comment "      " .}}{{end}}
{{- if .Record}}      - record: {{.Record}}
{{- else}}      - alert: {{.Alert}}
{{- end}}
        expr: {{scalar .Expr}}
{{- if .For}}
        for: {{span .For}}
{{- end}}
{{- if .Labels}}
        labels:
{{- range .Labels}}
          {{.Name}}: {{quote .Value}}
{{- end}}
{{- end}}
{{- if .Annotations}}
        annotations:
{{- range .Annotations}}
          {{.Name}}: {{quote .Value}}
{{- end}}
{{- end}}
{{- end}}
{{- end}}
`

// Bytes is the file as YAML, the same each time.
func (f File) Bytes() ([]byte, error) {
	page, err := template.New("rules").Funcs(template.FuncMap{
		"quote": quote, "span": span, "comment": comment, "scalar": scalar,
	}).Parse(layout)
	if err != nil {
		return nil, fmt.Errorf("the rule file's layout: %w", err)
	}
	var out strings.Builder
	if err := page.Execute(&out, f); err != nil {
		return nil, fmt.Errorf("write the rule file: %w", err)
	}
	return []byte(out.String()), nil
}

// quote writes any text as one double-quoted YAML scalar on one line. What a YAML
// reader might refuse, break a line at or not show is escaped.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range strings.ToValidUTF8(text, string(utf8.RuneError)) {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == ' ' || unicode.IsPrint(r):
			out.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&out, `\U%08X`, r)
		default:
			fmt.Fprintf(&out, `\u%04X`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// comment is a line of comment. Its text is ours, or quoted.
func comment(indent, text string) string {
	return strings.TrimRight(indent+"# "+text, " ") + "\n"
}

// scalar is an expression: on the line if it is one, else as a block below.
func scalar(expr string) string {
	lines := strings.Split(strings.TrimSpace(expr), "\n")
	if len(lines) == 1 && !strings.ContainsAny(expr, "#'\"{:") {
		return lines[0]
	}
	return "|-\n          " + strings.Join(lines, "\n          ")
}

// label writes a value for a selector in PromQL, whose reader takes the sign for
// what is no text only as an escape.
func label(value string) string {
	return strconv.QuoteToASCII(strings.ToValidUTF8(value, string(utf8.RuneError)))
}

// literal is text that a template shall show as it is. Text with a brace becomes
// a string of the template's language: left as it is, one at its end would join
// those of an action that follows.
func literal(text string) string {
	if !strings.ContainsAny(text, "{}") {
		return text
	}
	return "{{ " + strconv.Quote(text) + " }}"
}

// span writes a length of time as Prometheus does: "3d", "90s".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.of && d%unit.of == 0 {
			return strconv.FormatInt(int64(d/unit.of), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}
