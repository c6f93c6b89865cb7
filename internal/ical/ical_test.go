package ical

import (
	"bytes"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	goical "github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 7, 4, 2, 10, 0, time.UTC)

// hostile texts stand in every field that somebody else writes.
var hostile = []string{
	"a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:mine", "a\nATTENDEE:mailto:x@example.org", "a\rURL:https://evil.example", "a\u0085b\u2028c\u2029d\ve\ff",
	"a;b,c\\d:e\"f'g^n", `\n \N \\n \`, "\x00\x07\x1b[31m", "\u202eevil\u202c", "\xff\xfe\xc3", strings.Repeat("ü", 500), strings.Repeat("🙂", 200),
	strings.Repeat("a <b>", 200), strings.Repeat(" ", 300), " x", "", strings.Repeat("x", 30_000), "é́" + strings.Repeat("́", 100), "\ufeff", "BEGIN:VCALENDAR",
}

// check reads a file by two independent readers, which have to find the same.
func check(t interface{ Fatalf(string, ...any) }, file []byte) []Event {
	lines(t, file)
	theirs, err := ics.ParseCalendar(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("golang-ical: %v\n%s", err, file)
	}
	decoded, err := goical.NewDecoder(bytes.NewReader(file)).Decode()
	if err != nil {
		t.Fatalf("go-ical: %v\n%s", err, file)
	}
	if err := goical.NewEncoder(&bytes.Buffer{}).Encode(decoded); err != nil && len(decoded.Children) > 0 { // it checks what RFC 5545 asks of each component
		t.Fatalf("go-ical finds it invalid: %v\n%s", err, file)
	}
	var one, other []Event
	for _, v := range theirs.Events() {
		one = append(one, ofGolang(t, v))
	}
	for _, v := range decoded.Events() {
		other = append(other, ofEmersion(t, v))
	}
	if diff := cmp.Diff(one, other, cmpopts.EquateEmpty()); diff != "" || len(theirs.Components) != len(one) || len(decoded.Children) != len(other) {
		t.Fatalf("the two read differently (%d and %d components):\n%s\n%s", len(theirs.Components), len(decoded.Children), diff, file)
	}
	return one
}

// lines are at most 75 octets, valid by themselves, and end with CR and LF.
func lines(t interface{ Fatalf(string, ...any) }, file []byte) {
	all := strings.Split(string(file), "\r\n")
	if last := all[len(all)-1]; last != "" {
		t.Fatalf("the last line ends without CR and LF: %q", last)
	}
	for _, one := range all {
		if len(one) > 75 || !utf8.ValidString(one) || strings.ContainsFunc(one, func(c rune) bool { return c < ' ' || invisible(c) }) {
			t.Fatalf("%d octets: %q", len(one), one)
		}
	}
}

func ofGolang(t interface{ Fatalf(string, ...any) }, v *ics.VEvent) Event {
	text := func(name ics.ComponentProperty) string {
		if p := v.GetProperty(name); p != nil {
			return p.Value
		}
		return ""
	}
	at := func(name ics.ComponentProperty) time.Time {
		if text(name) == "" {
			return time.Time{}
		}
		at, err := time.Parse("20060102T150405Z", text(name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return at
	}
	sequence, err := strconv.Atoi(text(ics.ComponentPropertySequence))
	if err != nil {
		t.Fatalf("SEQUENCE: %v", err)
	}
	e := Event{
		UID: v.Id(), Sequence: sequence, Stamp: at(ics.ComponentPropertyDtstamp), From: at(ics.ComponentPropertyDtStart), To: at(ics.ComponentPropertyDtEnd),
		Cancelled: text(ics.ComponentPropertyStatus) == "CANCELLED", Tentative: text(ics.ComponentPropertyStatus) == "TENTATIVE",
		Summary: text(ics.ComponentPropertySummary), Description: text(ics.ComponentPropertyDescription), URL: text(ics.ComponentPropertyUrl),
	}
	for _, p := range v.GetProperties(ics.ComponentPropertyCategories) {
		e.Categories = append(e.Categories, p.Value)
	}
	if p := v.GetProperty(ics.ComponentPropertyOrganizer); p != nil {
		e.Sender = mail.Address{Address: strings.TrimPrefix(p.Value, "mailto:"), Name: strings.Join(p.ICalParameters["CN"], ",")}
	}
	if !at(ics.ComponentPropertyLastModified).Equal(e.Stamp) || text(ics.ComponentPropertyTransp) != "TRANSPARENT" {
		t.Fatalf("%+v", v.Properties)
	}
	return e
}

func ofEmersion(t interface{ Fatalf(string, ...any) }, v goical.Event) Event {
	text := func(name string) string {
		said, err := v.Props.Text(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return said
	}
	at := func(name string) time.Time {
		if v.Props.Get(name) == nil {
			return time.Time{}
		}
		at, err := v.Props.DateTime(name, time.UTC)
		if err != nil || at.Location() != time.UTC {
			t.Fatalf("%s: %v", name, err)
		}
		return at
	}
	sequence, err := v.Props.Get(goical.PropSequence).Int()
	if err != nil {
		t.Fatalf("SEQUENCE: %v", err)
	}
	e := Event{
		UID: text("UID"), Sequence: sequence, Stamp: at("DTSTAMP"), From: at("DTSTART"), To: at("DTEND"),
		Cancelled: text("STATUS") == "CANCELLED", Tentative: text("STATUS") == "TENTATIVE", Summary: text("SUMMARY"), Description: text("DESCRIPTION"),
	}
	if p := v.Props.Get("URL"); p != nil {
		e.URL = p.Value
	}
	for _, p := range v.Props.Values("CATEGORIES") {
		list, err := p.TextList()
		if err != nil || len(list) != 1 {
			t.Fatalf("CATEGORIES: %v %v", list, err)
		}
		e.Categories = append(e.Categories, list[0])
	}
	if p := v.Props.Get("ORGANIZER"); p != nil {
		e.Sender = mail.Address{Address: strings.TrimPrefix(p.Value, "mailto:"), Name: p.Params.Get("CN")}
	}
	return e
}

func TestAFileIsReadBackByTwoReaders(t *testing.T) {
	events := []Event{
		{UID: "p1@status.example.org", Sequence: 3, Stamp: noon, From: noon.Add(time.Hour), To: noon.Add(3 * time.Hour), Summary: "Upgrade; of, the \\ database: now",
			Description: "One.\n\nTwo, three; four.", URL: "https://status.example.org/maintenance/p1", Categories: []string{"Maintenance", "a, b"},
			Sender: mail.Address{Name: "Acme Status", Address: "status@example.org"}},
		{UID: "p2@status.example.org", Stamp: noon, From: noon, Cancelled: true, Summary: "An instant"},
		{UID: "p3@status.example.org", Stamp: noon, From: noon, To: noon.Add(time.Minute), Tentative: true, Summary: "Perhaps"},
	}
	if diff := cmp.Diff(events, check(t, Write("Acme", Publish, events)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

// The head is the same whatever the calendar is called: readers tell programs by
// it, and ask again when it says.
func TestTheHeadOfAFile(t *testing.T) {
	file := string(Write("Acme, \"Status\"\r\nX-EVIL:1", Cancel, nil))
	want := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Upheld//Status page//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:CANCEL\r\n" +
		"NAME:Acme\\, \"Status\" X-EVIL:1\r\nX-WR-CALNAME:Acme\\, \"Status\" X-EVIL:1\r\n" +
		"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\nEND:VCALENDAR\r\n"
	if diff := cmp.Diff(want, file); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimesAreInUTC(t *testing.T) {
	brisbane := time.FixedZone("AEST", 10*60*60)
	e := Event{UID: "a@b", Stamp: noon, From: time.Date(2026, 3, 8, 6, 30, 0, 999, brisbane), To: time.Date(2026, 3, 8, 8, 0, 0, 0, brisbane), Summary: "x"}
	file := string(Write("", Publish, []Event{e}))
	for _, want := range []string{"\r\nDTSTART:20260307T203000Z\r\n", "\r\nDTEND:20260307T220000Z\r\n", "\r\nDTSTAMP:20260307T040210Z\r\n", "\r\nSTATUS:CONFIRMED\r\n"} {
		if !strings.Contains(file, want) {
			t.Errorf("no %q in\n%s", want, file)
		}
	}
	if strings.Contains(file, "NAME") {
		t.Errorf("a calendar without a name has one:\n%s", file)
	}
}

// DTEND has to be later than DTSTART; an instant has none.
func TestAnInstantHasNoEnd(t *testing.T) {
	for _, to := range []time.Time{noon, noon.Add(-time.Hour), {}, noon.Add(time.Millisecond)} {
		if file := string(Write("", Publish, []Event{{UID: "a@b", Stamp: noon, From: noon, To: to}})); strings.Contains(file, "DTEND") {
			t.Errorf("%s:\n%s", to, file)
		}
	}
}

func TestAddressesThatAreNoneAreLeftOut(t *testing.T) {
	for to, want := range map[string]string{
		"https://status.example.org/maintenance/a%20b": "https://status.example.org/maintenance/a%20b",
		"http://status.example.org/ü":                  "http://status.example.org/%C3%BC",
		"javascript:alert(1)":                          "", "/maintenance/1": "", "https://x\r\nATTENDEE:mailto:y": "", "": "", "https://": "",
	} {
		read := check(t, Write("", Publish, []Event{{UID: "a@b", Stamp: noon, From: noon, URL: to, Sender: mail.Address{Address: to}}}))
		if read[0].URL != want || read[0].Sender.Address != "" {
			t.Errorf("%q: %+v", to, read[0])
		}
	}
}

func TestHostileTextsStayTexts(t *testing.T) {
	for _, text := range hostile {
		stays(t, text, text, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~\n\r\t;,\\:<>"]{0,400}`), rapid.SampledFrom(hostile))
		stays(t, any.Draw(t, "summary"), any.Draw(t, "description"), any.Draw(t, "name"))
	})
}

