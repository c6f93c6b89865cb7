package subscribers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

const said = "signed up on the old page"

func (u *under) load(t testing.TB, file string, how Import) Report {
	t.Helper()
	how.Consent = said
	report, err := u.Import(t.Context(), operator, strings.NewReader(file), how)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestAFileOfSubscribersIsTakenIn(t *testing.T) {
	u := newUnder(t)
	report := u.load(t, "email,components,kinds,confirmed_at\n"+
		"ada@Example.org,api;web,incidents;reports,2025-01-02T03:04:05+01:00\n"+
		"bob@example.org,\"Public API, Web\",,\n", Import{})
	if diff := cmp.Diff(Report{Applied: true, Lines: 2, Fresh: 2, Added: 2}, report); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ada, bob := u.list.all[0], u.list.all[1]
	want := uptime.Subscriber{
		ID: ada.ID, Kind: uptime.ToMail, Address: "ada@example.org", Components: []uptime.ComponentID{"api", "web"},
		News: []uptime.News{uptime.NewsIncidents, uptime.NewsReports}, State: uptime.SubscriberConfirmed, CreatedAt: start,
		ConfirmedAt: time.Date(2025, 1, 2, 2, 4, 5, 0, time.UTC), Source: "import",
	}
	if diff := cmp.Diff(want, ada); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// "Web" is the name of one component and the id of another: the id counts.
	if !slices.Equal(bob.Components, []uptime.ComponentID{"api", "web"}) || !bob.ConfirmedAt.Equal(start) || len(bob.News) != 2 {
		t.Errorf("%+v", bob)
	}
	if len(u.list.notices) != 0 {
		t.Error("they are sent something")
	}
	e := u.list.audit[0]
	if len(u.list.audit) != 1 || e.Action != "subscriber.import" || e.Actor != operator || e.Detail != "2 added, 0 were known, 0 invalid; consent: "+said {
		t.Errorf("audit: %+v", u.list.audit)
	}
}

func TestWhatIsWrongWithALineIsToldWithItsPlace(t *testing.T) {
	const head = "email,components,kinds,state,confirmed_at,mode,webhook,quarantined_at\n"
	for name, tc := range map[string]struct {
		line string
		want Problem
	}{
		"no address":         {"not an address", Problem{2, 1, "email", LineInvalid, notMail}},
		"an empty address":   {",api", Problem{2, 1, "email", LineInvalid, "the address is missing"}},
		"a formula":          {"=cmd|' /C calc'!A0", Problem{2, 1, "email", LineInvalid, notMail}},
		"a hyperlink":        {`"=HYPERLINK(""https://x.org"",""a@x.org"")"`, Problem{2, 1, "email", LineInvalid, notMail}},
		"another recipient":  {`"a@x.org, b@x.org"`, Problem{2, 1, "email", LineInvalid, notMail}},
		"another line":       {"\"a@x.org\nBcc: b@x.org\"", Problem{2, 1, "email", LineInvalid, notMail}},
		"a NUL":              {"a\x00@x.org", Problem{2, 1, "email", LineInvalid, notMail}},
		"Latin-1":            {"m\xfcller@x.org", Problem{2, 1, "email", LineInvalid, notMail}},
		"unknown component":  {"a@x.org,api;old", Problem{2, 9, "components", LineInvalid, `there is no component "old"`}},
		"unknown kind":       {"a@x.org,api,gossip", Problem{2, 13, "kinds", LineInvalid, `there is no news of the kind "gossip"; use incidents, maintenance and reports`}},
		"no time":            {"a@x.org,,,,yesterday", Problem{2, 12, "confirmed_at", LineInvalid, "write the time as in 2026-03-01T12:00:00Z"}},
		"a time to come":     {"a@x.org,,,,2026-03-01T12:00:01Z", Problem{2, 12, "confirmed_at", LineInvalid, "this time is no time at which somebody can have agreed"}},
		"too many fields":    {"a@x.org,,,,,,,,api", Problem{2, 16, "", LineInvalid, "there are more fields than columns in the header, by 1; a list stands in quotes, or has ; between its parts"}},
		"a bare quote":       {`a"b@x.org`, Problem{2, 2, "", LineInvalid, quotes}},
		"an open quote":      {`"a@x.org,`, Problem{2, 10, "", LineInvalid, quotes}},
		"not confirmed":      {"a@x.org,,,pending", Problem{2, 11, "state", LinePassed, "only confirmed subscribers are imported"}},
		"by phone":           {"a@x.org,,,,,sms", Problem{2, 13, "mode", LinePassed, "only subscribers by mail are imported"}},
		"a webhook":          {",,,,,,https://x.org/", Problem{2, 7, "webhook", LinePassed, "a webhook is not imported: it has to be asked, and needs a secret"}},
		"quarantined":        {"a@x.org,,,,,,,2026-01-01", Problem{2, 15, "quarantined_at", LinePassed, "an address that is quarantined is not imported"}},
		"subscribed already": {"KNOWN@example.org", Problem{2, 1, "email", LineKnown, "this address is on the list already, and is left as it is"}},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUnder(t)
			u.subscribe(t, "known@example.org")
			before := u.only(t)
			report := u.load(t, head+tc.line, Import{})
			if diff := cmp.Diff([]Problem{tc.want}, report.Problems); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if invalid := tc.want.Kind == LineInvalid; report.Applied == invalid || (report.Invalid == 1) != invalid || report.Lines != 1 || report.Added != 0 {
				t.Errorf("%+v", report)
			}
			if diff := cmp.Diff(before, u.only(t)); diff != "" {
				t.Errorf("the list changed:\n%s", diff)
			}
			if text := fmt.Sprint(report.Problems); strings.Contains(text, "@x.org") {
				t.Errorf("the report repeats the address: %s", text)
			}
		})
	}
}

