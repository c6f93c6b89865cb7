package statuspage

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/availability"
	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// At every instant the worse of what is measured and what is said counts, and
// nothing else changes.
func TestTheWorseOfMeasuredAndSaidCounts(t *testing.T) {
	all := []uptime.State{uptime.Unknown, uptime.Up, uptime.Degraded, uptime.Partial, uptime.Down}
	rapid.Check(t, func(t *rapid.T) {
		const minutes = 60
		at := func(minute int) time.Time { return sampleNow.Add(time.Duration(minute) * time.Minute) }
		window := calendar.Span{From: at(0), To: at(minutes)}
		var stretches []availability.Stretch
		for from := 0; from < minutes; {
			to := min(minutes, from+rapid.IntRange(1, 20).Draw(t, "length"))
			stretches = append(stretches, availability.Stretch{
				Span: calendar.Span{From: at(from), To: at(to)}, State: rapid.SampledFrom(all).Draw(t, "measured"),
			})
			from = to
		}
		line := availability.Lay(window, uptime.Unknown, stretches)
		var said []uptime.Statement
		for range rapid.IntRange(0, 5).Draw(t, "statements") {
			s := uptime.Statement{State: rapid.SampledFrom(all[2:]).Draw(t, "said"), From: at(rapid.IntRange(-10, 70).Draw(t, "from"))}
			if length := rapid.IntRange(-1, 40).Draw(t, "for"); length >= 0 {
				s.To = s.From.Add(time.Duration(length) * time.Minute)
			}
			said = append(said, s)
		}
		want := func(instant time.Time) uptime.State {
			state := line.At(instant)
			for _, s := range said {
				if !instant.Before(s.From) && (s.To.IsZero() || instant.Before(s.To)) && s.State.Worse(state) {
					state = s.State
				}
			}
			return state
		}
		before := slices.Clone(line)
		got := overlaid(line, saidOf(said)[""])
		if got.Window() != window {
			t.Fatalf("the line covers %v, want %v", got.Window(), window)
		}
		for minute := range 2 * minutes {
			instant := sampleNow.Add(time.Duration(minute) * 30 * time.Second)
			if got.At(instant) != want(instant) {
				t.Fatalf("%s at minute %d, want %s (said %v)", got.At(instant), minute/2, want(instant), said)
			}
		}
		for i := 1; i < len(got); i++ {
			if !got[i].From.Equal(got[i-1].To) || got[i].State == got[i-1].State {
				t.Fatalf("stretches %d and %d do not follow each other: %v", i-1, i, got)
			}
		}
		if diff := cmp.Diff(before, line); diff != "" {
			t.Fatalf("the measured line was changed: %s", diff)
		}
	})
}

// A reader who doubts the stretches makes them again out of what is measured
// and what is said.
func TestAStrangerCanLayStatementsOverTheMeasured(t *testing.T) {
	type segment struct {
		From, To        time.Time
		State, Incident string
		Lasts           bool
	}
	var read struct {
		Method string
		Parts  []struct {
			ID                             string
			Segments, Statements, Measured []segment
		} `json:"components"`
	}
	if err := json.Unmarshal(open(sampleTold(), sampleNow).document("/services/platform.json").Body, &read); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(read.Method, "the worse of its measured state and of what its statements say: down, partial, degraded, unknown, up") {
		t.Errorf("the method does not tell how statements count: %s", read.Method)
	}
	at := func(all []segment, instant time.Time) (uptime.State, bool) {
		state, found := uptime.Unknown, false
		for _, s := range all {
			own, err := uptime.ParseState(s.State)
			if err != nil {
				t.Fatal(err)
			}
			if !instant.Before(s.From) && instant.Before(s.To) && (!found || own.Worse(state)) {
				state, found = own, true
			}
		}
		return state, found
	}
	statements := 0
	for _, part := range read.Parts {
		if (len(part.Statements) > 0) != (len(part.Measured) > 0) {
			t.Errorf("%s: %d statements, %d measured stretches", part.ID, len(part.Statements), len(part.Measured))
		}
		statements += len(part.Statements)
		for _, edge := range slices.Concat(part.Segments, part.Statements, part.Measured) {
			for _, instant := range []time.Time{edge.From, edge.To.Add(-time.Nanosecond)} {
				want, _ := at(part.Measured, instant)
				if len(part.Statements) == 0 {
					want, _ = at(part.Segments, instant)
				}
				if said, is := at(part.Statements, instant); is && said.Worse(want) {
					want = said
				}
				if got, _ := at(part.Segments, instant); got != want {
					t.Errorf("%s at %s: %s, and the reader has %s", part.ID, instant, got, want)
				}
			}
		}
	}
	if statements != 3 {
		t.Errorf("%d statements, want the open one and the two of the incident that is over", statements)
	}
	open := read.Parts[2].Statements[0]
	if open.Incident != string(toldOpen) || !open.Lasts || !open.To.Equal(sampleNow) || open.State != "degraded" {
		t.Errorf("%+v", open)
	}
}

