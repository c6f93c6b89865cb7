package incidents

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

func TestEverythingWrongWithAnOpeningIsSaidAtOnce(t *testing.T) {
	d := newDesk(t)
	_, err := d.Open(t.Context(), editor, Opening{
		Title: " ", Body: "\u200b \n", Tier: 4, Impact: "huge", Phase: uptime.Resolved, StartedAt: noon.Add(time.Second),
		Components: []uptime.ComponentID{"sign-in", "nowhere"}, Unaffected: []uptime.ComponentID{"sign-in", "elsewhere"},
		States: map[uptime.ComponentID]uptime.State{"mail": uptime.Down, "sign-in": uptime.Maintenance},
		NextBy: noon, Publish: true,
	}, nil)
	faulty(t, err, "title", "body", "tier", "impact", "phase", "started_at", "components", "unaffected", "unaffected",
		"states.mail", "states.sign-in", "next_update_by")
	if d.ledger.applied != 0 {
		t.Error("something was written")
	}
	if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, "started_at is in the future") {
		t.Error(text)
	}
}

func TestEachFieldOfAnOpeningIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Opening)
		field  string // empty: it is taken
	}{
		"as it is":                    {func(*Opening) {}, ""},
		"title of 200 characters":     {func(in *Opening) { in.Title = strings.Repeat("é", 200) }, ""},
		"title of 201 characters":     {func(in *Opening) { in.Title = strings.Repeat("é", 201) }, "title"},
		"title with a line break":     {func(in *Opening) { in.Title = "a\r\nBcc: b" }, "title"},
		"title with NUL":              {func(in *Opening) { in.Title = "a\x00b" }, "title"},
		"title turned round":          {func(in *Opening) { in.Title = "a\u202eb" }, "title"},
		"title isolated":              {func(in *Opening) { in.Title = "a\u2066b" }, "title"},
		"title of two paragraphs":     {func(in *Opening) { in.Title = "a\u2029b" }, "title"},
		"title nobody sees":           {func(in *Opening) { in.Title = "\u200b\u00a0" }, "title"},
		"title not UTF-8":             {func(in *Opening) { in.Title = "a\xff" }, "title"},
		"title with an emoji":         {func(in *Opening) { in.Title = "👩‍🚒 Fire" }, ""},
		"title in Arabic":             {func(in *Opening) { in.Title = "انقطاع" }, ""},
		"body of 20 kB":               {func(in *Opening) { in.Body = strings.Repeat("x", MaxBody) }, ""},
		"body above":                  {func(in *Opening) { in.Body = strings.Repeat("x", MaxBody+1) }, "body"},
		"body not UTF-8":              {func(in *Opening) { in.Body = "a\xff" }, "body"},
		"no tier":                     {func(in *Opening) { in.Tier = 0 }, "tier"},
		"no impact":                   {func(in *Opening) { in.Impact = "" }, ""},
		"no phase":                    {func(in *Opening) { in.Phase = "" }, ""},
		"begins as a false alarm":     {func(in *Opening) { in.Phase = uptime.FalseAlarm }, "phase"},
		"begins as a postmortem":      {func(in *Opening) { in.Phase = uptime.PostmortemOut }, "phase"},
		"no component":                {func(in *Opening) { in.Components = nil }, ""},
		"one component twice":         {func(in *Opening) { in.Components = []uptime.ComponentID{"api", "api"} }, ""},
		"unknown component":           {func(in *Opening) { in.Components = []uptime.ComponentID{"x"} }, "components"},
		"unknown unaffected":          {func(in *Opening) { in.Unaffected = []uptime.ComponentID{"x"} }, "unaffected"},
		"affected and not":            {func(in *Opening) { in.Unaffected = []uptime.ComponentID{"sign-in"} }, "unaffected"},
		"up is no statement":          {func(in *Opening) { in.States = map[uptime.ComponentID]uptime.State{"sign-in": uptime.Up} }, ""},
		"state of what is unaffected": {func(in *Opening) { in.States = map[uptime.ComponentID]uptime.State{"api": uptime.Down} }, "states.api"},
		"unknown is no statement":     {func(in *Opening) { in.States = map[uptime.ComponentID]uptime.State{"sign-in": uptime.Unknown} }, "states.sign-in"},
		"no state at all":             {func(in *Opening) { in.States = map[uptime.ComponentID]uptime.State{"sign-in": 77} }, "states.sign-in"},
		"promise of now":              {func(in *Opening) { in.NextBy = noon }, "next_update_by"},
		"promise in 30 days":          {func(in *Opening) { in.NextBy = noon.Add(MaxPromise) }, ""},
		"promise later":               {func(in *Opening) { in.NextBy = noon.Add(MaxPromise + time.Second) }, "next_update_by"},
		"begins now":                  {func(in *Opening) { in.StartedAt = noon }, ""},
		"began before all time":       {func(in *Opening) { in.StartedAt = time.Date(-1, 12, 31, 13, 0, 0, 0, time.UTC) }, "started_at"},
		"begins later":                {func(in *Opening) { in.StartedAt = noon.Add(time.Second) }, "started_at"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			i, err := d.Open(t.Context(), editor, outage(test.change), nil)
			if test.field != "" {
				faulty(t, err, test.field)
			} else if err != nil || i.Version != 1 {
				t.Error(err)
			}
		})
	}
}

func TestEachFieldOfAWordIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		word  Word
		field string
	}{
		"nothing new":               {Word{Body: "x"}, ""},
		"no body":                   {Word{Phase: uptime.Identified}, "body"},
		"unknown phase":             {Word{Body: "x", Phase: "fixed"}, "phase"},
		"postmortem":                {Word{Body: "x", Phase: uptime.PostmortemOut}, "phase"},
		"unknown impact":            {Word{Body: "x", Impact: "huge"}, "impact"},
		"at its beginning":          {Word{Body: "x", At: noon.Add(-time.Hour)}, ""},
		"before its beginning":      {Word{Body: "x", Phase: uptime.Resolved, At: noon.Add(-time.Hour - time.Second)}, "at"},
		"before the newest":         {Word{Body: "x", At: noon.Add(-time.Hour - time.Second)}, "at"},
		"in the future":             {Word{Body: "x", At: noon.Add(time.Second)}, "at"},
		"over in the future":        {Word{Body: "x", Phase: uptime.Resolved, At: noon.Add(time.Second)}, "at"},
		"over and promised":         {Word{Body: "x", Phase: uptime.Resolved, NextBy: noon.Add(time.Hour)}, "next_update_by"},
		"over and down":             {Word{Body: "x", Phase: uptime.Resolved, States: map[uptime.ComponentID]uptime.State{"sign-in": uptime.Down}}, "states.sign-in"},
		"over and up":               {Word{Body: "x", Phase: uptime.Resolved, States: map[uptime.ComponentID]uptime.State{"sign-in": uptime.Up}}, ""},
		"unknown component":         {Word{Body: "x", Components: []uptime.ComponentID{"x"}}, "components"},
		"one that left the catalog": {Word{Body: "x", Components: []uptime.ComponentID{"sign-in", "old"}}, ""},
		"none any more":             {Word{Body: "x", Components: []uptime.ComponentID{}}, ""},
		"state of one not affected": {Word{Body: "x", States: map[uptime.ComponentID]uptime.State{"mail": uptime.Down}}, "states.mail"},
		"state of one now affected": {Word{Body: "x", Components: []uptime.ComponentID{"mail"}, States: map[uptime.ComponentID]uptime.State{"mail": uptime.Down}}, ""},
		"affected and not":          {Word{Body: "x", Components: []uptime.ComponentID{"mail"}, Unaffected: []uptime.ComponentID{"mail"}}, "unaffected"},
		"not affected after all":    {Word{Body: "x", Unaffected: []uptime.ComponentID{"sign-in"}}, "unaffected"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			i := d.opened(func(in *Opening) { in.StartedAt = noon.Add(-time.Hour) })
			kept := d.ledger.incidents[i.ID]
			kept.Components = append(kept.Components, "old") // removed from the configuration since
			d.ledger.incidents[i.ID] = kept
			_, err := d.Say(t.Context(), editor, i.ID, test.word, 0, nil)
			if test.field != "" {
				faulty(t, err, test.field)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAComponentIsListedOnce(t *testing.T) {
	d := newDesk(t)
	i := d.opened(func(in *Opening) { in.Components = []uptime.ComponentID{"api", "sign-in", "api"} })
	if want := []uptime.ComponentID{"api", "sign-in"}; !slices.Equal(i.Components, want) {
		t.Errorf("affected %v", i.Components)
	}
}

func TestAComponentThatFailsIsNoLongerSaidToWork(t *testing.T) {
	d := newDesk(t)
	i := d.opened(func(in *Opening) { in.Unaffected = []uptime.ComponentID{"api", "mail"} })
	i = d.said(i.ID, Word{Components: []uptime.ComponentID{"sign-in", "api"}})
	if len(i.Components) != 2 || len(i.Unaffected) != 1 || i.Unaffected[0] != "mail" {
		t.Errorf("affected %v, not %v", i.Components, i.Unaffected)
	}
}

func TestLinesThatAreTakenAreLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f fields
		line := f.line("title", rapid.String().Draw(t, "title"), "what")
		if f.err() == nil && (line == "" || strings.ContainsFunc(line, unicode.IsControl) || utf8.RuneCountInString(line) > MaxTitle ||
			line != strings.TrimSpace(line)) {
			t.Errorf("%q was taken", line)
		}
	})
}

func TestBodiesLoseWhatAPasteBroughtAlong(t *testing.T) {
	for given, want := range map[string]string{
		"a\r\nb":            "a\nb",
		"\x1b[31mred\x1b[m": "[31mred[m",
		"a\x00b":            "ab",
		"\n\n  code\n\n":    "  code",
		"a\tb":              "a\tb",
	} {
		var f fields
		if got := f.body(given, true); got != want || f.err() != nil {
			t.Errorf("%q became %q, %v", given, got, f.err())
		}
	}
}