const quotes = "the quotes of this line do not fit; a field with commas or quotes stands in quotes, and a quote in it is doubled"

func TestOneBadLineStopsAllUnlessItIsSkipped(t *testing.T) {
	const file = "email,components\r\na@x.org,\r\n\r\nbroken,\r\nb@x.org,old\r\nA@X.org,api\r\nknown@example.org,\r\n,,\r\nc@x.org,\r\n"
	problems := []Problem{
		{4, 1, "email", LineInvalid, notMail},
		{5, 9, "components", LineInvalid, `there is no component "old"`},
		{6, 1, "email", LineRepeated, "this address stands in line 2 already; that one counts"},
		{7, 1, "email", LineKnown, "this address is on the list already, and is left as it is"},
	}
	for _, how := range []Import{{}, {SkipInvalid: true}, {DryRun: true}, {DryRun: true, SkipInvalid: true}} {
		u := newUnder(t)
		u.subscribe(t, "known@example.org")
		writes := u.list.applied
		want := Report{DryRun: how.DryRun, Lines: 6, Fresh: 2, Known: 1, Repeated: 1, Invalid: 2, Problems: problems}
		if how.SkipInvalid {
			want.Added = 2
			want.Applied = !how.DryRun
		}
		if diff := cmp.Diff(want, u.load(t, file, how)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", how, diff)
		}
		added := len(u.list.all) - 1
		if want.Applied && added != 2 || !want.Applied && (added != 0 || u.list.applied != writes) {
			t.Errorf("%+v: %d added, %d writes", how, added, u.list.applied-writes)
		}
	}
}

func TestWhoWasAskedAndStandsInTheFileIsConfirmed(t *testing.T) {
	u := newUnder(t)
	u.ask(t, "ada@example.org")
	id := u.only(t).ID
	if report := u.load(t, "email,components\nADA@example.org,web\n", Import{}); report.Added != 1 || report.Known != 0 {
		t.Errorf("%+v", report)
	}
	who := u.only(t)
	if who.ID != id || who.State != uptime.SubscriberConfirmed || who.Source != "import" || !slices.Equal(who.Components, []uptime.ComponentID{"web"}) {
		t.Errorf("%+v", who)
	}
}