// What nobody observed and somebody said was down is down, and its figure says
// so.
func TestAStatementCountsWhereNobodyLooked(t *testing.T) {
	in := sampleGood()
	in.Segments, in.Incidents = nil, []uptime.Incident{{
		ID: "i", Title: "All dark", Impact: uptime.ImpactMajor, StartedAt: ago(3600), CreatedAt: ago(3600), PublishedAt: ago(3600),
	}}
	for i := range in.Healths {
		in.Healths[i] = uptime.Health{Monitor: in.Healths[i].Monitor, Vantage: uptime.Local}
	}
	in.Statements = []uptime.Statement{{Incident: "i", Component: "part-0", State: uptime.Down, From: ago(3600)}}
	b := open(in, sampleNow)
	c, _ := b.component("part-0")
	if state, since := b.present(c); state != uptime.Down || !since.Equal(ago(3600)) {
		t.Errorf("%s since %s", state, since)
	}
	row := Build(in, sampleNow).Groups[0].Components[0]
	if !row.Figures.Observed || row.Figures.Commitment != "0.0000" {
		t.Errorf("%+v", row.Figures)
	}
	if row.Stated == nil || row.Stated.Measured != "not observed" || len(row.Stated.In) != 1 || row.Stated.In[0].Text != "All dark" {
		t.Errorf("%+v", row.Stated)
	}
}

// The reason stands beside the state, with a link, on the home page and on the
// component's own; where the checks say the same no reason is needed.
func TestAStatedStateNamesItsIncident(t *testing.T) {
	docs := everyDocument(t, sampleTold())
	const reason = `said in <a href="/incidents/slowsearch01">Search finds too little</a> · by our checks: operational`
	for path, times := range map[string]int{"/": 1, "/components/part-2": 1, "/components/part-0": 0} {
		if got := strings.Count(flat(docs[path].Body), reason); got != times {
			t.Errorf("%s gives the reason %d times, want %d", path, got, times)
		}
	}
	stretches := flat(docs["/components/part-1"].Body)
	for _, want := range []string{
		`said in <a href="/incidents/payroll00002">Payroll did not open</a></td>`,
		`<td>50 m</td>`, // measured for 20, said for 40, of which 10 were both
	} {
		if !strings.Contains(stretches, want) {
			t.Errorf("the stretches do not tell %q", want)
		}
	}
	in := sampleTold()
	in.Statements = append(in.Statements, uptime.Statement{Incident: toldOver, Component: "part-2", State: uptime.Degraded, From: sampleNow.Add(-20 * time.Hour), To: sampleNow.Add(-19 * time.Hour)})
	if page := flat(Render(Build(in, sampleNow))); strings.Count(page, "said in ") != 1 {
		t.Error("a statement that has ended is given as a reason")
	}
}

// flat is a page with each run of white space as one blank.
func flat(page []byte) string { return strings.Join(strings.Fields(string(page)), " ") }

// What is settled stays so under statements, however far back they reach.
func TestStatementsOverTheSettled(t *testing.T) {
	in := sampleTold()
	in.Statements = append(in.Statements,
		uptime.Statement{Incident: toldOver, Component: "part-0", State: uptime.Partial, From: sampleNow.AddDate(0, 0, -120), To: sampleNow.AddDate(0, 0, -119)},
		uptime.Statement{Incident: toldOver, Component: "part-0", State: uptime.Down, From: sampleNow.AddDate(0, 0, -50), To: sampleNow.Add(-47 * time.Hour)})
	whole := Build(in, sampleNow)
	split := in
	split.Began = open(in, sampleNow).began
	split.Settled = Settle(in.Catalogue, in.Segments, sampleNow.AddDate(0, 0, -HistoryDays-1), sampleNow.Add(-48*time.Hour))
	split.Segments = slices.DeleteFunc(slices.Clone(in.Segments), func(s uptime.Segment) bool {
		return !s.To.IsZero() && !s.To.After(split.Settled.Until)
	})
	for range 2 { // the settled lines are read again by the next edition
		if diff := cmp.Diff(whole, Build(split, sampleNow)); diff != "" {
			t.Error(diff)
		}
	}
}

// No draft is on a page, in a feed or in the JSON, and nothing that one says
// counts, even if the source hands it over.
func TestNoReaderSeesADraft(t *testing.T) {
	in := sampleTold()
	docs := everyDocument(t, in)
	for path, doc := range docs {
		if strings.Contains(string(doc.Body), draftTitle) || strings.Contains(string(doc.Body), string(toldDraft)) {
			t.Errorf("%s tells of the draft", path)
		}
	}
	b := open(in, sampleNow)
	c, _ := b.component("part-0")
	if state, _ := b.present(c); state != uptime.Up {
		t.Errorf("by a draft's statement the component is %s", state)
	}
	p := (&world{in: in}).publisher(atSample)
	for range 2 {
		if _, err := p.Document(t.Context(), incidentAddress(toldDraft)); err == nil {
			t.Error("the draft has a page")
		}
	}
}

// What was said long ago counts on the pages of that time.
func TestAStatementLongAgoCounts(t *testing.T) {
	s := newSample()
	id := s.add("Payroll", "", uptime.Critical, sampleNow.AddDate(-3, 0, 0))
	at := sampleNow.AddDate(-2, -6, 0)
	s.in.Incidents = []uptime.Incident{{
		ID: "oldoldoldold", Title: "Payroll was slow to open", Tier: 1, Impact: uptime.ImpactMajor, Phase: uptime.Resolved,
		Components: []uptime.ComponentID{id}, StartedAt: at, CreatedAt: at, PublishedAt: at, ResolvedAt: at.Add(42 * time.Minute),
	}}
	s.in.Statements = []uptime.Statement{{Incident: "oldoldoldold", Component: id, State: uptime.Down, From: at, To: at.Add(42 * time.Minute)}}
	p := (&world{in: s.in}).publisher(atSample)
	if page := flat([]byte(body(t, p, "/days/2024-05-21"))); !strings.Contains(page, "42 m, in 1 outage") || !strings.Contains(page, "said in <a href=\"/incidents/oldoldoldold\">") {
		t.Error("the day long ago does not tell what was said")
	}
}
