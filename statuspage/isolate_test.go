package statuspage

import (
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/uptime"
)

func TestIsolate(t *testing.T) {
	for words, want := range map[string]string{
		"":                          "",
		"Sign-in & “Payroll”, été":  "Sign-in & “Payroll”, été",
		"支払い":                       "支払い",
		"two\nlines\x00\u2028three": "two lines  three",
		"שלום":                      "\u2068שלום\u2069",
		"دفع":                       "\u2068دفع\u2069",
		"invoice\u202Efdp.exe":      "\u2068invoice\u202Efdp.exe\u2069",
		"a\u2069b\u2066c":           "\u2068abc\u2069",
	} {
		if got := isolate(words); got != want {
			t.Errorf("%q is %q, want %q", words, got, want)
		}
	}
}

// A name that is written the other way round turns nothing beyond itself.
func TestNamesAreIsolatedWhereverTheyStand(t *testing.T) {
	const name = "abc\u202Ecba"
	in := sampleTold()
	in.Catalogue.Page.Name = name
	for i := range in.Catalogue.Components {
		in.Catalogue.Components[i].Name, in.Catalogue.Components[i].Group, in.Catalogue.Components[i].Description = name, name, name
	}
	in.Catalogue.Services[0].Name = name
	for i := range in.Incidents {
		in.Incidents[i].Title = name
	}
	in.Incidents = append(in.Incidents, uptime.Incident{ID: "x", Title: name, Impact: uptime.ImpactCritical, StartedAt: ago(60), PublishedAt: ago(60)})
	in.Plans = samplePlanned().Plans
	for i := range in.Plans {
		p := &in.Plans[i]
		p.Title, p.Body = name, ""
		for k := range p.Revisions {
			r := &p.Revisions[k]
			r.Reason, r.Override, r.By, r.Broken = name, name, name, []uptime.Broken{{Text: name}}
		}
	}
	for path, doc := range everyDocument(t, in) {
		if doc.ContentType == typeJSON || doc.ContentType == typeICS || doc.CacheControl == cacheDay || doc.CacheControl == cacheForever {
			continue // data, for programs; and files, which name nobody
		}
		text := string(doc.Body)
		if n := strings.Count(text, "\u202E"); n == 0 || n != strings.Count(text, "\u2068abc\u202Ecba\u2069") {
			t.Errorf("%s: %d marks, %d of them isolated", path, n, strings.Count(text, "\u2068abc\u202Ecba\u2069"))
		}
	}
}