func TestFilesOfOtherPrograms(t *testing.T) {
	for name, file := range map[string]string{
		"with a byte order mark":  "\xef\xbb\xbfemail\r\nada@example.org\r\n",
		"without a last line end": "email\nada@example.org",
		"with semicolons":         "email;components;kinds\nada@example.org;;\n",
		"in other words":          "\"Email Address\",id,Mode\nada@example.org,7,Email\n",
		"of a status page":        "id,mode,email,created_at,quarantined_at\nx1,email,ada@example.org,2024-01-01T00:00:00Z,\nx2,sms,,2024-01-01T00:00:00Z,\n",
		"of ours":                 "email,webhook,components,kinds,state,confirmed_at,source\nada@example.org,,,incidents,confirmed,2025-01-01T00:00:00Z,form\n",
		"quoted":                  "\"EMAIL\"\n\" ada@example.org \"\n",
	} {
		u := newUnder(t)
		report := u.load(t, file, Import{})
		if report.Added != 1 || report.Invalid != 0 || u.only(t).Address != "ada@example.org" {
			t.Errorf("%s: %+v, %v", name, report, u.list.all)
		}
		if name == "in other words" && !slices.Equal(report.Ignored, []string{"id"}) {
			t.Errorf("ignored: %q", report.Ignored)
		}
	}
}

func TestAFileThatCannotBeTakenInIsRefusedWhole(t *testing.T) {
	const wide = "a line is longer than 256 KiB, or its quotes do not end"
	for name, tc := range map[string]struct {
		file string
		want Problem
	}{
		"empty":           {"", Problem{1, 1, "", FileRefused, "the file is empty; it begins with a header such as email,components,kinds"}},
		"no header":       {"ada@example.org\n", Problem{1, 1, "", FileRefused, "the header has no column email; it looks like email,components,kinds"}},
		"a broken header": {"em\"ail\nada@example.org\n", Problem{1, 1, "", FileRefused, "this is no header of a CSV file"}},
		"UTF-16":          {"\xff\xfee\x00m\x00", Problem{1, 1, "", FileRefused, "the file is UTF-16; save it as CSV in UTF-8"}},
		"a wide header":   {"email" + strings.Repeat(",", 1<<20), Problem{1, 1, "", FileRefused, wide}},
		"a wide line":     {"email\n\nada@example.org" + strings.Repeat(",", 1<<20) + "\nbob@example.org\n", Problem{3, 1, "", FileRefused, wide}},
		"an open quote":   {"email,note\nada@example.org,\"" + strings.Repeat("x\n", 1<<19), Problem{2, 1, "", FileRefused, wide}},
	} {
		testRefused(t, name, tc.file, tc.want)
	}
	u := newUnder(t)
	fault := errors.New("the connection broke")
	_, err := u.Import(t.Context(), operator, io.MultiReader(strings.NewReader("email\nada@example.org\n"), iotest.ErrReader(fault)), Import{Consent: said})
	if !errors.Is(err, fault) || len(u.list.all) != 0 {
		t.Errorf("half a file: %v", err)
	}
}

// testRefused imports a file whose good lines do not help it.
func testRefused(t *testing.T, name, file string, want Problem) {
	t.Helper()
	u := newUnder(t)
	report := u.load(t, file, Import{SkipInvalid: true})
	if diff := cmp.Diff([]Problem{want}, report.Problems); diff != "" || !report.Refused || report.Applied || report.Added != 0 || len(u.list.all) != 0 {
		t.Errorf("%s: refused %v, applied %v, %d added (-want +got):\n%s", name, report.Refused, report.Applied, report.Added, diff)
	}
}

func TestAReportTellsTheFirstThousandProblemsAndCountsAll(t *testing.T) {
	u := newUnder(t)
	report := u.load(t, "email\na@example.org\n"+strings.Repeat("A@example.org\nx\n", ProblemsTold), Import{})
	if report.Invalid != ProblemsTold || report.Repeated != ProblemsTold || len(report.Problems) != ProblemsTold || report.Problems[ProblemsTold-1].Line != ProblemsTold+2 {
		t.Errorf("%d invalid, %d repeated, %d told", report.Invalid, report.Repeated, len(report.Problems))
	}
}

