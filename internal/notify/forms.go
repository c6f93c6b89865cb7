package notify

import (
	"fmt"
	"html/template"
	"strings"
)

// printed is the letter in all its forms, without a foot.
func (l letter) printed() Text {
	return Text{Subject: l.subject, Plain: l.plain(), HTML: l.html(), Short: l.short()}
}

// sign sets a foot below what was printed.
func (t Text) sign(f foot) Text {
	lines := []string{"-- ", f.why} // what readers of mail fold away
	for _, to := range f.leave {
		lines = append(lines, to.Text+": "+to.URL)
	}
	t.Plain += "\n\n" + strings.Join(lines, "\n") + "\n"
	t.HTML += execute(footHTML, map[string]any{"Why": f.why, "Leave": f.leave})
	return t
}

// plain is the letter as plain text.
func (l letter) plain() string {
	var blocks []string
	add := func(lines ...string) {
		if text := strings.Join(lines, "\n"); strings.TrimSpace(text) != "" {
			blocks = append(blocks, text)
		}
	}
	add(l.headline)
	add(l.lead)
	if l.told != "" {
		add(l.told, l.body)
	} else {
		add(l.body)
	}
	add(l.promise)
	var items, rows, links []string
	for _, i := range l.items {
		items = append(items, "- "+i.Text)
	}
	if l.more != "" {
		items = append(items, "- "+l.more)
	}
	add(items...)
	for _, r := range l.rows {
		rows = append(rows, r.Name+": "+r.Value)
	}
	add(rows...)
	for _, to := range l.links {
		links = append(links, to.Text+": "+to.URL)
	}
	add(links...)
	return strings.Join(blocks, "\n\n")
}

// fewItems is how many lines of a digest fit a chat.
const fewItems = 15

// short is the letter for a chat or a phone.
func (l letter) short() string {
	var lines []string
	add := func(text string) {
		if text != "" {
			lines = append(lines, text)
		}
	}
	add(l.lead)
	if l.told != "" {
		add(line(l.told+": "+l.body, longestExcerpt))
	} else {
		add(line(l.body, longestExcerpt))
	}
	add(l.promise)
	for i, one := range l.items {
		if i == fewItems-1 && len(l.items) > fewItems {
			add("- and more: see the page")
			break
		}
		add("- " + line(one.Text, 80))
	}
	for _, r := range l.rows {
		if r.Brief {
			add(line(r.Name+": "+r.Value, longestLine))
		}
	}
	if len(lines) == 0 {
		add(l.headline)
	}
	text := strings.Join(lines, "\n")
	if len(l.links) == 0 {
		return paragraphs(text, longestShort)
	}
	return paragraphs(text, max(longestShort-len(l.links[0].URL)-1, longestExcerpt)) + "\n" + l.links[0].URL
}

// letterHTML has its styles within and takes nothing from elsewhere: no
// picture, no font, no script, and so nothing that tells who reads it.
var letterHTML = template.Must(template.New("letter").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif;color:#1c2026;background:#ffffff">
<div style="max-width:640px;margin:0 auto">
<h1 style="margin:0 0 8px;font-size:20px;line-height:1.3">{{.Headline}}</h1>
{{- with .Lead}}
<p style="margin:0 0 12px">{{.}}</p>
{{- end}}
{{- if or .Body .Markup}}
<div style="margin:12px 0;padding:0 0 0 12px;border-left:3px solid #7c869c">
{{- with .Told}}
<p style="margin:0 0 4px;font-weight:bold">{{.}}</p>
{{- end}}
{{- if .Markup}}
{{.Markup}}
{{- else}}
<p style="margin:0;white-space:pre-line">{{.Body}}</p>
{{- end}}
</div>
{{- end}}
{{- with .Promise}}
<p style="margin:0 0 12px"><strong>{{.}}</strong></p>
{{- end}}
{{- if .Items}}
<ul style="margin:12px 0;padding-left:20px">
{{- range .Items}}
<li>{{if .URL}}<a href="{{.URL}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}</li>
{{- end}}
{{- with .More}}
<li>{{.}}</li>
{{- end}}
</ul>
{{- end}}
{{- if .Rows}}
<table style="margin:12px 0;border-collapse:collapse">
{{- range .Rows}}
<tr><th style="padding:2px 12px 2px 0;text-align:left;vertical-align:top;font-weight:normal;color:#5b6270">{{.Name}}</th><td style="padding:2px 0">{{.Value}}</td></tr>
{{- end}}
</table>
{{- end}}
{{- range .Links}}
<p style="margin:12px 0"><a href="{{.URL}}">{{.Text}}</a></p>
{{- end}}
`))

// footHTML closes what letterHTML opened.
var footHTML = template.Must(template.New("foot").Parse(`<p style="margin:24px 0 0;padding-top:8px;border-top:1px solid #d5d9e0;font-size:13px;color:#5b6270">{{.Why}}
{{- range .Leave}}<br><a href="{{.URL}}" style="color:#5b6270">{{.Text}}</a>{{end}}</p>
</div>
</body>
</html>
`))

// html is the letter as a document that has not ended.
func (l letter) html() string {
	return execute(letterHTML, map[string]any{
		"Subject": l.subject, "Headline": l.headline, "Lead": l.lead, "Told": l.told, "Body": l.body, "Markup": l.markup,
		"Promise": l.promise, "Items": l.items, "More": l.more, "Rows": l.rows, "Links": l.links,
	})
}

func execute(form *template.Template, values map[string]any) string {
	var out strings.Builder
	if err := form.Execute(&out, values); err != nil {
		panic(fmt.Sprintf("the template of messages does not take a letter: %v", err)) // a bug, which every test of Render meets
	}
	return out.String()
}