// stays fails for a text that becomes more than a text, or another one.
func stays(t interface{ Fatalf(string, ...any) }, summary, description, name string) {
	events := []Event{
		{UID: summary + "@x", Stamp: noon, From: noon, To: noon.Add(time.Hour), Summary: summary, Description: description, URL: "https://example.org/" + name,
			Categories: []string{name, summary}, Sender: mail.Address{Name: name, Address: "status@example.org"}},
		{UID: "b@x", Stamp: noon, From: noon, To: noon.Add(time.Hour), Summary: "mine"},
	}
	file := Write(name, Publish, events)
	read := check(t, file)
	if len(read) != 2 || read[1].Summary != "mine" || read[1].UID != "b@x" {
		t.Fatalf("%d events:\n%s", len(read), file)
	}
	got := read[0]
	want := []string{line(summary, longestLine), paragraphs(description, longestText)}
	if diff := cmp.Diff(want, []string{got.Summary, got.Description}); diff != "" {
		t.Fatalf("(-want +got):\n%s\n%s", diff, file)
	}
	if utf8.RuneCountInString(got.Summary) > longestLine || utf8.RuneCountInString(got.Description) > longestText || strings.Contains(got.Summary, "\n") {
		t.Fatalf("%d and %d characters", len(got.Summary), len(got.Description))
	}
	if got.Sender.Address != "status@example.org" || strings.ContainsAny(got.Sender.Name, "\";:,") {
		t.Fatalf("%+v", got.Sender)
	}
	if again := Write(name, Publish, events); !bytes.Equal(file, again) {
		t.Fatalf("written again it differs")
	}
}