func TestAnImportSeesTheWholeList(t *testing.T) {
	u := newUnder(t)
	var file strings.Builder
	file.WriteString("email\n")
	for i := range 2*pageSize + 1 {
		fmt.Fprintf(&file, "a%d@example.org\n", i)
	}
	for i, want := range []Report{{Applied: true, Fresh: 1001, Added: 1001, Lines: 1001}, {Applied: true, Known: 1001, Lines: 1001}} {
		report := u.load(t, file.String(), Import{})
		if report.Problems = nil; cmp.Diff(want, report) != "" {
			t.Errorf("%d: %+v", i, report)
		}
	}
	if len(u.list.all) != 1001 || u.list.applied != 2 {
		t.Errorf("%d subscribers in %d writes", len(u.list.all), u.list.applied)
	}
}

func TestAnImportWithoutMailIsRefused(t *testing.T) {
	u := newUnder(t, func(o *Options) { o.Offers = func(uptime.RecipientKind) bool { return false } })
	var invalid *Invalid
	if _, err := u.Import(t.Context(), operator, strings.NewReader("email\n"), Import{Consent: said}); !errors.As(err, &invalid) {
		t.Errorf("%v", err)
	}
}

func TestAnExportIsGuardedAgainstFormulas(t *testing.T) {
	u := newUnder(t)
	for _, local := range []string{"=cmd", "+1", "-2", "'=x", "''", "ada"} {
		u.subscribe(t, local+"@example.org")
	}
	u.applyMust(t, u.Ask(t.Context(), Request{Kind: uptime.ToWebhook, Address: "https://example.org/?a=1,2", Components: []uptime.ComponentID{"api", "web"}, IP: "192.0.2.1", Source: "api"}))
	var out bytes.Buffer
	u.applyMust(t, u.Export(t.Context(), operator, &out))
	const confirmed = ",,,incidents;maintenance,confirmed,2026-03-01T12:00:00Z,form,\n"
	want := "email,webhook,components,kinds,state,confirmed_at,source,time_zone\n" +
		",\"https://example.org/?a=1,2\",api;web,incidents;maintenance,pending,,api,\n"
	for _, cell := range []string{"ada@example.org", "'''@example.org", "''=x@example.org", "'-2@example.org", "'+1@example.org", "'=cmd@example.org"} {
		want += cell + confirmed
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := u.list.audit[len(u.list.audit)-1]; e.Action != "subscriber.export" || e.Actor != operator {
		t.Errorf("audit: %+v", e)
	}
	broken := errors.New("the client is gone")
	if err := u.Export(t.Context(), operator, iotestWriter{broken}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	u.list.err = errors.New("disk full")
	out.Reset()
	if err := u.Export(t.Context(), operator, &out); !errors.Is(err, u.list.err) || out.Len() > 0 {
		t.Errorf("exported without a trace: %v, %q", err, out.String())
	}
}

type iotestWriter struct{ err error }

func (w iotestWriter) Write([]byte) (int, error) { return 0, w.err }

// What was exported and is imported elsewhere is the same list of confirmed
// subscribers by mail.
func TestAnExportIsReadBack(t *testing.T) {
	components := []uptime.ComponentID{"api", "mail", "web"}
	rapid.Check(t, func(rt *rapid.T) {
		u := newUnder(t)
		for i := range rapid.IntRange(0, 8).Draw(rt, "n") {
			who := uptime.Subscriber{ID: uptime.SubscriberID(fmt.Sprint(i)), Kind: uptime.ToMail, State: uptime.SubscriberConfirmed}
			local := rapid.StringMatching("[a-z'=+-]{1,5}").Draw(rt, "local")
			who.Address = fmt.Sprintf("%s%d@example.org", local, i)
			for _, c := range components {
				if rapid.Bool().Draw(rt, "component") {
					who.Components = append(who.Components, c)
				}
			}
			for _, n := range uptime.AllNews {
				if n == uptime.NewsIncidents || rapid.Bool().Draw(rt, "news") {
					who.News = append(who.News, n)
				}
			}
			who.Zone = rapid.SampledFrom([]string{"", "Australia/Brisbane", "Etc/GMT+10", "UTC"}).Draw(rt, "zone")
			who.ConfirmedAt = start.Add(-time.Duration(rapid.Int64Range(0, 1e17).Draw(rt, "ago")))
			switch rapid.IntRange(0, 5).Draw(rt, "kind") {
			case 0:
				who.Kind, who.Address = uptime.ToWebhook, "https://example.org/"+fmt.Sprint(i)
			case 1:
				who.State = uptime.SubscriberQuarantined
			case 2:
				who.State, who.ConfirmedAt = uptime.SubscriberPending, time.Time{}
			}
			u.list.all = append(u.list.all, who)
		}
		var file bytes.Buffer
		if err := u.Export(t.Context(), operator, &file); err != nil {
			rt.Fatal(err)
		}
		v := newUnder(t)
		report, err := v.Import(t.Context(), operator, &file, Import{Consent: said})
		if err != nil || report.Invalid+report.Known+report.Repeated != 0 {
			rt.Fatalf("%+v, %v", report, err)
		}
		if diff := cmp.Diff(portable(u.list.all), portable(v.list.all)); diff != "" {
			rt.Fatalf("(-exported +imported):\n%s", diff)
		}
	})
}

// portable is what a file carries of a list.
func portable(list []uptime.Subscriber) map[string]string {
	lines := map[string]string{}
	for _, s := range list {
		if s.Kind == uptime.ToMail && s.State == uptime.SubscriberConfirmed {
			lines[s.Address] = fmt.Sprint(s.Components, s.News, s.ConfirmedAt, s.Zone)
		}
	}
	return lines
}

func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"email,components,kinds\nada@example.org,api;web,incidents\n", "email\n\"a\nb\"\n", "\xef\xbb\xbfemail;kinds\r\na@x.org;reports\r\n",
		"email\n'=a@x.org\n", "email,email\na@x.org,b@x.org\n", "\"", "email\n\"", "mode,email\nsms,a@x.org\n", "email,confirmed_at\na@x.org,0000-01-01T00:00:00Z\n",
		"email,time_zone\na@x.org,Asia/Tokyo\nb@x.org,../x\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		dry, wet := newUnder(t), newUnder(t)
		planned, err := dry.Import(t.Context(), operator, bytes.NewReader(file), Import{Consent: said, DryRun: true, SkipInvalid: true})
		if err != nil {
			t.Fatal(err)
		}
		report, err := wet.Import(t.Context(), operator, bytes.NewReader(file), Import{Consent: said, SkipInvalid: true})
		if err != nil {
			t.Fatal(err)
		}
		if planned.DryRun, planned.Applied = false, report.Applied; cmp.Diff(planned, report) != "" {
			t.Fatalf("a dry run says another thing:\n%s", cmp.Diff(planned, report))
		}
		if len(dry.list.all) != 0 || len(wet.list.all) != report.Added {
			t.Fatalf("%d and %d are added, want 0 and %d", len(dry.list.all), len(wet.list.all), report.Added)
		}
		if sum := report.Fresh + report.Known + report.Repeated + report.Passed + report.Invalid; !report.Refused && sum != report.Lines {
			t.Fatalf("%d lines of %d are accounted for: %+v", sum, report.Lines, report)
		}
		for _, who := range wet.list.all {
			if address, wrong := parseMail(who.Address); wrong != "" || address != who.Address || len(who.News) == 0 {
				t.Fatalf("%+v is added", who)
			}
		}
		for _, p := range report.Problems {
			if p.Line < 1 || p.Column < 1 || p.Text == "" {
				t.Fatalf("%+v", p)
			}
		}
	})
}