func TestAUIDIsShortAndNeedsNoEscapes(t *testing.T) {
	for uid, want := range map[string]string{
		"db-upgrade@status.example.org": "db-upgrade@status.example.org", "a,b\\n@x": "a%2Cb%5Cn@x", "ü@x": "%C3%BC@x", "": "",
	} {
		if got := token(uid); got != want {
			t.Errorf("%q: %q, want %q", uid, got, want)
		}
	}
	long, other := token(strings.Repeat("x", 300)+"@status.example.org"), token(strings.Repeat("x", 301)+"@status.example.org")
	if len(long) > longestUID || !strings.HasSuffix(long, "@status.example.org") || long == other {
		t.Errorf("%q and %q", long, other)
	}
	if hostless := token("a@" + strings.Repeat("x", 300)); len(hostless) > longestUID || hostless == "" {
		t.Errorf("%q", hostless)
	}
}

func TestWordsAreKeptWhole(t *testing.T) {
	for text, want := range map[string]string{
		"  a \t b\n\n c ": "a b c", "a\u00a0b": "a b", "👩\u200d💻 ok": "👩\u200d💻 ok", "\x00": "", strings.Repeat("ab ", 20): "ab ab ab…",
	} {
		if got := line(text, 10); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := paragraphs("a\r\nb\r\r\r\nc\u2029 d\n\n", 100); got != "a\nb\n\nc\nd" {
		t.Errorf("%q", got)
	}
}

func FuzzWrite(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, slices.Max([]string{text, "x"}), text)
	}
	f.Fuzz(func(t *testing.T, summary, description, name string) { stays(t, summary, description, name) })
}
